/// Writes a header field, folded, in ASCII (RFC 5322 §2.2.3, RFC 2047).
enum HeaderField {
    /// Where lines fold, in bytes (RFC 5322 §2.1.1; RFC 2047 §2 has 76 for lines with encoded words).
    static let width = 76

    /// `Name: tokens` with a fold wherever a token would pass the width. A token is never broken.
    static func structured(_ name: String, _ tokens: [String]) -> String {
        var lines = ""
        var column = name.utf8.count + 1
        lines += name + ":"
        for (index, token) in tokens.enumerated() {
            if index > 0, column + 1 + token.utf8.count > width {
                lines += "\r\n"
                column = 0
            }
            lines += " " + token
            column += 1 + token.utf8.count
        }
        return lines + "\r\n"
    }

    /// A field of free text, such as `Subject`.
    static func text(_ name: String, _ text: String) -> String {
        structured(name, words(text, indent: name.utf8.count + 2))
    }

    /// The tokens of a text: its own words where they are plain, else encoded words.
    static func words(_ text: String, indent: Int) -> [String] {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        // Two blanks in a row, or one at an end, would not survive folding; `=?` would be taken for an encoded word.
        let isPlain =
            !words.contains("") && !text.contains("=?") && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
            && words.allSatisfy { $0.utf8.count <= 60 }
        return isPlain ? words : EncodedWord.words(text, indent: indent)
    }

    /// A mailbox: `"Name" <address>`.
    static func mailbox(_ name: String, _ mailbox: Mailbox) -> String {
        guard let shown = mailbox.name else { return structured(name, ["\(mailbox.address)"]) }
        let tokens = phrase(shown, indent: name.utf8.count + 2)
        return structured(name, tokens + ["<\(mailbox.address)>"])
    }

    /// RFC 5322 §3.2.5 `phrase`.
    private static func phrase(_ text: String, indent: Int) -> [String] {
        let words = words(text, indent: indent)
        if words.first?.hasPrefix("=?") == true { return words }
        let isAtoms = words.allSatisfy { word in
            word.utf8.allSatisfy { $0.isTokenLike }
        }
        if isAtoms { return words }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return ["\"\(escaped)\""]
    }
}

extension UInt8 {
    /// RFC 5322 §3.2.3 `atext`.
    fileprivate var isTokenLike: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }
}
