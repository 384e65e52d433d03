/// An acceptance plan as somebody wrote it: components with items, each to be tried on browsers and devices.
public struct AcceptancePlan: Sendable, Equatable {
    public struct Item: Sendable, Equatable {
        /// Unique in the plan: as written (`AUTH-01`), else made of component and title.
        public var key: String
        public var component: String
        public var title: String
        public var steps: String
        public var expected: String
        /// A path on the app, or a whole address; empty for none.
        public var url: String
        public var expectation: Expectation
        /// Names of browsers and devices; never empty.
        public var profiles: [String]
        /// Where it stands, counted from 1.
        public var line: Int
    }

    /// What an automatic run looks for.
    public struct Expectation: Sendable, Equatable {
        /// 100…599.
        public var status: Int?
        /// Text that the page shows.
        public var text: String?
        public init(status: Int? = nil, text: String? = nil) {
            self.status = status
            self.text = text
        }
        public var isEmpty: Bool { status == nil && text == nil }
    }

    public var title: String
    public var items: [Item]
    /// How the file's text was encoded.
    public var encoding = "UTF-8"

    public var components: [String] {
        var seen: Set<String> = []
        return items.map(\.component).filter { seen.insert($0).inserted }
    }

    public static let mostItems = 20_000
    public static let mostProfiles = 24
    /// Where the plan names none.
    public static let standardProfiles = ["desktop", "phone"]
}

/// What is wrong with a plan, with the places: all of it at once, the first so many.
public struct PlanProblems: Error, Sendable, CustomStringConvertible {
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// Counted from 1; 0 for the file as a whole.
        public let line: Int
        public let text: String
        public var description: String { line == 0 ? text : "\(line): \(text)" }
    }
    public let problems: [Problem]
    public static let most = 20

    public init(_ problems: [Problem]) { self.problems = problems }
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
