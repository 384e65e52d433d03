import Kernel

/// RFC 5322 §3.3 `date-time`, in UTC: `Sat, 21 Nov 2026 08:00:34 +0000`.
enum MailDate {
    static func text(_ time: Timestamp) -> String {
        let parts = parts(time)
        return "\(weekdays[parts.weekday]), \(parts.day) \(months[parts.month - 1]) \(parts.year) \(parts.clock) +0000"
    }

    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    struct Parts {
        let year: Substring
        /// 1…12
        let month: Int
        let day: Int
        /// `HH:MM:SS`
        let clock: Substring
        /// 0 is Sunday.
        let weekday: Int
    }

    static func parts(_ time: Timestamp) -> Parts {
        let text = time.iso8601
        let days = max(0, time.nanosecondsSinceEpoch) / 86_400_000_000_000
        let date = text.prefix(10).split(separator: "-")
        let month = date.count == 3 ? Int(date[1]) ?? 1 : 1
        let day = date.count == 3 ? Int(date[2]) ?? 1 : 1
        return Parts(
            year: date.first ?? "1970", month: min(12, max(1, month)), day: day,
            clock: text.dropFirst(11).prefix(8),
            // 1970-01-01 was a Thursday.
            weekday: Int((days + 4) % 7))
    }
}
