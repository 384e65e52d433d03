/// A line as the reader of checklists takes it: out of its quotation, with marks for short codes, and with a box of
/// Markdown for one of HTML.
enum MarkdownLine {
    static func plain(_ raw: String) -> String {
        var line = unquoted(raw)
        if line.contains(":") { line = marked(line) }
        if line.contains("<input") { line = boxed(line) ?? line }
        return line
    }

    /// Without `>` and `> >` before it; at most twenty.
    private static func unquoted(_ raw: String) -> String {
        var rest = Substring(raw)
        for _ in 0..<20 {
            let line = rest.drop { $0 == " " }
            guard line.first == ">", raw.count &- line.count < 4 || rest.startIndex != raw.startIndex else { break }
            rest = line.dropFirst()
            if rest.first == " " { rest = rest.dropFirst() }
        }
        return String(rest)
    }

    private static let codes = [
        ":white_check_mark:": "✅", ":heavy_check_mark:": "✔", ":ballot_box_with_check:": "☑", ":x:": "❌",
        ":negative_squared_cross_mark:": "❌", ":heavy_multiplication_x:": "✖", ":no_entry:": "🚫",
        ":warning:": "⚠", ":hourglass:": "⌛", ":hourglass_flowing_sand:": "⏳", ":construction:": "🚧",
        ":green_circle:": "🟢", ":red_circle:": "🔴", ":yellow_circle:": "🟡", ":white_large_square:": "⬜",
    ]

    /// `:white_check_mark:` → ✅
    private static func marked(_ line: String) -> String {
        var out = ""
        var rest = Substring(line)
        while let start = rest.firstIndex(of: ":") {
            out.append(contentsOf: rest[..<start])  // can't trap: `start` was found in `rest`.
            let after = rest[start...].dropFirst()  // can't trap: `start` was found in `rest`.
            let name = after.prefix(32).prefix { $0.isASCII && ($0.isLetter || $0 == "_") }
            let mark = codes[":\(name):"]  // can't trap: a table by key.
            if after.dropFirst(name.count).first == ":", let mark {
                out.append(mark)
                rest = after.dropFirst(name.count &+ 1)
            } else {
                out.append(":")
                rest = after
            }
        }
        out.append(contentsOf: rest)
        return out
    }

    /// `<input type="checkbox" checked> text` → `- [x] text`
    private static func boxed(_ line: String) -> String? {
        guard let start = line.firstRange(of: "<input") else { return nil }
        let tag = line[start.upperBound...].prefix(300)  // can't trap: the range was found in `line`.
        guard let end = tag.firstIndex(of: ">") else { return nil }
        let attributes = tag[..<end].lowercased()  // can't trap: `end` was found in `tag`.
        guard attributes.contains("checkbox") else { return nil }
        let text = InlineText.plain(line[end...].dropFirst())  // can't trap: `end` was found in `line`.
        let isChecked = attributes.split { " /\t".contains($0) }.contains { $0.hasPrefix("checked") }
        return text.isEmpty ? nil : "- [\(isChecked ? "x" : " ")] \(text)"
    }
}
