/// Where in a page a marker stands, and whether what came with it became markup or script.
struct MarkupEcho {
    /// What a value stands in.
    enum Context: Sendable, Hashable {
        case text
        case attribute(quote: UInt8?)
        /// An attribute whose beginning is the address that a browser follows.
        case address
        /// A string of a script, between two of these.
        case string(UInt8)
        case code
    }

    /// Letters and digits.
    let marker: [UInt8]
    private let tokens: [MarkupReader.Token]

    init(_ marker: String, in page: String) {
        self.marker = Array(marker.utf8)
        tokens = MarkupReader.tokens(of: page.utf8)
    }

    /// What is sent to see whether it becomes an element, whatever it stands in; short, because fields have limits.
    static func elementPayload(_ marker: String) -> String {
        "\(marker)</script></textarea></title></style>\"'--><b id=\(marker)>"
    }

    /// Whether an element came with the marker: one of that id, or a script that begins with its comment.
    var hasElement: Bool {
        tokens.contains { token in
            switch token {
            case .tag(_, let attributes):
                attributes.contains { $0.name.elementsEqual("id".utf8) && $0.value.starts(with: marker) }
            case .script(let text): text.dropFirst(2).starts(with: marker) && text.starts(with: "/*".utf8)
            case .text, .plain, .comment: false
            }
        }
    }

    /// Whether an attribute came with the marker, by a name that has it.
    var hasAttribute: Bool {
        tokens.contains { token in
            guard case .tag(_, let attributes) = token else { return false }
            return attributes.contains { contains(marker, in: $0.name) }
        }
    }

    /// Whether an address that a browser follows begins with `javascript:` and the marker.
    var hasScriptAddress: Bool {
        tokens.contains { token in
            guard case .tag(let name, let attributes) = token else { return false }
            return attributes.contains {
                Self.isAddress(name, $0) && $0.value.starts(with: Self.scheme)
                    && $0.value.dropFirst(Self.scheme.count).starts(with: marker)
            }
        }
    }

    /// What the marker stands in, each once, in the order of the page.
    var contexts: [Context] {
        var found: [Context] = []
        func note(_ context: Context) {
            if !found.contains(context) { found.append(context) }
        }
        for token in tokens {
            switch token {
            case .text(let text): if contains(marker, in: text) { note(.text) }
            case .tag(let name, let attributes):
                for one in attributes where contains(marker, in: one.value) {
                    note(.attribute(quote: one.quote))
                    if Self.isAddress(name, one), one.value.starts(with: marker) { note(.address) }
                }
            case .script(let text):
                switch ScriptReader.places(of: marker, in: text).first {
                case .code?: note(.code)
                case .string(let quote)?: note(.string(quote))
                case .comment?, .expression?, nil: break
                }
            case .plain, .comment: break
            }
        }
        return found
    }

    /// Whether a second marker, sent behind the sign that ends the first one's string, stands in the code of a script.
    var leavesString: Bool {
        tokens.contains { token in
            guard case .script(let text) = token else { return false }
            let places = ScriptReader.places(of: marker, in: text)
            guard let first = places.first, case .string = first else { return false }
            return places.dropFirst().contains(.code)
        }
    }

    /// Whether both of two markers with a semicolon between stand in the code of a script.
    var isStatement: Bool {
        let statement = [marker, [UInt8(ascii: ";")], marker].flatMap(\.self)
        return tokens.contains { token in
            guard case .script(let text) = token, contains(statement, in: text) else { return false }
            let places = ScriptReader.places(of: marker, in: text)
            return places.count >= 2 && places.allSatisfy { $0 == .code }
        }
    }

    private static let scheme = Array("javascript:".utf8)

    private static func isAddress(_ tag: String, _ attribute: MarkupReader.Attribute) -> Bool {
        let name = String(decoding: attribute.name, as: UTF8.self).lowercased()
        switch tag {
        case "a", "area": return name == "href"
        case "form": return name == "action"
        case "button", "input": return name == "formaction"
        case "iframe": return name == "src"
        default: return false
        }
    }

    private func contains(_ word: [UInt8], in text: [UInt8]) -> Bool {
        guard let first = word.first else { return false }
        var rest = text.dropFirst(0)
        while !rest.isEmpty {
            rest = rest.drop { $0 != first }
            if rest.starts(with: word) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
