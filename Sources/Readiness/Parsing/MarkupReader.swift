/// Splits a page into tags, texts, scripts and comments as a browser's tokenizer does (HTML, 13.2.5), as far as it matters for
/// where something stands in it.
enum MarkupReader {
    struct Attribute: Sendable, Equatable {
        var name: [UInt8]
        /// As written, with its character references.
        var value: [UInt8] = []
        /// Around the value; nil where it has none.
        var quote: UInt8?
    }

    enum Token: Sendable, Equatable {
        case text([UInt8])
        /// A start tag, its name in lower case.
        case tag(String, [Attribute])
        /// What a browser runs.
        case script([UInt8])
        /// What it neither runs nor reads as markup: styles, titles, text areas, data in scripts.
        case plain([UInt8])
        case comment([UInt8])
    }

    private static let mostTokens = 50_000
    private static let mostBytes = 2_097_152

    /// At most 50,000 tokens of the first 2 MiB.
    static func tokens(of html: some Sequence<UInt8>) -> [Token] {
        var rest = Array(html.prefix(mostBytes)).dropFirst(0)
        var tokens: [Token] = []
        while tokens.count < mostTokens, let first = rest.first {
            guard first == UInt8(ascii: "<") else {
                let text = rest.prefix { $0 != UInt8(ascii: "<") }
                tokens.append(.text(Array(text)))
                rest = rest.dropFirst(text.count)
                continue
            }
            read(&rest, into: &tokens)
        }
        return tokens
    }

    /// What begins with `<`.
    private static func read(_ rest: inout ArraySlice<UInt8>, into tokens: inout [Token]) {
        let inside = rest.dropFirst()
        guard let next = inside.first else {
            tokens.append(.text(Array(rest)))
            rest = []
            return
        }
        if inside.starts(with: "!--".utf8) {
            let content = inside.dropFirst(3)
            let text = upTo("-->", in: content)
            tokens.append(.comment(Array(text)))
            rest = content.dropFirst(text.count).dropFirst(3)
        } else if next == UInt8(ascii: "!") || next == UInt8(ascii: "?") {
            let text = inside.prefix { $0 != UInt8(ascii: ">") }
            tokens.append(.comment(Array(text)))
            rest = inside.dropFirst(text.count).dropFirst()
        } else if next.isLetterASCII {
            rest = inside
            guard let (name, attributes) = tag(&rest) else { return }
            tokens.append(.tag(name, attributes))
            if let content = content(of: name, attributes, &rest) { tokens.append(content) }
        } else if next == UInt8(ascii: "/"), inside.dropFirst().first?.isLetterASCII == true {
            rest = inside.dropFirst()
            _ = tag(&rest)
        } else {
            tokens.append(.text([UInt8(ascii: "<")]))
            rest = inside
        }
    }

    /// Name and attributes up to `>`; nil where the page ends before.
    private static func tag(_ rest: inout ArraySlice<UInt8>) -> (String, [Attribute])? {
        let name = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ">") }
        rest = rest.dropFirst(name.count)
        var attributes: [Attribute] = []
        while true {
            rest = rest.drop { isSpace($0) || $0 == UInt8(ascii: "/") }
            guard let first = rest.first else { return nil }
            if first == UInt8(ascii: ">") {
                rest = rest.dropFirst()
                return (String(decoding: name, as: UTF8.self).lowercased(), attributes)
            }
            guard let attribute = attribute(&rest) else { return nil }
            if attributes.count < 200 { attributes.append(attribute) }
        }
    }

    private static func attribute(_ rest: inout ArraySlice<UInt8>) -> Attribute? {
        // An equals sign in the first place belongs to the name.
        let more = rest.dropFirst().prefix {
            !isSpace($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "=")
        }
        var attribute = Attribute(name: Array(rest.prefix(more.count &+ 1)))
        rest = rest.dropFirst(more.count &+ 1).drop(while: isSpace)
        guard rest.first == UInt8(ascii: "=") else { return attribute }
        rest = rest.dropFirst().drop(while: isSpace)
        guard let quote = rest.first else { return nil }
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let value = rest.dropFirst().prefix { $0 != quote }
            rest = rest.dropFirst(value.count &+ 1)
            guard !rest.isEmpty else { return nil }
            rest = rest.dropFirst()
            (attribute.value, attribute.quote) = (Array(value), quote)
        } else {
            let value = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: ">") }
            rest = rest.dropFirst(value.count)
            attribute.value = Array(value)
        }
        return attribute
    }

    private static let unread: Set<String> = [
        "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "script",
    ]

    /// What stands in an element whose content isn't markup, up to its end.
    private static func content(
        of name: String, _ attributes: [Attribute], _ rest: inout ArraySlice<UInt8>
    ) -> Token? {
        guard unread.contains(name) else { return nil }
        let text = upTo("</\(name)", in: rest)
        rest = rest.dropFirst(text.count)
        guard !text.isEmpty else { return nil }
        return name == "script" && isRun(attributes) ? .script(Array(text)) : .plain(Array(text))
    }

    /// Whether a browser runs a script with these attributes.
    private static func isRun(_ attributes: [Attribute]) -> Bool {
        guard let type = attributes.first(where: { $0.name.elementsEqual("type".utf8) }) else { return true }
        let text = String(decoding: type.value, as: UTF8.self).lowercased().trimmed
        return text.isEmpty || text == "module" || text.contains("javascript") || text.contains("ecmascript")
    }

    /// What stands before some letters, in either case; everything where they don't come.
    private static func upTo(_ end: String, in rest: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = end.utf8.first else { return rest }
        let count = end.utf8.count
        var seen = rest
        while true {
            seen = seen.drop { $0 != first }
            if seen.isEmpty { return rest }
            if seen.count >= count, zip(seen, end.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
                return rest.prefix(rest.count &- seen.count)
            }
            seen = seen.dropFirst()
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0C || byte == 0x0D
    }
}
