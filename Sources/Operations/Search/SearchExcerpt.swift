/// Text with the found words marked, as parts: whoever shows them escapes each.
public enum SearchExcerpt {
    public struct Part: Sendable, Equatable {
        public let text: String
        public let isMatch: Bool
        public init(_ text: String, isMatch: Bool) {
            self.text = text
            self.isMatch = isMatch
        }
    }

    /// All of it.
    static func marked(_ text: String, _ query: SearchQuery) -> [Part] {
        parts(of: text, text.startIndex..<text.endIndex, matches(in: text, query))
    }

    /// About 24 words around the first place where something was found.
    static func around(_ text: String, _ query: SearchQuery) -> [Part] {
        let words = SearchWords.located(in: text)
        let found = matches(in: text, query)
        let first = found.first.flatMap { match in words.firstIndex { $0.range == match } } ?? 0
        let from = first <= 8 ? 0 : first - 6
        let to = min(words.count, from + 24)
        guard from < to, let start = words[from..<to].first, let end = words[from..<to].last else { return [] }
        let begin = from == 0 ? text.startIndex : start.range.lowerBound
        let range = begin..<(to == words.count ? text.endIndex : end.range.upperBound)
        var parts = parts(
            of: text, range, found.filter { range.contains($0.lowerBound) && $0.upperBound <= range.upperBound })
        if from > 0 { parts.insert(Part("… ", isMatch: false), at: 0) }
        if to < words.count { parts.append(Part(" …", isMatch: false)) }
        return parts
    }

    private static func matches(in text: String, _ query: SearchQuery) -> [Range<String.Index>] {
        let wanted = query.terms.filter { !$0.isExcluded }
        let whole = Set(wanted.filter { !$0.isPrefix }.flatMap(\.words))
        let beginnings = wanted.filter(\.isPrefix).flatMap(\.words)
        return SearchWords.located(in: text).filter { word in
            whole.contains(word.folded) || beginnings.contains { word.folded.hasPrefix($0) }
        }.map(\.range)
    }

    private static func parts(
        of text: String, _ range: Range<String.Index>, _ matches: [Range<String.Index>]
    ) -> [Part] {
        var parts: [Part] = []
        var position = range.lowerBound
        for match in matches {
            if position < match.lowerBound {
                parts.append(Part(String(text[position..<match.lowerBound]), isMatch: false))
            }
            parts.append(Part(String(text[match]), isMatch: true))
            position = match.upperBound
        }
        if position < range.upperBound { parts.append(Part(String(text[position..<range.upperBound]), isMatch: false)) }
        return parts
    }
}
