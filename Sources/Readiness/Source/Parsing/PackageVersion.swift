/// The rules by which an ecosystem puts versions in order.
enum VersionOrder: Sendable {
    case semantic, pep440, maven

    init(ecosystem: String) {
        self = ecosystem == "PyPI" ? .pep440 : ecosystem == "Maven" ? .maven : .semantic
    }

    /// Negative: `one` is older; positive: newer; 0: the same. nil where one of them is no version.
    func compare(_ one: String, _ other: String) -> Int? {
        let a = key(one)
        let b = key(other)
        guard let a, let b else { return nil }
        var left = a.makeIterator()
        var right = b.makeIterator()
        while true {
            let (first, second) = (left.next(), right.next())
            if first == nil, second == nil { return 0 }
            let x = first ?? filler
            let y = second ?? filler
            if x != y { return x < y ? -1 : 1 }
        }
    }

    /// What stands where one version has no more parts.
    private var filler: Part { self == .maven ? Part(rank: 5, number: 0) : Part(rank: 10, number: 0) }

    /// One part in the order of parts: the rank first, then the number, then the word.
    struct Part: Sendable, Comparable {
        var rank: Int
        var number: UInt64 = 0
        var word = ""
        static func < (one: Part, other: Part) -> Bool {
            (one.rank, one.number, one.word) < (other.rank, other.number, other.word)
        }
    }

    private func key(_ text: String) -> [Part]? {
        let plain = String(text.trimmed.prefix(200))
        guard !plain.isEmpty else { return nil }
        return switch self {
        case .semantic: Self.semantic(plain)
        case .pep440: Self.pep440(plain)
        case .maven: Self.maven(plain)
        }
    }

    /// Semantic Versioning 2.0.0 §11, with a leading `v` and missing parts allowed.
    private static func semantic(_ text: String) -> [Part]? {
        // can't trap: the whole of a collection
        let bare = text.hasPrefix("v") ? text.dropFirst() : text[...]
        let core = bare.prefix { $0 != "+" }
        let release = core.prefix { $0 != "-" }
        let numbers = release.split(separator: ".", omittingEmptySubsequences: false).map { UInt64($0) }
        guard !numbers.isEmpty, numbers.count <= 6, !numbers.contains(nil) else { return nil }
        var parts = numbers.compactMap { $0 }.map { Part(rank: 10, number: $0) }
        while parts.count < 6 { parts.append(Part(rank: 10)) }
        let before = core.dropFirst(release.count).dropFirst()
        // A release is newer than what came before it.
        if before.isEmpty { return parts }
        for word in before.split(separator: ".") {
            parts.append(UInt64(word).map { Part(rank: 1, number: $0) } ?? Part(rank: 2, word: String(word)))
        }
        // The end of fewer parts is older than more of them.
        parts.append(Part(rank: 0))
        return parts
    }

    /// PEP 440: epoch, release, then dev < a < b < rc < (none) < post.
    private static func pep440(_ text: String) -> [Part]? {
        let lower = text.lowercased()
        guard
            let match = lower.wholeMatch(
                of:
                    #/v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+[a-z0-9._-]+)?/#
            )
        else { return nil }
        var parts = [Part(rank: 10, number: match.1.flatMap { UInt64($0) } ?? 0)]
        var numbers = match.2.split(separator: ".").map { UInt64($0) ?? 0 }
        while numbers.last == 0 { numbers = numbers.dropLast() }
        parts.append(contentsOf: numbers.prefix(12).map { Part(rank: 10, number: $0) })
        while parts.count < 13 { parts.append(Part(rank: 10)) }
        let isDev = match.8 != nil
        let isPost = match.5 != nil || match.6 != nil
        if let word = match.3 {
            let rank = word.hasPrefix("a") ? 2 : word.hasPrefix("b") ? 3 : 4
            parts.append(Part(rank: rank, number: match.4.flatMap { UInt64($0) } ?? 0))
        } else {
            parts.append(Part(rank: isDev && !isPost ? 1 : 10))
        }
        parts.append(isPost ? Part(rank: 11, number: (match.5 ?? match.7).flatMap { UInt64($0) } ?? 0) : Part(rank: 10))
        parts.append(isDev ? Part(rank: 1, number: match.9.flatMap { UInt64($0) } ?? 0) : Part(rank: 10))
        return parts
    }

    /// Maven's ComparableVersion: numbers, and words in their order, parted by marks and by changes of kind.
    private static func maven(_ text: String) -> [Part]? {
        var parts: [Part] = []
        var word = ""
        var number = ""
        func flush(_ parts: inout [Part]) {
            if !number.isEmpty { parts.append(Part(rank: 8, number: UInt64(number.prefix(18)) ?? 0)) }
            if !word.isEmpty {
                // `1.0-rc1` is `1-rc1`: zeros before a word say nothing.
                while let last = parts.last, last == Part(rank: 8) { parts = parts.dropLast() }
                let ranks = [
                    "alpha": 0, "a": 0, "beta": 1, "b": 1, "milestone": 2, "m": 2, "rc": 3, "cr": 3, "snapshot": 4,
                    "final": 5, "ga": 5, "release": 5, "": 5, "sp": 6,
                ]
                // can't trap: a dictionary answers nil for what it doesn't have
                let rank = ranks[word]
                parts.append(rank.map { Part(rank: $0) } ?? Part(rank: 7, word: word))
            }
            word = ""
            number = ""
        }
        for character in text.lowercased() {
            if character.isASCII, character.isNumber {
                if !word.isEmpty { flush(&parts) }
                number.append(character)
            } else if character == "." || character == "-" || character == "_" || character == "+" {
                flush(&parts)
            } else {
                if !number.isEmpty { flush(&parts) }
                word.append(character)
            }
        }
        flush(&parts)
        // `1.0` is `1`.
        while let last = parts.last, last == Part(rank: 8) || last == Part(rank: 5) { parts = parts.dropLast() }
        return parts.isEmpty ? [Part(rank: 8)] : parts
    }
}
