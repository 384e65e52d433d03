/// RFC 3339 in UTC with milliseconds, such as `2026-11-21T04:18:07.123Z`, without Foundation's formatter on the hot path.
extension Timestamp {
    public var iso8601: String {
        let (days, secondOfDay, millisecond) = split
        let (year, month, day) = Timestamp.civil(fromDays: days)
        var text = ""
        text.reserveCapacity(24)
        Timestamp.pad(year, 4, into: &text)
        text.append("-")
        Timestamp.pad(month, 2, into: &text)
        text.append("-")
        Timestamp.pad(day, 2, into: &text)
        text.append("T")
        Timestamp.pad(secondOfDay / 3600, 2, into: &text)
        text.append(":")
        Timestamp.pad(secondOfDay / 60 % 60, 2, into: &text)
        text.append(":")
        Timestamp.pad(secondOfDay % 60, 2, into: &text)
        text.append(".")
        Timestamp.pad(millisecond, 3, into: &text)
        text.append("Z")
        return text
    }

    private var split: (days: Int, second: Int, millisecond: Int) {
        let perDay: Int64 = 86_400_000
        let milliseconds = nanosecondsSinceEpoch / 1_000_000
        var day = milliseconds / perDay
        var rest = milliseconds % perDay
        if rest < 0 {
            day -= 1
            rest += perDay
        }
        return (Int(day), Int(rest / 1000), Int(rest % 1000))
    }

    /// Days since 1970-01-01 to a date of the proleptic Gregorian calendar (Hinnant's `civil_from_days`).
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func pad(_ number: Int, _ width: Int, into text: inout String) {
        let digits = String(number)
        for _ in 0..<max(0, width - digits.utf8.count) { text.append("0") }
        text.append(digits)
    }
}
