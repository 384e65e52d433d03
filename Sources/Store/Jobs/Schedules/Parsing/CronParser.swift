/// What is wrong with a schedule's expression, and what would be right.
public struct CronError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// Reads the five fields of crontab(5): `MINUTE HOUR DAY MONTH WEEKDAY`, and `@daily` and its like.
struct CronParser {
    /// One of the five fields: what it may hold and how its names are written.
    struct Field {
        let title: String
        let range: ClosedRange<UInt8>
        /// The first name stands for `firstNamed`.
        let names: [String]
        let firstNamed: UInt8
        /// Where `*` ends.
        let last: UInt8
    }

    static let minute = Field(title: "minute", range: 0...59, names: [], firstNamed: 0, last: 59)
    static let hour = Field(title: "hour", range: 0...23, names: [], firstNamed: 0, last: 23)
    static let day = Field(title: "day", range: 1...31, names: [], firstNamed: 0, last: 31)
    static let month = Field(
        title: "month", range: 1...12,
        names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstNamed: 1,
        last: 12)
    /// 7 is Sunday too.
    static let weekday = Field(
        title: "weekday", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], firstNamed: 0, last: 6
    )

    /// Longer ones are nobody's schedule.
    static let longest = 200

    static let nicknames = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// The five sets: bit n stands for the value n; Sunday is bit 0 only.
    struct Sets: Equatable {
        var minutes: UInt64 = 0
        var hours: UInt64 = 0
        var days: UInt64 = 0
        var months: UInt64 = 0
        var weekdays: UInt64 = 0
    }

    static func parse(_ text: String) throws(CronError) -> Sets {
        guard text.utf8.count <= longest else { throw CronError("longer than \(longest) characters") }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }) else {
            throw CronError("only printable ASCII is understood")
        }
        let written = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { $0.lowercased() }
        guard let head = written.first else { throw CronError("empty: five fields are wanted, such as 30 4 * * *") }
        if head.hasPrefix("@") {
            // can't trap: a dictionary has no bounds
            guard written.count == 1, let fields = nicknames[head] else {
                throw CronError(
                    "“\(text)” isn't one of \(nicknames.keys.sorted().joined(separator: ", ")); there is no @reboot or @every"
                )
            }
            return try parse(fields)
        }
        guard written.count == 5 else {
            throw CronError("\(written.count) fields; five are wanted: minute hour day month weekday")
        }
        var fields = written.makeIterator()
        func next(_ field: Field) throws(CronError) -> UInt64 { try set(fields.next() ?? "", field) }
        var sets = Sets()
        sets.minutes = try next(minute)
        sets.hours = try next(hour)
        sets.days = try next(day)
        sets.months = try next(month)
        sets.weekdays = try next(weekday)
        if sets.weekdays & 0x80 != 0 { sets.weekdays = sets.weekdays & 0x7F | 1 }
        return sets
    }

    /// A list: parts with commas between.
    private static func set(_ text: String, _ field: Field) throws(CronError) -> UInt64 {
        var bits: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            bits |= try values(String(part), field)
        }
        return bits
    }

    /// `*`, `5`, `MON`, `1-5`, each of the ranges with `/STEP`.
    private static func values(_ text: String, _ field: Field) throws(CronError) -> UInt64 {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let span = halves.first ?? ""
        let ends = span.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let low: UInt8
        let high: UInt8
        if span == "*" {
            (low, high) = (field.range.lowerBound, field.last)
        } else {
            low = try value(ends.first ?? "", field)
            high = ends.count == 2 ? try value(ends.last ?? "", field) : low
        }
        guard low <= high else {
            throw CronError("\(field.title): “\(span)” runs backwards; write two ranges with a comma between")
        }
        var step: UInt8 = 1
        if halves.count == 2 {
            guard span == "*" || ends.count == 2 else {
                throw CronError(
                    "\(field.title): “\(text)” steps from a single value; write \(span)-\(field.range.upperBound)/\(halves.last ?? "")"
                )
            }
            guard let number = digits(halves.last ?? ""), number >= 1, number <= field.range.upperBound else {
                throw CronError("\(field.title): the step in “\(text)” isn't from 1 to \(field.range.upperBound)")
            }
            step = number
        }
        var bits: UInt64 = 0
        for number in stride(from: low, through: high, by: Int(exactly: step) ?? 1) { bits |= 1 &<< UInt64(number) }
        return bits
    }

    private static func value(_ text: String, _ field: Field) throws(CronError) -> UInt8 {
        if let position = field.names.firstIndex(of: text), let offset = UInt8(exactly: position) {
            return field.firstNamed &+ offset
        }
        guard let number = digits(text), field.range.contains(number) else {
            let names = field.names.isEmpty ? "" : " or \(field.names.joined(separator: ", "))"
            throw CronError(
                "\(field.title): “\(text)” isn't from \(field.range.lowerBound) to \(field.range.upperBound)\(names)")
        }
        return number
    }

    /// One or two digits, no sign.
    private static func digits(_ text: String) -> UInt8? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        // can't trap: nil where it doesn't fit
        return UInt8(text)
    }
}
