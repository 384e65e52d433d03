import FoundationEssentials

/// RFC 2047: text beyond ASCII in a header, as words of at most 75 bytes that never cut a character's bytes apart.
enum EncodedWord {
    private static let open = "=?utf-8?B?"
    private static let close = "?="

    /// - Parameter indent: how far the first line is written already.
    static func words(_ text: String, indent: Int) -> [String] {
        var words: [String] = []
        var chunk: [UInt8] = []
        var room = capacity(HeaderField.width - indent)
        for scalar in text.unicodeScalars {
            let bytes = Array(String(Character(scalar)).utf8)
            if chunk.count + bytes.count > room, !chunk.isEmpty {
                words.append(word(chunk))
                chunk = []
                // A blank begins each further line.
                room = capacity(HeaderField.width - 1)
            }
            chunk += bytes
        }
        if !chunk.isEmpty || words.isEmpty { words.append(word(chunk)) }
        return words
    }

    private static func word(_ bytes: [UInt8]) -> String { open + Data(bytes).base64EncodedString() + close }

    /// Bytes whose base64 fits into a word on a line with `width` left.
    private static func capacity(_ width: Int) -> Int {
        max(4, (min(75, width) - open.utf8.count - close.utf8.count) / 4 * 3)
    }
}
