/// Maps the items of a team's checklist to what can decide them, with a reason and a confidence, or says that it can't.
struct ItemMapper: Sendable {
    enum Target: Sendable, Equatable {
        case checks([String])
        case figure(String)
        case control(String)
        case person(String)
    }

    struct Rule: Sendable {
        var target: Target
        var alternatives: [[Term]]
    }

    /// One word, or several in a row, of which each may have variants; matched as beginnings of words.
    struct Term: Sendable {
        var variants: [[Stem]]
        var isForbidden: Bool
        var text: String
    }

    struct Stem: Sendable {
        var letters: String
        var isWhole: Bool

        func matches(_ word: String) -> Bool { isWhole ? word == letters : word.hasPrefix(letters) }
    }

    static let shipped = ItemMapper(MappingRules.text)
    private let rules: [Rule]

    init(_ text: String) {
        rules = text.split(separator: "\n").compactMap(Self.rule)
    }

    var targets: [Target] { rules.map(\.target) }

    // MARK: Mapping

    /// What decides an item, from its own words and, where it has few, those above it.
    func map(_ text: String, above: String = "") -> Mapping {
        let words = Self.words(text)
        let context = words.count <= 7 ? Self.words(above) : []
        var best: [Match] = []
        for rule in rules {
            guard let match = match(rule, words, context) else { continue }
            best.append(match)
        }
        // What the item itself says outweighs anything that needs the words above it.
        best.sort { ($0.isFromAbove ? 0 : 1, $0.strength) > ($1.isFromAbove ? 0 : 1, $1.strength) }
        let written = Self.isWritten(words)
        guard let first = best.first else { return Self.person(words, written) }
        if written, case .person = first.target {
        } else if written {
            return Mapping(
                target: .person("asks for something written, about \(first.words)"), confidence: 0.7,
                reason: "“\(first.words)”, but the item asks for something written")
        }
        return mapping(first, best.dropFirst(), words)
    }

    private struct Match {
        var target: Target
        /// Letters matched in the item; those matched above it count half.
        var strength: Double
        var places: Set<Int>
        var words: String
        var isFromAbove: Bool
        var terms: Int
    }

    private func match(_ rule: Rule, _ words: [String], _ context: [String]) -> Match? {
        var found: Match?
        for alternative in rule.alternatives {
            guard let match = match(rule.target, alternative, words, context) else { continue }
            if found.map({ match.strength > $0.strength }) ?? true { found = match }
        }
        return found
    }

    private func match(_ target: Target, _ terms: [Term], _ words: [String], _ context: [String]) -> Match? {
        var strength = 0.0
        var places: Set<Int> = []
        var own = 0
        var isFromAbove = false
        for term in terms where term.isForbidden {
            if Self.place(of: term, in: words) != nil { return nil }
        }
        for term in terms where !term.isForbidden {
            if let (range, letters) = Self.place(of: term, in: words) {
                strength += Double(letters) + Double(range.count)
                places.formUnion(range)
                own += 1
            } else if let (_, letters) = Self.place(of: term, in: context) {
                strength += Double(letters) / 3
                isFromAbove = true
            } else {
                return nil
            }
        }
        guard own > 0 else { return nil }
        let said = terms.filter { !$0.isForbidden }.map(\.text).joined(separator: " + ")
        return Match(
            target: target, strength: strength, places: places, words: said, isFromAbove: isFromAbove,
            terms: terms.count { !$0.isForbidden })
    }

    private func mapping(_ first: Match, _ rest: ArraySlice<Match>, _ words: [String]) -> Mapping {
        var confidence = first.isFromAbove ? 0.65 : first.strength >= 9 ? 0.9 : 0.8
        if words.count > 16 { confidence -= 0.1 }
        guard case .checks(var ids) = first.target else {
            return Mapping(target: first.target, confidence: confidence, reason: "“\(first.words)”")
        }
        // `HSTS, CSP and X-Frame-Options` is three checks.
        var places = first.places
        var reasons = [first.words]
        for other in rest where !other.isFromAbove && other.places.isDisjoint(with: places) {
            guard case .checks(let more) = other.target, ids.count < 8 else { continue }
            ids += more.filter { !ids.contains($0) }
            places.formUnion(other.places)
            reasons.append(other.words)
        }
        return Mapping(target: .checks(ids), confidence: confidence, reason: "“\(reasons.joined(separator: "”, “"))”")
    }

    /// Things that a person must have written or held, whatever they are about.
    private static func isWritten(_ words: [String]) -> Bool {
        words.contains { word in written.contains { word.hasPrefix($0) } }
    }

    private static let written = [
        "document", "docs", "readme", "runbook", "wiki", "training", "trained", "playbook", "tutorial", "handbook",
        "faq", "guide", "guideline", "diagram",
    ]

    private static func person(_ words: [String], _ written: Bool) -> Mapping {
        let found = words.first { word in people.contains { word.hasPrefix($0) } }
        if written || found != nil {
            return Mapping(
                target: .person("a person knows"), confidence: 0.7,
                reason: written ? "asks for something written" : "“\(found ?? "")” is for a person to say")
        }
        return Mapping(target: nil, confidence: 0, reason: "nothing here decides it")
    }

    private static let people = [
        "team", "stakeholder", "communicat", "announc", "approv", "legal", "terms", "privacy", "licen", "support",
        "procedure", "marketing", "budget", "schedul", "escalat", "feedback", "demo", "changelog", "responsib",
        "meeting", "notif", "oncall", "plan", "review", "polic", "complian", "gdpr", "hipaa", "soc2", "pci", "owner",
        "contact", "press", "social", "pricing", "copy", "content", "release", "incident", "postmortem", "checklist",
    ]

    // MARK: Words

    /// Lower case, without signs: `X-Frame-Options` is three words.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        let lower = text.lowercased()
        // The name of a file of code says what it is called, not what the item is about; nor does an address say `https`.
        let told = lower.split(separator: " ").filter { !isCodeFile($0) && !$0.contains("://") }.joined(separator: " ")
        for part in told.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            words.append(String(part))
            if words.count == 60 { break }
        }
        return words
    }

    private static let codeEndings: Set<Substring> = [
        "py", "js", "mjs", "cjs", "ts", "tsx", "jsx", "rb", "go", "rs", "java", "kt", "php", "swift", "cs", "sh", "sql",
    ]

    /// `test_login.py`, `` `src/auth/login.ts`: ``
    private static func isCodeFile(_ word: Substring) -> Bool {
        let name = word.drop { !$0.isLetter && !$0.isNumber }.prefix {
            $0.isLetter || $0.isNumber || "._-/".contains($0)
        }
        let parts = name.split(separator: ".")
        guard parts.count >= 2, let ending = parts.last, codeEndings.contains(ending) else { return false }
        // `next.js` and `node.js` are what something is made with.
        return name.contains("_") || name.contains("/") || name.contains("-") || !["js", "go", "sh"].contains(ending)
    }

    private static func place(of term: Term, in words: [String]) -> (Range<Int>, Int)? {
        for variant in term.variants where variant.count <= words.count {
            for start in 0...(words.count - variant.count) {
                let end = start + variant.count
                if zip(variant, words[start..<end]).allSatisfy({ $0.matches($1) }) {
                    return (start..<end, variant.reduce(0) { $0 + $1.letters.count })
                }
            }
        }
        return nil
    }

    private static func rule(_ line: Substring) -> Rule? {
        let parts = line.split(separator: "|", maxSplits: 1).map { $0.trimmed }
        guard parts.count == 2, let target = target(parts[0]) else { return nil }
        let alternatives = parts[1].split(separator: ";").map { alternative in
            alternative.split(separator: " ").map { term(String($0)) }
        }
        return Rule(target: target, alternatives: alternatives)
    }

    private static func target(_ text: String) -> Target? {
        let value = String(text.dropFirst(2))
        switch text.prefix(2) {
        case "c:": return .checks(value.split(separator: ",").map(String.init))
        case "f:": return .figure(value)
        case "k:": return .control(value)
        case "m:": return .person(value)
        default: return nil
        }
    }

    private static func term(_ text: String) -> Term {
        let isForbidden = text.hasPrefix("!")
        let body = isForbidden ? String(text.dropFirst()) : text
        let variants = body.split(separator: "/").map { variant in
            variant.split(separator: "~").map { word in
                Stem(letters: String(word.filter { $0 != "$" }), isWhole: word.hasSuffix("$"))
            }
        }
        let said = body.replacing("~", with: " ").replacing("$", with: "")
        return Term(variants: variants, isForbidden: isForbidden, text: said)
    }
}

/// What an item was mapped to.
struct Mapping: Sendable {
    /// nil: not mapped.
    var target: ItemMapper.Target?
    /// 0…1.
    var confidence: Double
    var reason: String
}
