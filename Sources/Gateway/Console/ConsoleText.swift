import Console
import Kernel

/// How the console writes times, ages and modes.
enum ConsoleText {
    /// `2026-01-02 03:04:05 UTC`.
    static func time(_ time: Timestamp) -> String { self.time(time.iso8601) }

    /// The same of an ISO 8601 text.
    static func time(_ iso: String) -> String {
        iso.prefix(19).replacing("T", with: " ") + " UTC"
    }

    /// Such as `3 days`, in the largest unit that fits.
    static func age(_ time: Timestamp, at now: Timestamp) -> String {
        let seconds = max(0, now.elapsed(since: time).components.seconds)
        for (unit, size) in [("day", Int64(86_400)), ("hour", 3600), ("minute", 60)] where seconds >= size {
            let count = seconds / size
            return "\(count) \(unit)\(count == 1 ? "" : "s")"
        }
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }

    static func tone(_ mode: ControlMode) -> ConsoleTone {
        switch mode {
        case .enforce: .good
        case .observe: .warn
        case .off: .bad
        }
    }

    static func disposition(_ disposition: SecurityEvent.Disposition) -> ConsoleCell {
        switch disposition {
        case .enforced: .badge("refused", .bad)
        case .wouldHave: .badge("would be refused", .warn)
        case .noted: .badge("noted", .plain)
        }
    }

    static func size(_ bytes: Int?) -> String {
        guard let bytes else { return "–" }
        for (unit, size) in [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)] where bytes >= size {
            let tenths = bytes / (size / 10)
            return "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bytes) B"
    }

    static func count(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }
}

extension ConsoleExchange {
    /// The page of a list that is asked for, from 1; far ones are none.
    var pageNumber: Int { min(max(1, asked("page").flatMap(Int.init) ?? 1), 400) }

    /// Entries on one page of a list.
    static let pageLength = 50
}

extension Timestamp {
    /// Time that has passed since an earlier one; negative where that one is later.
    func elapsed(since earlier: Timestamp) -> Duration {
        .nanoseconds(nanosecondsSinceEpoch.subtractingReportingOverflow(earlier.nanosecondsSinceEpoch).partialValue)
    }
}
