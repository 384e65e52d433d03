/// Seconds since 1970 from ISO 8601 (UTC unless an offset says otherwise) or from a number of seconds or milliseconds.
func secondsSinceEpoch(_ written: String) -> Int64? {
    if let number = Double(written), number.isFinite, number > 0, number < 1e14 {
        return Int64(exactly: (number > 1e11 ? number / 1_000 : number).rounded(.down))
    }
    let text = written.prefix(40)
    let numbers = text.prefix(19).split { !$0.isNumber }.map { Int($0) ?? -1 }
    guard numbers.count >= 6, CalendarDay(String(text.prefix(10))) != nil else { return nil }
    var rest = numbers.dropFirst(3).makeIterator()
    guard let day = daysSinceEpoch(String(text.prefix(10))), let hour = rest.next(), let minute = rest.next(),
        let second = rest.next(), (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    let local = Int64(day) &* 86_400 &+ Int64(hour &* 3_600 &+ minute &* 60 &+ second)
    // What follows the seconds and their fraction: `Z`, nothing, or an offset.
    let zone = text.dropFirst(19).drop { $0 == "." || $0.isNumber }
    guard let sign = zone.first, sign == "+" || sign == "-" else { return local }
    let digits = zone.dropFirst().filter(\.isNumber)
    guard let hours = Int64(digits.prefix(2)) else { return local }
    let offset = hours &* 3_600 &+ (Int64(digits.dropFirst(2).prefix(2)) ?? 0) &* 60
    return sign == "+" ? local &- offset : local &+ offset
}

/// Days since 1970-01-01 of a day such as `2027-03-31` (Hinnant's `days_from_civil`); nil before 1970.
func daysSinceEpoch(_ written: String) -> Int? {
    guard CalendarDay(written) != nil else { return nil }
    let parts = written.split(separator: "-").compactMap { Int($0) }
    var iterator = parts.makeIterator()
    guard let writtenYear = iterator.next(), let month = iterator.next(), let day = iterator.next() else { return nil }
    let year = month <= 2 ? writtenYear &- 1 : writtenYear
    let era = year / 400
    let yearOfEra = year &- era &* 400
    let dayOfYear = (153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1
    let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
    let days = era &* 146_097 &+ dayOfEra &- 719_468
    return days < 0 ? nil : days
}
