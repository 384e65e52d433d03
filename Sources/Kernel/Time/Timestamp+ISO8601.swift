/// RFC 3339 in UTC with milliseconds, such as `2026-11-21T04:18:07.123Z`, without Foundation's formatter: every log
/// line has one.
extension Timestamp {
    public var iso8601: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        appendISO8601(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same text as bytes, without making a string. Times before 1970 are written as 1970's first moment.
    public func appendISO8601(to bytes: inout [UInt8]) {
        let milliseconds = max(0, nanosecondsSinceEpoch / 1_000_000)
        let rest = Int(milliseconds % 86_400_000)
        let (year, month, day) = Timestamp.date(ofDay: Int(milliseconds / 86_400_000))
        Timestamp.digits(year, 4, 0x2D, &bytes)
        Timestamp.digits(month, 2, 0x2D, &bytes)
        Timestamp.digits(day, 2, 0x54, &bytes)
        Timestamp.digits(rest / 3_600_000, 2, 0x3A, &bytes)
        Timestamp.digits(rest / 60_000 % 60, 2, 0x3A, &bytes)
        Timestamp.digits(rest / 1000 % 60, 2, 0x2E, &bytes)
        Timestamp.digits(rest % 1000, 3, 0x5A, &bytes)
    }

    /// Days since 1970-01-01, not negative, to a date of the Gregorian calendar (Hinnant's `civil_from_days`).
    private static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func digits(_ number: Int, _ width: Int, _ end: UInt8, _ bytes: inout [UInt8]) {
        if width >= 4 { bytes.append(0x30 &+ UInt8(truncatingIfNeeded: number / 1000 % 10)) }
        if width >= 3 { bytes.append(0x30 &+ UInt8(truncatingIfNeeded: number / 100 % 10)) }
        bytes.append(0x30 &+ UInt8(truncatingIfNeeded: number / 10 % 10))
        bytes.append(0x30 &+ UInt8(truncatingIfNeeded: number % 10))
        bytes.append(end)
    }
}
