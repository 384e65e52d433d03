/// What a person asks for: words that must be there, phrases, beginnings, and words that must not.
///
/// Nothing of it reaches an engine as syntax: only folded words, quoted, with operators of ours between.
public struct SearchQuery: Sendable, Equatable {
    /// Why a text can't be searched.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    struct Term: Sendable, Equatable {
        /// One word, or the words of a phrase in their order.
        var words: [String]
        var isPrefix = false
        var isExcluded = false
    }

    let terms: [Term]

    public static let longest = 300
    public static let mostTerms = 12

    public init(_ text: String) throws(Refusal) {
        guard text.count <= SearchQuery.longest else {
            throw Refusal(description: "at most \(SearchQuery.longest) characters")
        }
        var terms: [Term] = []
        for piece in SearchQuery.pieces(text) {
            let words = SearchWords.words(of: piece.text)
            guard let last = words.last else { continue }
            if piece.isQuoted {
                terms.append(Term(words: words, isExcluded: piece.isExcluded))
            } else {
                // “foo-bar” asks for both words side by side, as it stands in the text.
                let isPrefix = piece.text.hasSuffix("*") && words.count == 1 && last.count >= 2
                terms.append(Term(words: words, isPrefix: isPrefix, isExcluded: piece.isExcluded))
            }
        }
        guard terms.count <= SearchQuery.mostTerms, terms.allSatisfy({ $0.words.count <= SearchQuery.mostTerms }) else {
            throw Refusal(description: "at most \(SearchQuery.mostTerms) words")
        }
        guard terms.contains(where: { !$0.isExcluded }) else {
            throw Refusal(description: "a word to look for, of letters or digits, is missing")
        }
        self.terms = terms
    }

    private struct Piece {
        var text = ""
        var isQuoted = false
        var isExcluded = false
    }

    /// Cut at white space outside quotation marks. A mark that isn't closed ends with the text.
    private static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var piece = Piece()
        var isInside = false
        func end() {
            if !piece.text.isEmpty { pieces.append(piece) }
            piece = Piece()
        }
        for character in text {
            switch character {
            case "\"" where isInside:
                isInside = false
                end()
            case "\"":
                let isExcluded = piece.text == "-"
                if isExcluded { piece.text = "" }
                end()
                piece.isQuoted = true
                piece.isExcluded = isExcluded
                isInside = true
            case _ where character.isWhitespace && !isInside: end()
            default: piece.text.append(character)
            }
        }
        end()
        return pieces.map { piece in
            guard !piece.isQuoted, piece.text.hasPrefix("-") else { return piece }
            return Piece(text: String(piece.text.dropFirst()), isExcluded: true)
        }
    }

    /// For FTS5's MATCH: words hold no quotation mark, so quoting them is safe.
    var fts5: String {
        func quoted(_ term: Term) -> String {
            "\"\(term.words.joined(separator: " "))\"\(term.isPrefix ? " *" : "")"
        }
        let wanted = terms.filter { !$0.isExcluded }.map(quoted).joined(separator: " AND ")
        let excluded = terms.filter(\.isExcluded).map(quoted)
        return excluded.reduce("(\(wanted))") { "(\($0) NOT \($1))" }
    }

    /// For PostgreSQL's tsquery: words hold neither apostrophe nor backslash.
    var tsquery: String {
        func quoted(_ term: Term) -> String {
            let words = term.words.map { "'\($0)'\(term.isPrefix ? ":*" : "")" }
            return "\(term.isExcluded ? "!" : "")(\(words.joined(separator: " <-> ")))"
        }
        return terms.map(quoted).joined(separator: " & ")
    }
}
