import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("Cron expressions")
struct CronTests {
    private static func time(_ text: String) throws -> Timestamp {
        let date = try Date(text, strategy: .iso8601)
        return Timestamp(nanosecondsSinceEpoch: Int64(date.timeIntervalSince1970) * 1_000_000_000)
    }

    // 2026-01-02 is a Friday.
    static let good: [(String, String, String)] = [
        ("* * * * *", "2026-01-02T03:04:05Z", "2026-01-02T03:05:00.000Z"),
        ("* * * * *", "2026-01-02T03:04:00Z", "2026-01-02T03:05:00.000Z"),
        ("*/15 * * * *", "2026-01-02T03:04:05Z", "2026-01-02T03:15:00.000Z"),
        ("*/15 * * * *", "2026-01-02T03:45:00Z", "2026-01-02T04:00:00.000Z"),
        ("7 * * * *", "2026-01-02T23:08:00Z", "2026-01-03T00:07:00.000Z"),
        ("30 4 * * *", "2026-01-02T04:30:00Z", "2026-01-03T04:30:00.000Z"),
        ("30 4 * * *", "2026-01-02T04:29:59Z", "2026-01-02T04:30:00.000Z"),
        ("0 0 1 1 *", "2026-01-02T00:00:00Z", "2027-01-01T00:00:00.000Z"),
        ("@yearly", "2026-01-02T00:00:00Z", "2027-01-01T00:00:00.000Z"),
        ("@annually", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00.000Z"),
        ("@monthly", "2026-01-02T00:00:00Z", "2026-02-01T00:00:00.000Z"),
        ("@weekly", "2026-01-02T00:00:00Z", "2026-01-04T00:00:00.000Z"),
        ("@daily", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00.000Z"),
        ("@midnight", "2026-01-02T23:59:59Z", "2026-01-03T00:00:00.000Z"),
        ("@hourly", "2026-01-02T03:04:05Z", "2026-01-02T04:00:00.000Z"),
        ("@DAILY", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00.000Z"),
        ("0 9-17 * * MON-FRI", "2026-01-02T17:00:00Z", "2026-01-05T09:00:00.000Z"),
        ("0 9 * * mon,wed,fri", "2026-01-02T09:00:00Z", "2026-01-05T09:00:00.000Z"),
        ("0 0 * * 7", "2026-01-02T00:00:00Z", "2026-01-04T00:00:00.000Z"),
        ("0 0 * * 0", "2026-01-02T00:00:00Z", "2026-01-04T00:00:00.000Z"),
        ("0 0 * * 5-7", "2026-01-04T00:00:00Z", "2026-01-09T00:00:00.000Z"),
        ("0 0 29 2 *", "2026-01-02T00:00:00Z", "2028-02-29T00:00:00.000Z"),
        ("0 0 29 FEB *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00.000Z"),
        ("0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00.000Z"),
        ("0 0 31 4,5 *", "2026-01-02T00:00:00Z", "2026-05-31T00:00:00.000Z"),
        // Both given: either suffices.
        ("0 0 13 * FRI", "2026-01-02T00:00:00Z", "2026-01-09T00:00:00.000Z"),
        ("0 0 13 * FRI", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00.000Z"),
        ("0 0 31 2 1", "2026-01-02T00:00:00Z", "2026-02-02T00:00:00.000Z"),
        ("1-5/2 0 * * *", "2026-01-02T00:01:00Z", "2026-01-02T00:03:00.000Z"),
        ("10-20/5,40 12 * * *", "2026-01-02T12:20:00Z", "2026-01-02T12:40:00.000Z"),
        ("  0\t0  *  *  *  ", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00.000Z"),
        ("59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00.000Z"),
        ("0 */23 * * *", "2026-01-02T00:00:00Z", "2026-01-02T23:00:00.000Z"),
        ("0 0 */31 * *", "2026-01-02T00:00:00Z", "2026-02-01T00:00:00.000Z"),
        ("00 05 * * *", "2026-01-02T00:00:00Z", "2026-01-02T05:00:00.000Z"),
        // The hour that daylight saving skips or repeats elsewhere is like any other.
        ("30 2 * * *", "2026-03-29T00:00:00Z", "2026-03-29T02:30:00.000Z"),
    ]

    @Test("the next time is as crontab(5) has it", arguments: good.indices)
    func next(_ index: Int) throws {
        let (text, from, expected) = Self.good[index]
        let cron = try CronExpression(text)
        #expect(cron.next(after: try Self.time(from))?.iso8601 == expected, "\(text) after \(from)")
    }

    static let bad: [(String, String)] = [
        ("", "empty"), ("   ", "empty"), ("* * * *", "4 fields"), ("* * * * * *", "6 fields"),
        ("60 * * * *", "minute: “60” isn't from 0 to 59"), ("-1 * * * *", "minute: “” isn't"),
        ("* 24 * * *", "hour: “24” isn't from 0 to 23"), ("* * 0 * *", "day: “0” isn't from 1 to 31"),
        ("* * 32 * *", "day: “32”"), ("* * * 0 *", "month: “0”"), ("* * * 13 *", "month: “13”"),
        ("* * * * 8", "weekday: “8” isn't from 0 to 7 or sun, mon"), ("* * * JANUARY *", "month: “january”"),
        ("MON * * * *", "minute: “mon”"), ("* * * * MO", "weekday: “mo”"),
        ("5-1 * * * *", "runs backwards"), ("* * * * SAT-SUN", "runs backwards"),
        ("*/0 * * * *", "the step in “*/0”"), ("*/60 * * * *", "the step in “*/60” isn't from 1 to 59"),
        ("*/x * * * *", "the step"), ("*/ * * * *", "the step"), ("5/10 * * * *", "write 5-59/10"),
        ("1,,2 * * * *", "minute: “”"), (",1 * * * *", "minute: “”"), ("1-2-3 * * * *", "minute: “2-3”"),
        ("*-5 * * * *", "minute: “*”"), ("** * * * *", "minute: “**”"), ("+5 * * * *", "minute: “+5”"),
        ("005 * * * *", "minute: “005”"), ("5.5 * * * *", "minute: “5.5”"), ("? * * * *", "minute: “?”"),
        ("0 0 L * *", "day: “l”"), ("0 0 * * 5#2", "weekday: “5#2”"), ("0 0 15W * *", "day: “15w”"),
        ("@reboot", "isn't one of @annually, @daily"), ("@every 5m", "there is no @reboot or @every"),
        ("@daily x", "isn't one of"), ("0 0 31 2 *", "never comes"), ("0 0 30 FEB *", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"), ("99999999999999999999 * * * *", "minute"),
        ("٣ * * * *", "ASCII"), ("* * * *\n*", "ASCII"), ("* * * * *\0", "ASCII"),
        (String(repeating: "1,", count: 200) + "1 * * * *", "longer than 200"),
    ]

    @Test("what isn't one is refused with what is wrong", arguments: bad.indices)
    func refused(_ index: Int) {
        let (text, words) = Self.bad[index]
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.description.contains(words) == true, "\(text): \(error?.description ?? "")")
    }

    @Test("the next time is later, fits, and none was passed over", arguments: Seeds.first(60))
    func property(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func field(_ range: ClosedRange<Int>) -> (String, Set<Int>) {
            switch generator.number(0...4) {
            case 0, 1: return ("*", Set(range))
            case 2:
                let step = generator.number(1...range.upperBound)
                return ("*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
            case 3:
                let low = generator.number(range)
                let high = generator.number(low...range.upperBound)
                return ("\(low)-\(high)", Set(low...high))
            default:
                let values = (0..<generator.number(1...3)).map { _ in generator.number(range) }
                return (values.map { "\($0)" }.joined(separator: ","), Set(values))
            }
        }
        let (minute, minutes) = field(0...59)
        let (hour, hours) = field(0...23)
        let (day, days) = field(1...28)
        let (month, months) = field(1...12)
        let (weekday, weekdays) = field(0...6)
        let cron = try CronExpression("\(minute) \(hour) \(day) \(month) \(weekday)")
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        /// Told by another calendar than the one under test.
        func fits(_ seconds: Int64) -> Bool {
            let parts = calendar.dateComponents(
                [.minute, .hour, .day, .month, .weekday], from: Date(timeIntervalSince1970: Double(seconds)))
            let isDay = days.contains(parts.day ?? 0) || (day.hasPrefix("*") && stepped(parts.day ?? 0, day))
            let isWeekday = weekdays.contains((parts.weekday ?? 0) - 1)
            let isAllDays = (1...31).allSatisfy { days.contains($0) || (day.hasPrefix("*") && stepped($0, day)) }
            let isDayFit = isAllDays || weekdays.count == 7 ? isDay && isWeekday : isDay || isWeekday
            return minutes.contains(parts.minute ?? -1) && hours.contains(parts.hour ?? -1)
                && months.contains(parts.month ?? 0) && isDayFit
        }
        func stepped(_ value: Int, _ text: String) -> Bool {
            let step = text.split(separator: "/").last.flatMap { Int($0) } ?? 1
            return (value - 1) % step == 0
        }
        var time = Timestamp(nanosecondsSinceEpoch: Int64(generator.number(0...4_000_000_000)) * 1_000_000_001)
        for _ in 0..<4 {
            let next = try #require(cron.next(after: time), "\(cron)")
            #expect(next > time && next.nanosecondsSinceEpoch % 60_000_000_000 == 0)
            let seconds = next.nanosecondsSinceEpoch / 1_000_000_000
            #expect(fits(seconds), "\(cron): \(next.iso8601)")
            // Minute by minute over the last hours before it.
            var earlier = seconds - 60
            let end = max(time.nanosecondsSinceEpoch / 1_000_000_000, seconds - 6 * 3600)
            while earlier > end {
                if fits(earlier) { Issue.record("\(cron) passes over \(earlier) before \(next.iso8601)") }
                earlier -= 60
            }
            time = next
        }
    }

    @Test("the ends of time don't trap")
    func ends() throws {
        let cron = try CronExpression("0 0 29 2 *")
        #expect(cron.next(after: Timestamp(nanosecondsSinceEpoch: .max)) == nil)
        #expect(cron.next(after: Timestamp(nanosecondsSinceEpoch: .min))?.iso8601 == "1972-02-29T00:00:00.000Z")
    }
}
