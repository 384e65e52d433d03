/// What must be so for a launch: which checks must have been looked at, which failures block, and the least score.
public struct Level: Sendable, Equatable {
    public var name: String
    /// Ids of checks, or `edge`, `app`, `configured-app`, `all`. One of these that wasn't evaluated blocks.
    public var requires: [String]
    /// The same words; a failure of one of these blocks. `major` stands for everything of that severity and above.
    public var blocks: [String]
    /// Out of 100.
    public var minimumScore: Int
    /// The least score of single areas, `security: 95`.
    public var areas: [ScoreCondition]

    public init(
        name: String, requires: [String], blocks: [String], minimumScore: Int, areas: [ScoreCondition] = []
    ) {
        self.name = name
        self.requires = requires
        self.blocks = blocks
        self.minimumScore = minimumScore
        self.areas = areas
    }

    /// Exactly what a layer in front can be held to.
    public static let edge = Level(name: "edge", requires: ["edge"], blocks: ["edge"], minimumScore: 0)

    /// A first launch: what a layer in front can be held to, and every check of the app that the configuration lets
    /// look; a failure of more than minor weight blocks.
    public static let mvp = Level(
        name: "mvp", requires: ["edge", "configured-app"], blocks: ["major"], minimumScore: 80)

    public static let shipped = [edge, mvp]

    func requires(_ sheet: CheckSheet, parts: Set<ConfigurationPart>) -> Bool {
        requires.contains { Self.matches($0, sheet, parts) }
    }

    func isBlocked(by sheet: CheckSheet) -> Bool {
        sheet.severity == .critical || blocks.contains { Self.matches($0, sheet, Set(ConfigurationPart.allCases)) }
    }

    private static func matches(_ word: String, _ sheet: CheckSheet, _ parts: Set<ConfigurationPart>) -> Bool {
        switch word {
        case "all": true
        case "edge": sheet.side == .edge
        case "app": sheet.side == .app
        case "configured-app": sheet.side == .app && !sheet.needs.isEmpty && parts.isSuperset(of: sheet.needs)
        case "major": sheet.severity >= .major
        default: sheet.id == word
        }
    }
}
