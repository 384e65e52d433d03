import FoundationEssentials

/// What a watch has to tell: a line of its log, and the body that its webhook gets.
public struct WatchAlert: Sendable, Codable, Equatable {
    public enum Event: String, Sendable, Codable {
        case started = "watch.started"
        case checked = "watch.checked"
        case regression = "watch.regression"
        case recovery = "watch.recovery"
        case down = "watch.down"
        case up = "watch.up"
        case ended = "watch.ended"

        /// Whether somebody should be woken.
        public var isAlert: Bool { [.regression, .recovery, .down, .up].contains(self) }
    }

    public var event: Event
    public var target: String
    /// ISO 8601, UTC.
    public var at: String
    /// One sentence.
    public var message: String
    /// Ids of the checks that turned red, or green in a recovery.
    public var checks: [String]?
    public var availability: Availability?

    public init(
        _ event: Event, target: String, at: String, message: String, checks: [String]? = nil,
        availability: Availability? = nil
    ) {
        self.event = event
        self.target = target
        self.at = at
        self.message = message
        self.checks = checks
        self.availability = availability
    }

    /// One line of JSON.
    public func line() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(self)).map { text(of: $0) } ?? "{}") + "\n"
    }

    /// Why a webhook wasn't told.
    public struct Undelivered: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Posts it, up to three times; the certificate of an https address is verified.
    public func post(to site: SiteURL) async throws(Undelivered) {
        var request = ProbeRequest("POST", site.path, fields: [("Content-Type", "application/json")])
        request.body = .bytes(Array(line().utf8))
        var why = ""
        for attempt in 0..<3 {
            if attempt > 0 { try? await Task.sleep(for: .seconds(1 << attempt), clock: .continuous) }
            do {
                let answer = try await ProbeClient(limit: .seconds(5), verifiesCertificates: true).send(
                    request, to: site)
                if answer.isSuccess { return }
                why = "it answers \(answer.status)"
            } catch {
                why = "\(error)"
            }
        }
        throw Undelivered(description: "the webhook wasn't told: \(visible(why, limit: 200))")
    }
}

/// Judges looks and runs as they come, and says what to tell.
public struct Watchfulness: Sendable {
    /// Looks in a row without a good answer, after which the app is down.
    public static let looksUntilDown = 3

    private let target: String
    private var last: RunRecord?
    private var failures = 0
    public private(set) var isDown = false
    public private(set) var regressions = 0

    /// - Parameters:
    ///   - last: the run to hold the first one against.
    ///   - looks: what was seen before, oldest first: an outage that was told of isn't told of again, and its end is.
    public init(target: String, last: RunRecord?, looks: [AvailabilitySample] = []) {
        self.target = target
        self.last = last
        failures = looks.reversed().prefix { !$0.isGood }.count
        isDown = failures >= Self.looksUntilDown
    }

    public mutating func look(_ sample: AvailabilitySample, at time: String) -> WatchAlert? {
        guard !sample.isGood else {
            failures = 0
            guard isDown else { return nil }
            isDown = false
            return WatchAlert(.up, target: target, at: time, message: "\(target) answers again")
        }
        failures += 1
        guard failures == Self.looksUntilDown, !isDown else { return nil }
        isDown = true
        let why = sample.status.map { "answers \($0)" } ?? "doesn't answer"
        return WatchAlert(.down, target: target, at: time, message: "\(target) \(why), \(failures) looks in a row")
    }

    /// A run that saw next to nothing, because the app was away, is no measure for the next one.
    public mutating func check(_ record: RunRecord, at time: String) -> [WatchAlert] {
        let unseen = record.checks.count { [.notAvailable, .error].contains($0.outcome) }
        guard !record.isInterrupted, unseen * 2 < record.checks.count else {
            return [WatchAlert(.checked, target: target, at: time, message: "too little could be seen to compare")]
        }
        defer { last = record }
        let failed = record.checks.count { $0.outcome == .fails }
        let held = record.checks.count { $0.outcome == .holds }
        var alerts = [
            WatchAlert(
                .checked, target: target, at: time,
                message: "\(held) hold, \(failed) fail, \(unseen) not seen")
        ]
        guard let last else { return alerts }
        let difference = RunDifference(from: last, to: record)
        if !difference.turnedRed.isEmpty {
            regressions += 1
            let ids = difference.turnedRed.map(\.id)
            alerts.append(
                WatchAlert(
                    .regression, target: target, at: time,
                    message:
                        "turned red: \(difference.turnedRed.prefix(5).map { "\($0.id) (\($0.summary))" }.joined(separator: "; "))",
                    checks: ids))
        }
        if !difference.turnedGreen.isEmpty {
            let ids = difference.turnedGreen.map(\.id)
            alerts.append(
                WatchAlert(
                    .recovery, target: target, at: time, message: "green again: \(ids.joined(separator: ", "))",
                    checks: ids))
        }
        return alerts
    }
}
