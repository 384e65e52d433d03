/// Maps the items of a team's checklist to what can decide them, with a reason and a confidence, or says that it can't.
///
/// Precision comes first: what is asked for outweighs what is only mentioned, general words suggest and decide nothing.
struct ItemMapper: Sendable {
    enum Target: Sendable, Equatable {
        case checks([String])
        case figure(String)
        case control(String)
        case person(String)
    }

    static let shipped = ItemMapper(MappingRules.text)
    private let rules: [ItemRule]
    private let index: ItemRuleIndex

    init(_ text: String) {
        rules = text.split(separator: "\n").compactMap(ItemRule.init)
        index = ItemRuleIndex(rules)
    }

    var targets: [Target] { rules.map(\.target) }

    // MARK: Mapping

    /// What decides an item, from its own words; those above it say what a general word is about.
    func map(_ text: String, above: String = "") -> Mapping {
        let item = ItemWords(text)
        let matches = matches(item, above: ItemWords(above))
        let asked = Self.personWord(item.words)
        guard let first = matches.first else { return Self.person(item.words, asked) }
        if case .person = first.target {
            return Mapping(target: first.target, confidence: 0.8, reason: "“\(first.said)”")
        }
        if let asked {
            return Mapping(
                target: .person("asks for something that a person does, about \(first.said)"), confidence: 0.7,
                reason: "“\(first.said)”, but “\(asked)” is for a person")
        }
        let target = Self.joined(first, matches.dropFirst())
        if let doubt = doubt(first, item, above: above) {
            return Mapping(
                target: nil, confidence: 0, reason: "“\(first.said)” \(doubt)",
                suggestion: .init(target: target, words: first.said))
        }
        return Mapping(target: target, confidence: first.confidence, reason: "“\(first.said)”")
    }

    /// Why the best match decides nothing; nil when it does.
    private func doubt(_ match: Match, _ item: ItemWords, above: String) -> String? {
        if match.isGuess { return "is too general to decide it" }
        if let word = item.words.first(where: Self.page.contains) { return "beside “\(word)”, which is about a page" }
        if let word = ItemWords(above).words.first(where: Self.business.contains) {
            return "under a heading about \(word)"
        }
        if match.first >= 12 { return "stands late in a long item" }
        guard match.place >= 2, let heading = matches(ItemWords(above), above: ItemWords("")).first, !heading.isGuess,
            Set(heading.ids).isDisjoint(with: match.ids)
        else { return nil }
        return "is an aside under a heading about “\(heading.said)”"
    }

    struct Match {
        var target: Target
        var isGuess: Bool
        /// Twice the part of the item that it stands in, one more after a preposition.
        var place: Int
        /// Letters matched.
        var strength: Int
        var positions: Set<Int>
        var said: String
        var order: Int

        var first: Int { positions.min() ?? 0 }
        /// Shares of mappings that were right on lists which the rules hadn't seen (docs/accuracy-checklists.md).
        var confidence: Double { place == 0 ? 0.95 : 0.8 }

        var ids: [String] { target.ids }

        func isBetter(than other: Match) -> Bool {
            let own = (place / 2, isGuess ? 1 : 0, place, -strength)
            let its = (other.place / 2, other.isGuess ? 1 : 0, other.place, -other.strength)
            return own == its ? order < other.order : own < its
        }
    }

    /// The best match of each rule, the best of all first.
    private func matches(_ item: ItemWords, above: ItemWords) -> [Match] {
        var found: [Match] = []
        for place in index.candidates(for: item) {
            let rule = rules[place.rule]
            let alternative = rule.alternatives[place.alternative]
            guard let match = Self.match(rule.target, alternative, item, above, order: place.rule) else { continue }
            if let last = found.last, last.order == place.rule {
                if match.isBetter(than: last) { found[found.count - 1] = match }
            } else {
                found.append(match)
            }
        }
        return found.sorted { $0.isBetter(than: $1) }
    }

    private static func match(
        _ target: Target, _ alternative: ItemRule.Alternative, _ item: ItemWords, _ above: ItemWords, order: Int
    ) -> Match? {
        var strength = 0
        var positions: Set<Int> = []
        for term in alternative.terms {
            let place = term.found(in: term.place == .heading ? above : item)
            switch term.place {
            case .nowhere:
                if place != nil { return nil }
            case .heading:
                if place == nil { return nil }
            case .anywhere, .first:
                guard let (range, letters) = place, term.place == .anywhere || range.lowerBound == 0 else { return nil }
                strength += letters + range.count
                positions.formUnion(range)
            }
        }
        let places = zip(item.places, item.places.indices).filter { positions.contains($0.1) }.map(\.0)
        guard let place = places.min() else { return nil }
        // Words that stand far apart, one of them in brackets, say nothing together.
        let isSpread = Set(places.map { $0 / 2 }).count > 1
        return Match(
            target: target, isGuess: alternative.isGuess || isSpread, place: place, strength: strength,
            positions: positions, said: item.said(at: positions), order: order)
    }

    /// `HSTS, CSP and X-Frame-Options` is three checks.
    private static func joined(_ first: Match, _ rest: ArraySlice<Match>) -> Target {
        guard case .checks(var ids) = first.target, ids.contains(where: isListed) else { return first.target }
        var positions = first.positions
        for other in rest
        where !other.isGuess && other.place.isMultiple(of: 2) && other.positions.isDisjoint(with: positions) {
            guard case .checks(let more) = other.target, more.allSatisfy(isListed), ids.count < 8 else { continue }
            ids += more.filter { !ids.contains($0) }
            positions.formUnion(other.positions)
        }
        return .checks(ids)
    }

    /// What people write in lists of several.
    private static func isListed(_ id: String) -> Bool {
        ["headers.", "tls.", "csrf.", "cors.", "injection.", "cookies.", "limits.rate"].contains { id.hasPrefix($0) }
    }
}

extension ItemMapper.Target {
    /// Ids of checks, a figure or a capability; empty for a person.
    var ids: [String] {
        switch self {
        case .checks(let ids): ids
        case .figure(let text): [String(text.prefix { $0 != " " })]
        case .control(let id): [id]
        case .person: []
        }
    }
}

/// What an item was mapped to.
struct Mapping: Sendable {
    /// nil: not mapped.
    var target: ItemMapper.Target?
    /// 0…1; 0 when it isn't mapped.
    var confidence: Double
    var reason: String
    /// What it might be, when it isn't mapped; somebody has to say so.
    var suggestion: Suggestion?

    struct Suggestion: Sendable {
        var target: ItemMapper.Target
        var words: String
    }
}
