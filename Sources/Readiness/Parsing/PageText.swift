/// What a person reads on a page, line by line: its text and what stands in its fields, without scripts, styles and hidden fields.
struct PageText: Sendable, Equatable {
    let lines: [String]

    init(_ answer: Answer) {
        self.init(html: answer.isHTML ? answer.body : [])
    }

    /// At most 4,000 lines of 500 characters each.
    init(html: [UInt8]) {
        var found: [String] = []
        var inText = ""
        func add(_ bytes: [UInt8]) {
            for line in text(of: bytes).split(whereSeparator: \.isNewline) where found.count < 4_000 {
                let plain = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                if !plain.isEmpty { found.append(String(plain.prefix(500))) }
            }
        }
        for token in MarkupReader.tokens(of: html) {
            switch token {
            case .text(let bytes): add(bytes)
            case .tag(let name, let attributes):
                inText = name
                guard name == "input" else { continue }
                func value(_ name: String) -> [UInt8]? { attributes.first { $0.name == Array(name.utf8) }?.value }
                let kind = value("type").map { text(of: $0).lowercased() } ?? "text"
                if !["hidden", "password", "submit", "button"].contains(kind), let own = value("value") { add(own) }
            // Of what is plain, a text area is read.
            case .plain(let bytes): if inText == "textarea" { add(bytes) }
            case .script, .comment: break
            }
        }
        lines = found
    }

    /// Lines that stand here and in none of the others: what a page says of its own thing.
    func telling(without others: [PageText]) -> Set<String> {
        let known = Set(others.flatMap(\.lines))
        return Set(lines.filter { $0.count >= 3 && !known.contains($0) })
    }
}
