/// A line of the mapping's table: words, and what they lead to.
struct ItemRule: Sendable {
    /// Words that must stand together in an item.
    struct Alternative: Sendable {
        var terms: [Term]
        /// Too general a word: it suggests, and decides nothing.
        var isGuess: Bool
    }

    /// One word, or several in a row, of which each may have variants; matched as beginnings of words.
    struct Term: Sendable {
        enum Place: Sendable { case anywhere, nowhere, heading, first }
        var variants: [[Stem]]
        var place: Place
    }

    struct Stem: Sendable {
        let letters: String
        let isWhole: Bool
        let key: WordKey

        init(letters: String, isWhole: Bool) {
            self.letters = letters
            self.isWhole = isWhole
            key = WordKey(letters)
        }

        /// Most words differ in their first bytes already.
        func matches(_ word: String, _ key: WordKey) -> Bool {
            guard self.key.begins(key) else { return false }
            return isWhole ? word == letters : word.hasPrefix(letters)
        }
    }

    var target: ItemMapper.Target
    var alternatives: [Alternative]

    /// nil for a line that isn't one.
    init?(_ line: Substring) {
        let parts = line.split(separator: "|", maxSplits: 1).map { $0.trimmed }
        guard parts.count == 2, let target = Self.target(parts[0]) else { return nil }
        self.target = target
        alternatives = parts[1].split(separator: ";").map { alternative in
            let words = alternative.split(separator: " ")
            let own = words.filter { $0 != "?" }
            return Alternative(terms: own.map(Self.term), isGuess: own.count < words.count)
        }
    }

    private static func target(_ text: String) -> ItemMapper.Target? {
        let value = String(text.dropFirst(2))
        switch text.prefix(2) {
        case "c:": return .checks(value.split(separator: ",").map(String.init))
        case "f:": return .figure(value)
        case "k:": return .control(value)
        case "m:": return .person(value)
        default: return nil
        }
    }

    private static func term(_ text: Substring) -> Term {
        let place: Term.Place =
            switch text.first {
            case "!": .nowhere
            case "^": .heading
            case "<": .first
            default: .anywhere
            }
        let body = place == .anywhere ? text : text.dropFirst()
        let variants = body.split(separator: "/").map { variant in
            variant.split(separator: "~").map { word in
                Stem(letters: String(word.filter { $0 != "$" }), isWhole: word.hasSuffix("$"))
            }
        }
        return Term(variants: variants, place: place)
    }
}

extension ItemRule.Term {
    /// Where the term stands first, and how many letters of it were matched.
    func found(in item: ItemWords) -> (Range<Int>, Int)? {
        for variant in variants where !variant.isEmpty && variant.count <= item.words.count {
            for start in 0...(item.words.count - variant.count) where isFound(variant, in: item, at: start) {
                return (start..<(start + variant.count), variant.reduce(0) { $0 + $1.letters.count })
            }
        }
        return nil
    }

    private func isFound(_ variant: [ItemRule.Stem], in item: ItemWords, at start: Int) -> Bool {
        var place = start
        for stem in variant {
            guard stem.matches(item.words[place], item.keys[place]) else { return false }
            place += 1
        }
        return true
    }
}

/// The first two bytes of a word; of a shorter one, the first.
struct WordKey: Sendable, Hashable {
    private let first: UInt8
    private let second: UInt8

    init(_ word: String) {
        var bytes = word.utf8.makeIterator()
        first = bytes.next() ?? 0
        second = bytes.next() ?? 0
    }

    private init(first: UInt8) { (self.first, second) = (first, 0) }

    /// The key that a stem of one byte has.
    var shortened: WordKey { WordKey(first: first) }

    /// Whether a word with that key may begin with this one.
    func begins(_ other: WordKey) -> Bool { first == other.first && (second == 0 || second == other.second) }
}

/// Which alternatives an item's words may belong to, so that the others needn't be tried.
struct ItemRuleIndex: Sendable {
    struct Place: Sendable, Hashable {
        var rule: Int
        var alternative: Int
    }

    private var places: [WordKey: [Place]] = [:]

    init(_ rules: [ItemRule]) {
        for (rule, own) in rules.enumerated() {
            for (alternative, words) in own.alternatives.enumerated() {
                // What has no word of its own never matches.
                let term = words.terms.first { $0.place == .anywhere || $0.place == .first }
                let keys = Set((term?.variants ?? []).compactMap { $0.first?.key })
                for key in keys { places[key, default: []].append(Place(rule: rule, alternative: alternative)) }
            }
        }
    }

    /// In the order of the table.
    func candidates(for item: ItemWords) -> [Place] {
        let keys = Set(item.keys).union(item.keys.map(\.shortened))
        let found = Set(keys.flatMap { places[$0] ?? [] })
        return found.sorted { ($0.rule, $0.alternative) < ($1.rule, $1.alternative) }
    }
}
