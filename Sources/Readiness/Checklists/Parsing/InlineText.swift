/// Markdown within a line, as the text that people see.
enum InlineText {
    /// In one pass over the line, whatever brackets it has.
    static func plain(_ text: some StringProtocol) -> String {
        var out = ""
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "`", "*": continue
            case "~" where rest.first == "~": _ = rest.popFirst()
            case "_" where rest.first == "_": _ = rest.popFirst()
            case "\\": if let next = rest.popFirst() { out.unicodeScalars.append(next) }
            // A footnote's mark says nothing.
            case "[" where rest.first == "^": skip(&rest, to: "]")
            case "[": continue
            case "!" where rest.first == "[": continue
            case "]" where rest.first == "(": skip(&rest, to: ")")
            case "]" where rest.first == "[": skip(&rest, to: "]")
            case "]": continue
            case "<" where rest.first.map { $0.properties.isAlphabetic || $0 == "/" || $0 == "!" } ?? false:
                skip(&rest, to: ">")
            case "\u{FE0F}", "\u{FE0E}", "\u{200D}": continue
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out.trimmed
    }

    /// A line without what stands in spans of code: those quote, they state nothing. A span that nothing closes is text.
    static func withoutCode(_ text: some StringProtocol) -> String {
        var out = ""
        var rest = Substring(text)
        // Lengths of runs that nothing closes: looked for once each, so that a line of backticks stays linear.
        var unclosed: Set<Int> = []
        while let start = rest.firstIndex(of: "`") {
            out.append(contentsOf: rest[..<start])  // can't trap: `start` was found in `rest`.
            let run = rest[start...].prefix { $0 == "`" }.count  // can't trap: `start` was found in `rest`.
            let mark = String(repeating: "`", count: run)
            let after = rest[start...].dropFirst(run)  // can't trap: `start` was found in `rest`.
            if !unclosed.contains(run), let end = close(after, run) {
                rest = after[end...].dropFirst(run)  // can't trap: `end` was found in `after`.
                out.append(" ")
            } else {
                unclosed.insert(run)
                out.append(mark)
                rest = after
            }
        }
        out.append(contentsOf: rest)
        return out
    }

    /// Where a run of exactly `count` backticks begins.
    private static func close(_ text: Substring, _ count: Int) -> Substring.Index? {
        var rest = text
        while let start = rest.firstIndex(of: "`") {
            let run = rest[start...].prefix { $0 == "`" }.count  // can't trap: `start` was found in `rest`.
            if run == count { return start }
            rest = rest[start...].dropFirst(run)  // can't trap: `start` was found in `rest`.
        }
        return nil
    }

    /// Up to the closing scalar; when there is none near, nothing is skipped.
    private static func skip(_ rest: inout Substring.UnicodeScalarView, to end: Unicode.Scalar) {
        guard let found = rest.prefix(300).firstIndex(of: end) else { return }
        rest = rest[found...].dropFirst()  // can't trap: `found` was found in `rest`.
    }

    /// The cells of a table's row.
    static func cells(_ line: some StringProtocol) -> [String] {
        var body = Substring(Substring(line).trimmed)
        if body.first == "|" { body = body.dropFirst() }
        if body.last == "|", !body.hasSuffix("\\|") { body = body.dropLast() }
        var cells: [String] = []
        var cell = ""
        var isEscaped = false
        for character in body {
            if character == "|", !isEscaped {
                cells.append(cell.trimmed)
                cell = ""
                if cells.count >= 40 { return cells }
            } else {
                if isEscaped, character != "|" { cell.append("\\") }
                if character != "\\" || isEscaped { cell.append(character) }
            }
            isEscaped = character == "\\" && !isEscaped
        }
        cells.append(cell.trimmed)
        return cells
    }
}
