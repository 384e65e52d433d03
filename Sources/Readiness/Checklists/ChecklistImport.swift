import FoundationEssentials

/// A team's checklist, read, mapped and held against itself.
public struct ChecklistImport: Sendable {
    /// An item with what decides it.
    public struct Item: Sendable, Codable, Equatable {
        public var id: String
        public var line: Int
        public var text: String
        public var group: String
        public var tick: Tick?
        /// `check`, `figure`, `control`, `person` or `not mapped`.
        public var kind: String
        /// Ids of checks or of a capability, or a condition on a figure; empty for a person's word and for nothing.
        public var targets: [String]
        /// 0…1; 0 when it isn't mapped.
        public var confidence: Double
        public var reason: String
        /// The best guess for an item that isn't mapped; somebody has to say so.
        public var suggestion: Suggestion?
    }

    /// What an item might be about.
    public struct Suggestion: Sendable, Codable, Equatable {
        /// `check`, `figure` or `control`.
        public var kind: String
        public var targets: [String]
        /// The words of the item that led to it.
        public var words: String
    }

    public var file: String
    public var encoding: String
    public var items: [Item]
    public var contradictions: [DocumentFinding]
    /// Set when the document has more items than are read.
    public var isCut: Bool

    /// More bytes than any checklist has; what is larger is refused.
    public static let byteLimit = 8_388_608

    /// `today` decides which dates lie in the future.
    public init(_ bytes: [UInt8], file: String, today: CalendarDay) {
        let list = ChecklistReader.read(DocumentText(bytes))
        self.file = visible(file, limit: 200)
        encoding = list.encoding
        isCut = list.isCut
        let stem = Self.stem(file)
        var items: [Item] = []
        for item in list.items {
            let headings = list.headings(of: item)
            let parent = item.parent.flatMap { list.items.dropFirst($0).first?.text }
            let above = [headings.last, parent].compactMap { $0 }.joined(separator: " ")
            let mapping =
                item.role.map { Mapping(target: .person("\($0) signs"), confidence: 0.9, reason: "a row to be signed") }
                ?? ItemMapper.shipped.map(item.text, above: above)
            items.append(Self.item(item, mapping, id: "\(stem)-\(item.line)", group: headings.last ?? "checklist"))
        }
        self.items = items
        contradictions = ChecklistContradictions.find(list, today: today)
    }

    private static func item(_ item: ChecklistItem, _ mapping: Mapping, id: String, group: String) -> Item {
        let (kind, targets) = mapping.target.map { decider($0, of: item) } ?? ("not mapped", [])
        let suggestion = mapping.suggestion.map { suggestion in
            let (kind, targets) = decider(suggestion.target, of: item)
            return Suggestion(kind: kind, targets: targets, words: visible(suggestion.words, limit: 80))
        }
        return Item(
            id: id, line: item.line, text: visible(item.text, limit: 300), group: visible(group, limit: 80),
            tick: item.tick, kind: kind, targets: targets, confidence: mapping.confidence,
            reason: visible(mapping.reason, limit: 200), suggestion: suggestion)
    }

    private static func decider(_ target: ItemMapper.Target, of item: ChecklistItem) -> (String, [String]) {
        switch target {
        case .checks(let ids): ("check", ids)
        case .figure(let text):
            ("figure", [FigureBound.adjusted(text, to: [item.required, item.text].compactMap { $0 })])
        case .control(let id): ("control", [id])
        case .person: ("person", [])
        }
    }

    /// `docs/Launch Checklist.md` as the beginning of an id: `launch-checklist`.
    private static func stem(_ file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? "item"
        let words = name.split(separator: ".").first.map(String.init) ?? name
        let plain = words.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let joined = String(plain).split(separator: "-").joined(separator: "-")
        return joined.isEmpty ? "item" : String(joined.prefix(40))
    }

    /// Machine-readable, sorted keys.
    public func json() throws -> String {
        struct Document: Encodable {
            let schemaVersion = 1
            let file: String
            let encoding: String
            let isCut: Bool
            let items: [Item]
            let contradictions: [DocumentFinding]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            file: file, encoding: encoding, isCut: isCut, items: items, contradictions: contradictions)
        return text(of: try encoder.encode(document)) + "\n"
    }

    /// How many items each kind of decider has.
    public func count(_ kind: String) -> Int { items.count { $0.kind == kind } }
}

/// Something that a document says against itself or against what was seen.
public struct DocumentFinding: Sendable, Codable, Equatable {
    /// Path as it was given.
    public var file: String
    public var line: Int
    /// What kind of thing, such as `total` or `technology`.
    public var kind: String
    public var claimed: String
    public var seen: String

    init(file: String = "", line: Int, kind: String, claimed: String, seen: String) {
        self.file = visible(file, limit: 200)
        self.line = line
        self.kind = kind
        self.claimed = visible(claimed, limit: 200)
        self.seen = visible(seen, limit: 300)
    }
}

/// Takes the bound that an item itself names: `coverage ≥ 90 %` is 90, not what we would ask for.
enum FigureBound {
    static func adjusted(_ condition: String, to texts: [String]) -> String {
        guard var own = FigureCondition(condition), let unit = FigureCatalogue.unit(of: own.figure) else {
            return condition
        }
        for text in texts {
            guard let bound = bound(in: text, unit: unit), bound > 0 else { continue }
            own.bound = bound
            return "\(own.figure) \(own.relation.rawValue) \(plain(own.bound))"
        }
        return condition
    }

    /// The first number with that unit behind it; seconds count as milliseconds.
    private static func bound(in text: String, unit: String) -> Double? {
        var rest = Substring(text.prefix(300))
        while let start = rest.firstIndex(where: { $0.isASCII && $0.isNumber }) {
            rest = rest[start...]
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let after = rest.drop { $0 == " " }.prefix { $0.isLetter || $0 == "%" }.lowercased()
            guard let number = Double(digits.last == "." ? String(digits.dropLast()) : String(digits)) else { continue }
            switch (unit, after) {
            case ("%", "%"), ("ms", "ms"), ("MB", "mb"): return number
            case ("ms", "s"), ("ms", "sec"), ("ms", "seconds"), ("ms", "second"): return number * 1_000
            default: continue
            }
        }
        return nil
    }
}
