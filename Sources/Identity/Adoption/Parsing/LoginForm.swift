import Kernel

/// Who a request to the app's login wants to be, read as any framework might read it: where a field stands twice, or in two
/// places, each of its values counts, because one framework takes the first and the next one the last.
enum LoginForm: Sendable, Equatable {
    /// The one name that is given.
    case attempt(String)
    /// No password in it: nobody tries to sign in.
    case notASignIn
    /// It can't be told who is meant; why, as a sentence's end.
    case unreadable(String)

    /// What of a request tells how its body is to be read.
    struct Head: Sendable {
        var type: String?
        /// `Content-Encoding`.
        var encoding: String?
        /// Of the target: some frameworks read it as if it were the form.
        var query: String?
    }

    static func read(_ body: [UInt8], _ head: Head, _ settings: AdoptionSettings) -> LoginForm {
        if let encoding = head.encoding?.lowercased(), encoding != "identity" {
            return .unreadable("its body is compressed")
        }
        if let charset = charset(head.type ?? ""), !["utf-8", "utf8", "us-ascii"].contains(charset) {
            return .unreadable("its characters are not UTF-8")
        }
        guard var fields = fields(body, head, settings) else { return .unreadable("its body can't be read") }
        if let query = head.query, let more = Fields.urlEncoded(Array(query.utf8)) { fields.add(more) }
        guard settings.passwordFields.contains(where: { fields.has($0) }) else { return .notASignIn }
        var names: [String] = []
        for name in settings.userFields.flatMap({ fields.values($0) }) where !names.contains(name) {
            if !name.utf8.allSatisfy({ $0 == 0x20 }) { names.append(name) }
        }
        guard let name = names.first else { return .unreadable("it names nobody") }
        return names.count == 1 ? .attempt(name) : .unreadable("it names more than one person")
    }

    /// By what the request says of itself; what looks like JSON is read as such too, because some apps don't ask.
    private static func fields(_ body: [UInt8], _ head: Head, _ settings: AdoptionSettings) -> Fields? {
        let media = head.type.map { $0.prefix { $0 != ";" }.lowercased().trimming { $0 == " " }.description } ?? ""
        // can't trap: lists.
        let places = settings.userFields + settings.passwordFields
        let looksLikeJSON = body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D } == 0x7B
        if body.isEmpty { return Fields() }
        switch media {
        case "application/x-www-form-urlencoded", "", "text/plain":
            var fields = Fields.urlEncoded(body)
            if looksLikeJSON, let values = JSONValues.texts(body, places) { fields?.add(Fields(values)) }
            return fields
        case "multipart/form-data":
            return MultipartFields.boundary(in: head.type ?? "")
                .flatMap { MultipartFields.read(body, boundary: $0) }.map { Fields($0) }
        case _ where media.hasSuffix("json"):
            return JSONValues.texts(body, places).map { Fields($0) }
        default:
            return nil
        }
    }

    private static func charset(_ type: String) -> String? {
        for parameter in type.split(separator: ";").dropFirst() {
            let halves = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.first?.trimming(while: { $0 == " " }).lowercased() == "charset" else { continue }
            return halves.last.map { $0.trimming { $0 == " " || $0 == "\"" }.lowercased() }
        }
        return nil
    }

    /// Names and values in order, names as often as they stand there.
    struct Fields: Sendable, Equatable {
        private var pairs: [(name: String, value: String)] = []

        init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

        func has(_ name: String) -> Bool { pairs.contains { $0.name == name } }
        func values(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
        mutating func add(_ other: Fields) { pairs.append(contentsOf: other.pairs) }

        static func == (a: Fields, b: Fields) -> Bool { a.pairs.elementsEqual(b.pairs, by: { $0 == $1 }) }

        /// nil for more fields than any form has. What isn't UTF-8, or no encoding, is read as most do: bytes as they are.
        static func urlEncoded(_ body: [UInt8]) -> Fields? {
            var fields = Fields()
            // Some frameworks part at `;` too.
            for pair in body.split(whereSeparator: { $0 == 0x26 || $0 == 0x3B }) {
                guard fields.pairs.count < 1000 else { return nil }
                let equals = pair.firstIndex(of: 0x3D) ?? pair.endIndex
                // can't trap: `equals` is an index of `pair` or its end.
                let name = decoded(pair[..<equals])
                // can't trap: as above.
                let value = decoded(pair[equals...].dropFirst())
                fields.pairs.append((name, value))
            }
            return fields
        }

        private static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
            var result: [UInt8] = []
            var rest = bytes
            while let byte = rest.popFirst() {
                if byte == 0x2B {
                    result.append(0x20)
                } else if byte == 0x25, let value = hexadecimal(rest.prefix(2)) {
                    result.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    result.append(byte)
                }
            }
            return String(decoding: result, as: UTF8.self)
        }

        private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt8? {
            guard digits.count == 2 else { return nil }
            var value: UInt8 = 0
            for digit in digits {
                let part: UInt8
                switch digit {
                case 0x30...0x39: part = digit &- 0x30
                case 0x41...0x46: part = digit &- 0x37
                case 0x61...0x66: part = digit &- 0x57
                default: return nil
                }
                // can't trap: a shift drops what doesn't fit.
                value = value << 4 | part
            }
            return value
        }
    }
}
