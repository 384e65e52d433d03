import Foundation
import Readiness

/// A watch as it goes on: looks and runs by the clock, until its time is over or somebody ends it.
struct AppWatch: Sendable {
    struct End: Sendable {
        var target: String
        var regressions: Int
        var isDown: Bool
        /// Since this watch began, and over the last day and thirty days as far as they are remembered.
        var own: Availability?
        var day: Availability?
        var month: Availability?
        var undelivered: Int

        /// 0 all is well, 1 something is worse, 2 nothing was seen.
        var exitCode: Int32 {
            guard let own else { return 2 }
            if regressions > 0 || isDown { return 1 }
            // A handful of looks says nothing of one in a thousand, unless all of them failed.
            if own.failed == own.samples { return 1 }
            return own.samples >= Availability.leastSamples && !own.meets ? 1 : 0
        }
    }

    let target: SiteURL
    let configuration: ReadinessConfiguration
    let store: WatchStore
    /// Seconds.
    let every: Double
    let look: Double
    /// nil: until somebody ends it.
    let length: Double?
    let isAuthorised: Bool
    var stopsAtRegression = false
    /// Who else is told of alerts.
    var post: AlertPost?
    var tell: @Sendable (WatchAlert) -> Void = { _ in }

    init(
        target: SiteURL, configuration: ReadinessConfiguration, store: WatchStore, every: Double, look: Double,
        length: Double?, isAuthorised: Bool
    ) throws {
        self.target = target
        self.configuration = configuration
        self.store = store
        self.every = every
        self.look = look
        self.length = length
        self.isAuthorised = isAuthorised
    }

    private static var now: Int64 { Int64(Date.now.timeIntervalSince1970) }
    private static var time: String { Date.now.formatted(.iso8601) }

    func run() async throws -> End {
        let probe = try AvailabilityProbe(target: target)
        var ledger = AvailabilityLedger(every: look)
        let kept = store.samples()
        ledger.read(kept, now: Self.now)
        // A power cut may have left the last line open.
        var isCut = kept.last.map { $0 != 0x0A } ?? false
        var watchful = Watchfulness(
            target: target.description, last: store.lastRun(before: Self.time), looks: ledger.samples)
        let run = RunBeside()
        var isKept = true
        let (clock, start, began) = (ContinuousClock(), ContinuousClock.now, Self.now)
        var nextRun = start
        tell(WatchAlert(.started, target: target.description, at: Self.time, message: opening))
        while !Task.isCancelled {
            let before = clock.now
            let sample = await probe.sample(at: Self.now)
            if Task.isCancelled { break }
            ledger.add(sample)
            isKept = keep(sample, wasKept: isKept, afterCut: isCut)
            isCut = !isKept
            if let alert = watchful.look(sample, at: Self.time) { announce(alert) }
            if clock.now >= nextRun, sample.isGood, run.begin(check) {
                nextRun = clock.now + .seconds(every)
            }
            for record in try run.taken() { announce(watchful.check(record, at: Self.time)) }
            if stopsAtRegression, watchful.regressions > 0 { break }
            if let length, clock.now - start >= .seconds(length) { break }
            // By the clock, however long the last look took.
            try? await Task.sleep(until: before + .seconds(max(look, 0.2)), clock: .continuous)
        }
        for record in try await run.last(isCancelled: Task.isCancelled) {
            announce(watchful.check(record, at: Self.time))
        }
        let now = Self.now
        let end = End(
            target: target.description, regressions: watchful.regressions, isDown: watchful.isDown,
            own: ledger.summary(since: began), day: ledger.summary(since: now - 86_400),
            month: ledger.summary(since: now - AvailabilityLedger.keptSeconds),
            undelivered: await post?.finish() ?? 0)
        tell(
            WatchAlert(
                .ended, target: target.description, at: Self.time,
                message:
                    "\(WatchText.counted(end.regressions, "regression")), \(WatchText.counted(end.own?.samples ?? 0, "look"))",
                availability: end.own))
        return end
    }

    private func announce(_ alerts: [WatchAlert]) { for alert in alerts { announce(alert) } }

    private func announce(_ alert: WatchAlert) {
        tell(alert)
        if alert.event.isAlert { post?.take(alert) }
    }

    /// Says once that looks can't be written down, such as on a full disk, and once that they can again.
    private func keep(_ sample: AvailabilitySample, wasKept: Bool, afterCut: Bool) -> Bool {
        guard let problem = store.append(sample, afterCut: afterCut) else {
            if !wasKept { StandardStreams.err("seaworthy watch: looks are remembered again\n") }
            return true
        }
        if wasKept { StandardStreams.err("seaworthy watch: looks are not remembered: \(problem)\n") }
        return false
    }

    private var opening: String {
        look <= 0
            ? "\(LightProfile.checks.count) checks and one look"
            : "\(LightProfile.checks.count) checks every \(WatchText.span(every)), a look every \(WatchText.span(look))"
    }

    /// nil when it was ended meanwhile.
    @Sendable private func check() async throws -> RunRecord? {
        let circumstances = try CheckCommand.circumstances()
        var run = ReadinessRun(target: target, configuration: configuration, circumstances: circumstances)
        run.only = LightProfile.checks
        run.isAuthorised = isAuthorised
        run.totalLimit = .seconds(max(30, min(every, 300)))
        let record = RunRecord(try await run.run())
        guard !record.isInterrupted else { return nil }
        store.remember(record, word: circumstances.nonce)
        return record
    }
}

/// Where looks and runs of a watch are kept.
struct WatchStore: Sendable {
    let history: RunHistory
    private let file: URL

    init(folder: String, target: SiteURL) {
        let folder = URL(fileURLWithPath: folder)
        history = RunHistory(folder: folder, target: target.description)
        file = history.own.appending(path: "looks.jsonl")
    }

    func samples() -> [UInt8] {
        // Of a longer file the end: what is older than thirty days doesn't count.
        guard let handle = FileHandle(forReadingAtPath: file.path), let size = try? handle.seekToEnd() else {
            return []
        }
        let most: UInt64 = 33_554_432
        try? handle.seek(toOffset: size > most ? size - most : 0)
        return (try? handle.readToEnd()).map(Array.init) ?? []
    }

    /// The last whole run; none that a clock which was set back makes one of the future, since it would be the last for as long.
    /// - Parameter time: ISO 8601, UTC.
    func lastRun(before time: String) -> RunRecord? {
        history.records().last { !$0.isInterrupted && $0.startedAt <= time }
    }

    /// - Parameter afterCut: whether the line before may have been cut off, so that this one begins anew.
    /// - Returns: why it isn't written; nil where it is.
    func append(_ sample: AvailabilitySample, afterCut: Bool = false) -> String? {
        do {
            try FileManager.default.createDirectory(
                at: history.own, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            return "\(history.own.path) can't be made"
        }
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return "\(file.path): \(String(cString: strerror(errno)))" }
        defer { close(descriptor) }
        // One write, so that two watches of one app don't mix their lines.
        let line = Array(((afterCut ? "\n" : "") + AvailabilityLedger.line(sample)).utf8)
        let written = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written == line.count { return nil }
        return "\(file.path): \(written < 0 ? String(cString: strerror(errno)) : "the disk is full")"
    }

    func remember(_ record: RunRecord, word: String) {
        do {
            try history.append(record, word: word)
        } catch {
            StandardStreams.err("seaworthy watch: this run is not remembered: \(error)\n")
        }
    }
}

/// What a watch says to people.
enum WatchText {
    static func line(_ alert: WatchAlert) -> String { "\(alert.at)  \(padded(alert.event))\(alert.message)\n" }

    private static func padded(_ event: WatchAlert.Event) -> String {
        let word = event.rawValue.split(separator: ".").last.map(String.init) ?? ""
        return (event.isAlert ? word.uppercased() : word).padding(toLength: 12, withPad: " ", startingAt: 0)
    }

    static func span(_ seconds: Double) -> String {
        if seconds >= 60, seconds.truncatingRemainder(dividingBy: 60) == 0 { return "\(Int(seconds / 60)) min" }
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }

    static func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    static func sum(_ end: AppWatch.End) -> String {
        var lines = ["", "                    looks   failed   available   errors (95 %)              p95"]
        for (title, part) in [("this watch", end.own), ("last 24 hours", end.day), ("last 30 days", end.month)] {
            guard let part else { continue }
            let available = part.availability.map { String(format: "%.2f %%", $0) } ?? "–"
            lines.append(
                filled(title, 18) + right("\(part.samples)", 7) + right("\(part.failed)", 9) + right(available, 12)
                    + "   " + filled(String(format: "%.2f", part.errorRate) + " % (\(part.errorInterval))", 24)
                    + right("\(Int(part.p95.rounded())) ms", 8))
        }
        if let own = end.own {
            if own.samples < Availability.leastSamples {
                lines += [
                    "",
                    "\(WatchText.counted(own.samples, "look")) \(own.samples == 1 ? "is" : "are") too few to speak of 99.9 % and 0.1 %: it takes \(Availability.leastSamples).",
                ]
            } else {
                lines += [
                    "",
                    own.meets ? "99.9 % available, 0.1 % errors: kept." : "99.9 % available, 0.1 % errors: NOT kept.",
                ]
            }
            if own.longestOutage > 0 { lines.append("The longest time without a good answer: \(own.longestOutage) s.") }
        }
        lines.append(end.regressions == 0 ? "No check turned red." : "Checks turned red in \(end.regressions) runs.")
        if end.undelivered > 0 { lines.append("\(end.undelivered) alerts could not be delivered.") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func filled(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
