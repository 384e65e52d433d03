/// A day of the Gregorian calendar, `2027-03-31`.
public struct CalendarDay: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public let description: String

    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], text.allSatisfy({ $0 == "-" || ($0.isASCII && $0.isNumber) }) else {
            return nil
        }
        let numbers = parts.compactMap { Int($0) }
        guard let year = numbers.first, let month = numbers.dropFirst().first, let day = numbers.last,
            (1...12).contains(month), (1...31).contains(day), year > 0
        else { return nil }
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let longest = [4, 6, 9, 11].contains(month) ? 30 : month == 2 ? (isLeap ? 29 : 28) : 31
        guard day <= longest else { return nil }
        description = text
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let day = CalendarDay(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no day: \(text)"))
        }
        self = day
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Written with leading zeros, days sort as text.
    public static func < (one: CalendarDay, other: CalendarDay) -> Bool { one.description < other.description }
}

/// Somebody's signature under a known failure, until a day. It never makes a pass of it: the score keeps the loss, the
/// report keeps the finding, and a critical failure can't be waived at all.
public struct Waiver: Sendable, Codable, Equatable {
    public var check: String
    public var owner: String
    /// What it is about: `*` for all that the check saw, else a part of a subject such as `/legacy`.
    public var scope: String
    public var reason: String
    /// The last day on which it counts.
    public var expires: CalendarDay

    public init(check: String, owner: String, scope: String, reason: String, expires: CalendarDay) {
        self.check = check
        self.owner = owner
        self.scope = scope
        self.reason = reason
        self.expires = expires
    }

    public func covers(_ observation: Observation) -> Bool {
        scope == "*" || observation.subject.contains(scope)
    }
}
