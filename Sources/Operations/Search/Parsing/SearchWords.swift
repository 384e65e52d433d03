internal import Foundation

/// How text becomes words: letters and digits of any script, without case and accents. The same for documents and queries.
enum SearchWords {
    /// A word is cut here; longer ones are rubbish or keys, and tsvector takes 2 kB at most.
    static let longest = 64

    struct Word: Sendable, Equatable {
        let folded: String
        /// Where it stands in the text.
        let range: Range<String.Index>
    }

    static func words(of text: String) -> [String] { located(in: text).map(\.folded) }

    static func located(in text: String) -> [Word] {
        var words: [Word] = []
        var start: String.Index?
        var index = text.startIndex
        while true {
            // can't trap: asked only below the end
            let isPart = index < text.endIndex && isWordPart(text[index])
            if isPart {
                start = start ?? index
            } else if let begin = start {
                // can't trap: the word began before here
                let range = begin..<index
                // can't trap: both ends are the text's own
                words.append(Word(folded: folded(text[range]), range: range))
                start = nil
            }
            guard index < text.endIndex else { break }
            text.formIndex(after: &index)
        }
        return words.filter { !$0.folded.isEmpty }
    }

    private static func isWordPart(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    /// Compatibility forms, case and accents folded; what is left of letters and digits, cut.
    static func folded(_ text: Substring) -> String {
        let plain = String(text.prefix(longest)).precomposedStringWithCompatibilityMapping
            .folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
        return String(plain.filter(isWordPart).prefix(longest))
    }
}
