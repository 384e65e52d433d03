/// Values that are assigned to names such as `password`.
extension SecretScan {
    private static let names: [[UInt8]] = [
        "secret", "passw", "token", "apikey", "api_key", "api-key", "accesskey", "access_key", "privatekey",
        "private_key", "credential", "pwd", "webhook_url", "hmac",
    ]
    .map { Array($0.utf8) }

    /// Ends of names whose value is about a secret and is none.
    private static let ends: [[UInt8]] = [
        "name", "ref", "file", "path", "url", "uri", "field", "header", "type", "policy", "regex", "label", "prompt",
        "length", "minutes", "seconds", "class", "version", "selector", "endpoint", "_id", "hash", "placeholder",
        "text",
    ]
    .map { Array($0.utf8) }

    /// `NAME = "value"`, `NAME: value`, `"NAME": "value"`, and passwords in addresses (`://user:password@host`).
    static func assigned(_ bytes: [UInt8], _ place: Int, isPlain: Bool) -> Sighting? {
        if bytes[place] == 0x3A, place + 3 < bytes.count, bytes[place + 1] == 0x2F, bytes[place + 2] == 0x2F {
            return address(bytes, place)
        }
        if isBot(bytes, place) {
            return Sighting(place: place, what: "a token of Telegram's bots", rule: "secrets.known-format")
        }
        guard var name = name(bytes, place), let content = value(bytes, place, isPlain), content.count <= 160 else {
            return nil
        }
        if isPlain, bytes[name].elementsEqual("value".utf8) { name = entry(bytes, name.lowerBound) ?? name }
        let lower = bytes[name].map { $0 | ($0.isLetterASCII ? 0x20 : 0) }
        guard names.contains(where: { contains(lower, $0) }),
            !ends.contains(where: { lower.suffix($0.count).elementsEqual($0) })
        else { return nil }
        let isPassword = contains(lower, Array("passw".utf8)) || contains(lower, Array("pwd".utf8))
        let random = content.count >= 16 && isRandom(Array(content))
        guard random || isPassword && (isStrong(content) || isPlain && isMixed(content)), !isJSON(content),
            !isExample(content), !isExample(bytes[name]),
            !isShown(bytes, name.lowerBound)
        else { return nil }
        let what = random ? "a value that looks random" : "a password"
        return Sighting(
            place: name.lowerBound, what: "\(what), assigned to `\(text(of: bytes[name]))`", rule: "secrets.assigned")
    }

    /// `- name: DB_PASSWORD` above the `value:` of a Kubernetes variable.
    private static func entry(_ bytes: [UInt8], _ place: Int) -> Range<Int>? {
        guard let end = bytes[..<place].lastIndex(of: 0x0A) else { return nil }
        let start = (bytes[..<end].lastIndex(of: 0x0A) ?? -1) + 1
        guard end - start < 120, let colon = bytes[start..<end].firstIndex(of: 0x3A),
            bytes[start..<colon].suffix(4).elementsEqual("name".utf8)
        else { return nil }
        let from = bytes[colon..<end].dropFirst().firstIndex { $0 != 0x20 && $0 != 0x22 && $0 != 0x27 } ?? end
        let to = bytes[from..<end].firstIndex { !$0.isWord && $0 != 0x2D } ?? end
        return to - from >= 3 ? from..<to : nil
    }

    /// Base64 of JSON without a signature: what a token may say, and no token.
    private static func isJSON(_ value: ArraySlice<UInt8>) -> Bool {
        value.starts(with: "eyJ".utf8) && !value.contains(0x2E)
    }

    /// A password that a program made: three kinds of marks, and no word in it.
    private static func isMixed(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.count >= 10, value.allSatisfy({ $0.isLetterASCII || $0.isDigit }),
            value.contains(where: \.isDigit), value.contains(where: { (0x41...0x5A).contains($0) }),
            value.contains(where: { (0x61...0x7A).contains($0) }), entropy(Array(value)) >= 3
        else { return false }
        return value.split { !(0x61...0x7A).contains($0) }.allSatisfy { $0.count < 4 }
            && value.split { !$0.isLetterASCII }.allSatisfy { $0.count < 5 }
    }

    /// `6123456789:AA…`, 35 characters after the colon.
    private static func isBot(_ bytes: [UInt8], _ place: Int) -> Bool {
        guard bytes[place] == 0x3A, place >= 9, place + 36 <= bytes.count, bytes[place + 1] == 0x41,
            bytes[place + 2] == 0x41, bytes[(place - 9)..<place].allSatisfy(\.isDigit)
        else { return false }
        let rest = bytes[(place + 1)..<(place + 36)]
        let isWhole = place + 36 == bytes.count || !bytes[place + 36].isWord
        return isWhole && rest.allSatisfy { $0.isWord || $0 == 0x2D } && !isExample(rest) && entropy(Array(rest)) > 3.5
    }

    /// The name before a colon or an equals sign.
    private static func name(_ bytes: [UInt8], _ place: Int) -> Range<Int>? {
        var start = place
        if start > 0, bytes[start - 1] == 0x3A { start -= 1 }
        if bytes[place] == 0x3D, let colon = typed(bytes, place) { start = colon }
        while start > 0, bytes[start - 1] == 0x20 || bytes[start - 1] == 0x22 || bytes[start - 1] == 0x27 { start -= 1 }
        let end = start
        while start > 0, end - start < 60, bytes[start - 1].isWord || bytes[start - 1] == 0x2D { start -= 1 }
        return end - start >= 3 ? start..<end : nil
    }

    private static let types: [[UInt8]] = ["&'static str", "&str", "String", "string", "StaticString"].map {
        Array($0.utf8)
    }

    /// The colon of `NAME: &str =`, `name: String =`, `name: string =`.
    private static func typed(_ bytes: [UInt8], _ place: Int) -> Int? {
        var end = place
        while end > 0, bytes[end - 1] == 0x20 { end -= 1 }
        guard end > 4, bytes[end - 1] == 0x72 || bytes[end - 1] == 0x67,
            let type = types.first(where: { end >= $0.count && bytes[(end - $0.count)..<end].elementsEqual($0) })
        else { return nil }
        var start = end - type.count
        while start > 0, bytes[start - 1] == 0x20 { start -= 1 }
        return start > 0 && bytes[start - 1] == 0x3A ? start - 1 : nil
    }

    private static func value(_ bytes: [UInt8], _ place: Int, _ isPlain: Bool) -> ArraySlice<UInt8>? {
        var start = place + 1
        if start < bytes.count, bytes[start] == 0x3D || bytes[start] == 0x3E { return nil }
        while start < bytes.count, bytes[start] == 0x20 { start += 1 }
        guard start < bytes.count else { return nil }
        let quote = bytes[start]
        var last = start + 1
        if quote == 0x22 || quote == 0x27 {
            while last < bytes.count, last - start < 200, bytes[last] != quote, bytes[last] > 0x20, bytes[last] < 0x7F {
                last += 1
            }
            return last < bytes.count && bytes[last] == quote ? bytes[(start + 1)..<last] : nil
        }
        // Without quotes a value is the rest of its line, in files of settings; what calls or substitutes is none.
        guard isPlain else { return nil }
        last = start
        while last < bytes.count, last - start < 200, bytes[last] > 0x20, bytes[last] < 0x7F { last += 1 }
        var next = last
        while next < bytes.count, bytes[next] == 0x20 || bytes[next] == 0x0D || bytes[next] == 0x5C { next += 1 }
        let isEnd = next >= bytes.count || bytes[next] == 0x0A || bytes[next] == 0x23
        let content = bytes[start..<last]
        return isEnd && !content.contains(where: { "(){}[]<>$`\"',|".utf8.contains($0) }) ? content : nil
    }

    /// A password that somebody made: small and large letters, digits, and another mark.
    private static func isStrong(_ value: ArraySlice<UInt8>) -> Bool {
        value.count >= 10 && value.contains(where: \.isDigit) && value.contains { (0x41...0x5A).contains($0) }
            && value.contains { (0x61...0x7A).contains($0) }
            && value.contains { !$0.isLetterASCII && !$0.isDigit && !"-_./ ".utf8.contains($0) }
            && !value.contains { "[](){}<>\\^$%|/:".utf8.contains($0) } && entropy(Array(value)) >= 3
    }

    /// Whether the line says before it that it shows an example.
    private static func isShown(_ bytes: [UInt8], _ place: Int) -> Bool {
        var start = place
        while start > 0, place - start < 200, bytes[start - 1] != 0x0A { start -= 1 }
        let before = bytes[start..<place].map { $0 | ($0.isLetterASCII ? 0x20 : 0) }
        return contains(before, Array("example".utf8)) || contains(before, Array("e.g.".utf8))
    }
}
