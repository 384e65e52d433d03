/// What a probe needs to know of an HTML page: its forms, what it links, and its scripts.
struct PageScan: Sendable, Equatable {
    struct Form: Sendable, Equatable {
        var action: String
        var method: String
        var fields: [(name: String, value: String, type: String)] = []

        static func == (one: Form, other: Form) -> Bool {
            one.action == other.action && one.method == other.method
                && one.fields.map(\.name) == other.fields.map(\.name)
        }
        var hasPassword: Bool { fields.contains { $0.type == "password" } }
    }

    private(set) var forms: [Form] = []
    private(set) var links: [String] = []
    /// Where its `a` elements lead.
    private(set) var anchors: [String] = []
    /// A script that is fetched, by the address as it is written.
    struct Source: Sendable, Equatable {
        var address: String
        var hasIntegrity: Bool
    }
    /// Its scripts that are fetched.
    private(set) var sources: [Source] = []
    /// Addresses of its scripts.
    var scripts: [String] { sources.map(\.address) }
    /// `meta` elements that stand for a header; names in lower case.
    private(set) var equivalents: [Equivalent] = []
    struct Equivalent: Sendable, Equatable {
        var name: String
        var content: String
    }
    /// The text of scripts that stand in the page, at most 64 KiB each.
    private(set) var inlineScripts: [String] = []

    /// Reads at most 400 tags of the first 256 KiB; not a parser of HTML, only a reader of start tags.
    init(html: some StringProtocol) {
        var open: Form?
        var seen = 0
        // can't trap: the whole of a collection
        var rest = html.prefix(262_144)[...]
        while seen < 400, let start = rest.firstIndex(of: "<") {
            // can't trap: the index was found in this very collection
            rest = rest[start...].dropFirst()
            let name = rest.prefix { $0.isLetter || $0 == "/" || $0.isNumber }.lowercased()
            guard ["form", "/form", "input", "a", "link", "script", "img", "meta"].contains(name) else { continue }
            seen &+= 1
            let tag = rest.prefix(2_000).prefix { $0 != ">" }
            let attributes = Self.attributes(tag.dropFirst(name.count))
            switch name {
            case "form":
                // can't trap: a dictionary answers nil for what it doesn't have
                open = Form(action: attributes["action"] ?? "", method: (attributes["method"] ?? "get").uppercased())
            case "/form":
                if let form = open { forms.append(form) }
                open = nil
            case "input":
                // can't trap: a dictionary answers nil for what it doesn't have
                if let field = attributes["name"] {
                    // can't trap: a dictionary answers nil for what it doesn't have
                    open?.fields.append((field, attributes["value"] ?? "", attributes["type"]?.lowercased() ?? "text"))
                }
            case "meta":
                // can't trap: a dictionary answers nil for what it doesn't have
                if let name = attributes["http-equiv"]?.lowercased(), equivalents.count < 20 {
                    // can't trap: a dictionary answers nil for what it doesn't have
                    equivalents.append(Equivalent(name: name.trimmed, content: attributes["content"] ?? ""))
                }
            default:
                // can't trap: a dictionary answers nil for what it doesn't have
                if let link = attributes["href"] ?? attributes["src"], links.count < 200 { links.append(link) }
                // can't trap: a dictionary answers nil for what it doesn't have
                if name == "a", let link = attributes["href"], anchors.count < 100 { anchors.append(link) }
                // can't trap: a dictionary answers nil for what it doesn't have
                if name == "script", sources.count < 20, inlineScripts.count < 20 {
                    // can't trap: a dictionary answers nil for what it doesn't have
                    if let source = attributes["src"] {
                        // can't trap: a dictionary answers nil for what it doesn't have
                        let integrity = attributes["integrity"] ?? ""
                        sources.append(Source(address: source, hasIntegrity: !integrity.trimmed.isEmpty))
                    } else {
                        inlineScripts.append(
                            Self.text(before: "</script", in: rest.dropFirst(tag.count).prefix(65_536)))
                    }
                }
            }
        }
        if let form = open { forms.append(form) }
    }

    private static func text(before end: String, in part: some StringProtocol) -> String {
        guard let found = part.range(of: end) else { return String(part) }
        // can't trap: the index was found in this very collection
        return String(part[..<found.lowerBound])
    }

    private static func attributes(_ tag: some StringProtocol) -> [String: String] {
        var found: [String: String] = [:]
        var rest = Substring(tag)
        while found.count < 40 {
            rest = rest.drop { $0.isWhitespace || $0 == "/" }
            let name = rest.prefix { !$0.isWhitespace && $0 != "=" }
            if name.isEmpty { break }
            rest = rest.dropFirst(name.count).drop { $0.isWhitespace }
            guard rest.first == "=" else {
                // can't trap: a dictionary answers nil for what it doesn't have
                found[name.lowercased()] = ""
                continue
            }
            rest = rest.dropFirst().drop { $0.isWhitespace }
            let value: Substring
            if let quote = rest.first, quote == "\"" || quote == "'" {
                rest = rest.dropFirst()
                value = rest.prefix { $0 != quote }
                rest = rest.dropFirst(value.count).dropFirst()
            } else {
                value = rest.prefix { !$0.isWhitespace }
                rest = rest.dropFirst(value.count)
            }
            // can't trap: a dictionary answers nil for what it doesn't have
            found[name.lowercased()] = String(value).replacing("&amp;", with: "&").replacing("&#x2F;", with: "/")
                .replacing("&#47;", with: "/").replacing("&quot;", with: "\"")
        }
        return found
    }
}
