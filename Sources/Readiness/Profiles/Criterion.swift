/// One line of a checklist: what must be so, and who or what decides whether it is.
public struct Criterion: Sendable, Equatable {
    /// What decides. Nothing but this can make a criterion hold.
    public enum Decider: Sendable, Equatable {
        /// Every one of these checks must hold.
        case checks([String])
        /// A figure that was imported or declared, `tests.pass-rate >= 80`.
        case figure(FigureCondition)
        /// The score of an area, or of `security` or `all`, `security >= 95`.
        case score(ScoreCondition)
        /// Somebody's signature; of one who has this role, when one is named.
        case signature(role: String?)

        /// The word for it in a report: `check`, `figure`, `score` or `signature`.
        public var kind: String {
            switch self {
            case .checks: "check"
            case .figure: "figure"
            case .score: "score"
            case .signature: "signature"
            }
        }
    }

    public var id: String
    public var text: String
    /// The part of the checklist that it stands in; weights are per group.
    public var group: String
    /// The first of the profile's levels that asks for it.
    public var level: String
    public var decider: Decider
    /// Ids of capabilities of the gateway that bring it about.
    public var controls: [String] = []
    /// Whether it stands in the way by itself; else it only costs score.
    public var isBlocker = true
    /// Where somebody's own checklist says it, `LAUNCH.md:12`.
    public var source: String?
    /// What that checklist says of it; nil where it says nothing.
    public var isTicked: Bool?

    /// What the table shows as required.
    public var required: String {
        switch decider {
        case .checks(let ids): ids.count == 1 ? "holds" : "all \(ids.count) hold"
        case .figure(let condition): condition.required
        case .score(let condition): "≥ \(condition.minimum)"
        case .signature(let role): role.map { "\(Criterion.signedBy)\($0)" } ?? "signed"
        }
    }

    private static let signedBy = "signed: "

    /// The role in what `required` says of a signature; nil where anybody may sign.
    static func role(required: String) -> String? {
        required.hasPrefix(signedBy) ? String(required.dropFirst(signedBy.count)) : nil
    }
}

/// A figure held against a bound.
public struct FigureCondition: Sendable, Equatable {
    public enum Relation: String, Sendable, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case exactly = "="
    }
    public var figure: String
    public var relation: Relation
    public var bound: Double

    /// Reads `tests.pass-rate >= 80`; nil when it is nothing of the kind.
    public init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 3, let figure = words.first, let relation = Relation(rawValue: words[1]),
            let bound = Double(words[2]), bound.isFinite
        else { return nil }
        self.figure = figure
        self.relation = relation
        self.bound = bound
    }

    func holds(_ value: Double) -> Bool {
        switch relation {
        case .atLeast: value >= bound
        case .atMost: value <= bound
        case .exactly: value == bound
        }
    }

    var required: String {
        let sign =
            switch relation {
            case .atLeast: "≥ "
            case .atMost: "≤ "
            case .exactly: "= "
            }
        return sign + plain(bound) + (FigureCatalogue.unit(of: figure).map { " \($0)" } ?? "")
    }
}

/// A score held against a least value.
public struct ScoreCondition: Sendable, Equatable {
    /// An area's word, `security` for all areas that are about attacks, or `all`.
    public var area: String
    public var minimum: Int

    /// Reads `security >= 95`.
    public init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 3, words[1] == ">=", let minimum = Int(words[2]), (0...100).contains(minimum),
            let area = words.first, ScoreCondition.areas(area) != nil
        else { return nil }
        self.area = area
        self.minimum = minimum
    }

    public static let words = Area.allCases.map(\.rawValue) + ["security", "all"]

    /// The areas that a word stands for; nil for a word that stands for none.
    static func areas(_ word: String) -> [Area]? {
        switch word {
        case "all": Area.allCases
        case "security": Area.allCases.filter { ![.delivery, .correlation].contains($0) }
        default: Area(rawValue: word).map { [$0] }
        }
    }
}

/// A number as people write it: no fraction where there is none, else at most two places.
func plain(_ value: Double) -> String {
    guard value.magnitude < 1e15 else { return "\(value)" }
    if value == value.rounded() { return "\(Int(value))" }
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths.magnitude % 100
    var fraction = rest < 10 ? "0\(rest)" : "\(rest)"
    if fraction.hasSuffix("0") { fraction.removeLast() }
    return (value < 0 ? "-" : "") + "\(hundredths.magnitude / 100).\(fraction)"
}
