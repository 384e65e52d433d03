public import Kernel

/// When something happens again and again, as crontab(5) writes it. In UTC: no hour is skipped or comes twice.
///
/// Minute 0–59, hour 0–23, day 1–31, month 1–12 or JAN–DEC, weekday 0–7 (0 and 7 are Sunday) or SUN–SAT; each `*`, a value, a
/// range `a-b`, with `/step`, or a list of these. When both day and weekday leave something out, either suffices, as in cron.
/// `@yearly @annually @monthly @weekly @daily @midnight @hourly` are understood.
public struct CronExpression: Sendable, Equatable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let sets: CronParser.Sets

    /// - Throws: `CronError` that says what is wrong: also with a date that never comes, such as 31 February.
    public init(_ text: String) throws(CronError) {
        description = text
        sets = try CronParser.parse(text)
        guard isPossible else { throw CronError("“\(text)” never comes: no such day in these months") }
    }

    private static let allDays: UInt64 = 0xFFFF_FFFE
    private static let allWeekdays: UInt64 = 0x7F

    private var isPossible: Bool {
        guard sets.weekdays == CronExpression.allWeekdays else { return true }
        let longest: [UInt64] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return longest.enumerated().contains { index, length in
            sets.months & (1 << UInt64(index + 1)) != 0 && sets.days & ((1 << (length + 1)) - 1) != 0
        }
    }

    /// The first such minute strictly after `time`; nil when it is beyond what a timestamp holds (2262).
    public func next(after time: Timestamp) -> Timestamp? {
        let minute: Int64 = 60_000_000_000
        // The first whole minute that is later; times before 1970 are taken as 1970.
        let start = time.nanosecondsSinceEpoch < 0 ? 0 : time.nanosecondsSinceEpoch / minute + 1
        let firstDay = start / 1440
        // 29 February stays away for eight years at most (1896–1904); two more make it certain.
        for day in firstDay...(firstDay + 3660) where matches(day: day) {
            let first = day == firstDay ? start % 1440 : 0
            guard let found = firstMinute(from: first) else { continue }
            let (nanoseconds, overflow) = (day * 1440 + found).multipliedReportingOverflow(by: minute)
            return overflow ? nil : Timestamp(nanosecondsSinceEpoch: nanoseconds)
        }
        return nil
    }

    private func firstMinute(from first: Int64) -> Int64? {
        for hour in (first / 60)..<24 where sets.hours & (1 << UInt64(hour)) != 0 {
            for minute in (hour == first / 60 ? first % 60 : 0)..<60 where sets.minutes & (1 << UInt64(minute)) != 0 {
                return hour * 60 + minute
            }
        }
        return nil
    }

    /// Days since 1970-01-01, a Thursday.
    private func matches(day number: Int64) -> Bool {
        let (month, day) = CronExpression.date(ofDay: number)
        guard sets.months & (1 << UInt64(month)) != 0 else { return false }
        let isDay = sets.days & (1 << UInt64(day)) != 0
        let isWeekday = sets.weekdays & (1 << UInt64((number + 4) % 7)) != 0
        let isEither =
            sets.days & CronExpression.allDays != CronExpression.allDays && sets.weekdays != CronExpression.allWeekdays
        return isEither ? isDay || isWeekday : isDay && isWeekday
    }

    /// Month and day of a day since 1970-01-01, in the Gregorian calendar (Hinnant's `civil_from_days`).
    private static func date(ofDay days: Int64) -> (month: Int64, day: Int64) {
        let shifted = days + 719_468
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9, day)
    }
}
