extension MailLayout {
    /// The plain part: lines of at most 78 columns; only an address that is longer stands on a longer line of its own.
    static func text(_ page: MailPage) -> String {
        var blocks = [page.heading + "\n" + String(repeating: "=", count: min(width, page.heading.count))]
        blocks.append(wrapped(page.greeting))
        blocks += page.paragraphs.map { wrapped($0) }
        if page.hasFacts {
            blocks.append(
                page.facts.map { wrapped("\($0.label): \($0.value)", indent: "    ") }.joined(separator: "\n"))
        }
        if let button = page.button { blocks.append("\(wrapped(button.label + ":"))\n\(button.address)") }
        blocks += page.notes.map { wrapped($0) }
        // RFC 3676 §4.3: what follows is the signature, which programs show apart.
        var signature = "-- \n\(wrapped(page.product))\n\(wrapped(page.footer))"
        if let unsubscribe = page.unsubscribe { signature += "\n\(unsubscribe.label):\n\(unsubscribe.address)" }
        blocks.append(signature)
        return blocks.joined(separator: "\n\n") + "\n"
    }

    static let width = 78

    /// Breaks at blanks; later lines begin with `indent`.
    static func wrapped(_ text: String, indent: String = "") -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = indent + word
            }
        }
        lines.append(line)
        return lines.joined(separator: "\n")
    }
}
