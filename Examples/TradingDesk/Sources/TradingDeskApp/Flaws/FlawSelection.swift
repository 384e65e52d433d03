/// The flaws that a desk is started with.
public struct FlawSelection: Sendable, Equatable {
    /// The switches that are on.
    public let flaws: Set<Flaw>

    /// Selects exactly `flaws`.
    public init(_ flaws: Set<Flaw>) { self.flaws = flaws }

    /// The sound desk.
    public static let none = FlawSelection([])
    /// Everything wrong at once.
    public static let all = FlawSelection(Set(Flaw.allCases))
    /// Exactly the flaws that a layer in front can mend: the desk's own are mended.
    public static let edge = FlawSelection(Set(Flaw.allCases.filter { $0.side == .edge }))
    /// Exactly the flaws that only the desk itself can mend.
    public static let app = FlawSelection(Set(Flaw.allCases.filter { $0.side == .app }))

    /// Whether `flaw` is on.
    public func contains(_ flaw: Flaw) -> Bool { flaws.contains(flaw) }

    /// A name that is no flaw, with the nearest one that is.
    public struct UnknownFlaw: Error, Equatable, CustomStringConvertible {
        /// What was given.
        public let name: String
        /// The known name with the smallest edit distance.
        public let nearest: String
        public var description: String {
            "unknown flaw '\(name)'; did you mean '\(nearest)'? (--list-flaws shows all; also: all, edge, app, none)"
        }
    }

    /// Reads the value of `--flaws`: names or `all`, `edge`, `app`, `none`, separated by commas.
    /// - Throws: ``UnknownFlaw`` for the first name that isn't known.
    public init(parsing text: String) throws(UnknownFlaw) {
        var flaws: Set<Flaw> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            let name = String(part.drop { $0 == " " }.prefix { $0 != " " })
            switch name {
            case "", "none": continue
            case "all": flaws.formUnion(Self.all.flaws)
            case "edge": flaws.formUnion(Self.edge.flaws)
            case "app": flaws.formUnion(Self.app.flaws)
            default:
                guard let flaw = Flaw(rawValue: name) else {
                    throw UnknownFlaw(name: name, nearest: Self.nearest(to: name))
                }
                flaws.insert(flaw)
            }
        }
        self.init(flaws)
    }

    private static func nearest(to name: String) -> String {
        let known = Flaw.allCases.map(\.rawValue) + ["all", "edge", "app", "none"]
        let scored = known.map { (name: $0, distance: editDistance($0, String(name.prefix(80)))) }
        return scored.min { $0.distance < $1.distance }?.name ?? "none"
    }

    /// Levenshtein distance in characters.
    private static func editDistance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (line, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let substituted = diagonal + (character == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
