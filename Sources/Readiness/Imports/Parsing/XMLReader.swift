/// Why a text can't be read as XML here.
struct XMLProblem: Error, Equatable, CustomStringConvertible {
    var line: Int
    var what: String
    var description: String { "line \(line): \(what)" }
}

/// Start tags, end tags and text of an XML document, one after the other.
///
/// A reader for reports of tools: no entities but the five of XML and numbers, no external subset is ever fetched, and
/// a document that declares entities of its own is refused, so that none can grow (the "billion laughs").
struct XMLReader {
    enum Event: Equatable {
        case start(String, [String: String])
        case end(String)
        case text(String)
    }

    private var cursor: ByteCursor
    private var open: [String] = []
    private var closesNext: String?
    private var hasRoot = false
    private static let deepest = 256
    private static let mostAttributes = 64
    private static let longestText = 65_536

    /// Bytes in UTF-8 or, where the document says so, Latin-1; UTF-16 by its mark.
    init(_ bytes: [UInt8]) throws(XMLProblem) {
        var given = withoutMark(bytes)
        if String(validating: given, as: UTF8.self) == nil {
            let declaration = Readiness.text(of: bytes.prefix(200)).lowercased()
            guard
                declaration.contains("iso-8859-1") || declaration.contains("latin1")
                    || declaration.contains("windows-1252")
            else { throw XMLProblem(line: 1, what: "isn't UTF-8, and declares no other encoding that is known here") }
            given = Array(Readiness.text(of: bytes).utf8)
        }
        cursor = ByteCursor(given)
    }

    private func problem(_ what: String) -> XMLProblem {
        XMLProblem(line: cursor.line(of: cursor.position), what: what)
    }

    /// The next event; nil after the root element's end.
    mutating func next() throws(XMLProblem) -> Event? {
        if let name = closesNext {
            closesNext = nil
            open = open.dropLast()
            return .end(name)
        }
        while !cursor.isAtEnd {
            guard cursor.current == UInt8(ascii: "<") else {
                let text = try characters()
                if open.isEmpty || text.isEmpty { continue }
                return .text(text)
            }
            if cursor.starts(with: "<!--") {
                try skip(past: "-->", 3, "a comment")
            } else if cursor.starts(with: "<![CDATA[") {
                cursor.advance(9)
                let start = cursor.position
                guard cursor.skip(to: "]]>") else { throw problem("a CDATA section doesn't end") }
                let content = Readiness.text(of: cursor.slice(start, min(cursor.position, start &+ Self.longestText)))
                cursor.advance(3)
                return .text(content)
            } else if cursor.starts(with: "<?") {
                try skip(past: "?>", 2, "an instruction")
            } else if cursor.starts(with: "<!DOCTYPE") {
                try doctype()
            } else if cursor.starts(with: "</") {
                return try endTag()
            } else {
                return try startTag()
            }
        }
        if let name = open.last { throw problem("the text ends inside <\(visible(name, limit: 40))>") }
        guard hasRoot else { throw problem("there is no element in it") }
        return nil
    }

    private mutating func skip(past end: StaticString, _ length: Int, _ what: String) throws(XMLProblem) {
        guard cursor.skip(to: end) else { throw problem("\(what) doesn't end") }
        cursor.advance(length)
    }

    /// Passed over where it names a document type; refused where it declares anything.
    private mutating func doctype() throws(XMLProblem) {
        while !cursor.isAtEnd {
            switch cursor.current {
            case UInt8(ascii: "["): throw problem("the document declares entities of its own, which is refused")
            case UInt8(ascii: ">"):
                cursor.advance()
                return
            default: cursor.advance()
            }
        }
        throw problem("the document type doesn't end")
    }

    private mutating func name() throws(XMLProblem) -> String {
        let start = cursor.position
        while cursor.current.isWord || [0x2D, 0x2E, 0x3A].contains(cursor.current) { cursor.advance() }
        guard cursor.position > start, cursor.position &- start <= 256 else { throw problem("a name is missing") }
        return Readiness.text(of: cursor.slice(start, cursor.position))
    }

    private mutating func endTag() throws(XMLProblem) -> Event {
        cursor.advance(2)
        let name = try name()
        cursor.skipBlanks()
        guard cursor.current == UInt8(ascii: ">") else { throw problem("an end tag doesn't end") }
        guard open.last == name else {
            throw problem("</\(visible(name, limit: 40))> closes <\(visible(open.last ?? "", limit: 40))>")
        }
        cursor.advance()
        open = open.dropLast()
        return .end(name)
    }

    private mutating func startTag() throws(XMLProblem) -> Event {
        cursor.advance()
        let name = try name()
        guard open.count < Self.deepest else { throw problem("nested deeper than \(Self.deepest)") }
        guard !open.isEmpty || !hasRoot else { throw problem("a second root element") }
        hasRoot = true
        var attributes: [String: String] = [:]
        while true {
            cursor.skipBlanks()
            switch cursor.current {
            case UInt8(ascii: ">"):
                cursor.advance()
                open.append(name)
                return .start(name, attributes)
            case UInt8(ascii: "/") where cursor.ahead(1) == UInt8(ascii: ">"):
                cursor.advance(2)
                open.append(name)
                closesNext = name
                return .start(name, attributes)
            default:
                if cursor.isAtEnd { throw problem("the text ends inside <\(visible(name, limit: 40))>") }
                guard attributes.count < Self.mostAttributes else { throw problem("too many attributes") }
                let key = try self.name()
                attributes.updateValue(try attributeValue(), forKey: key)
            }
        }
    }

    private mutating func attributeValue() throws(XMLProblem) -> String {
        cursor.skipBlanks()
        guard cursor.current == UInt8(ascii: "=") else { throw problem("an attribute has no value") }
        cursor.advance()
        cursor.skipBlanks()
        let quote = cursor.current
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw problem("an attribute's value isn't quoted")
        }
        cursor.advance()
        let start = cursor.position
        while !cursor.isAtEnd, cursor.current != quote {
            if cursor.current == UInt8(ascii: "<") { throw problem("`<` inside an attribute") }
            cursor.advance()
        }
        guard !cursor.isAtEnd else { throw problem("an attribute's value doesn't end") }
        let raw = cursor.slice(start, min(cursor.position, start &+ Self.longestText))
        cursor.advance()
        return try unescaped(raw)
    }

    private mutating func characters() throws(XMLProblem) -> String {
        let start = cursor.position
        while !cursor.isAtEnd, cursor.current != UInt8(ascii: "<") { cursor.advance() }
        let raw = cursor.slice(start, min(cursor.position, start &+ Self.longestText))
        if raw.allSatisfy(\.isBlank) { return "" }
        return try unescaped(raw)
    }

    private func unescaped(_ raw: ArraySlice<UInt8>) throws(XMLProblem) -> String {
        let text = Readiness.text(of: raw)
        guard raw.contains(UInt8(ascii: "&")) else { return text }
        var out = ""
        // can't trap: the whole of a collection
        var rest = text[...]
        while let mark = rest.firstIndex(of: "&") {
            out.append(contentsOf: rest.prefix(upTo: mark))
            let after = rest.suffix(from: mark).dropFirst()
            let name = after.prefix(12).prefix { $0 != ";" }
            guard after.dropFirst(name.count).first == ";" else {
                // Cut where the text was too long, else an error.
                if raw.count >= Self.longestText { return out }
                throw problem("an `&` without its `;`")
            }
            switch name {
            case "lt": out.append("<")
            case "gt": out.append(">")
            case "amp": out.append("&")
            case "quot": out.append("\"")
            case "apos": out.append("'")
            default:
                let number =
                    // can't trap: it answers nil for what is no number
                    name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(), radix: 10)
                guard name.hasPrefix("#"), let number, let scalar = Unicode.Scalar(number) else {
                    throw problem("an unknown entity: \(visible(name, limit: 20))")
                }
                out.unicodeScalars.append(scalar)
            }
            rest = after.dropFirst(name.count).dropFirst()
        }
        out.append(contentsOf: rest)
        return out
    }
}
