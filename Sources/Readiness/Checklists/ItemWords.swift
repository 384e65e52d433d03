/// The words of an item, each with the place that it has in what the item says.
///
/// `Rate limiting on login (Redis, Nginx)`: what is asked for comes first, what a word like `on` leads in says where or how,
/// and what stands in brackets or after a dash or colon explains.
struct ItemWords {
    private(set) var words: [String] = []
    /// For each word: twice the number of its part, and one more after a preposition.
    private(set) var places: [Int] = []

    private(set) var keys: [WordKey] = []

    /// Longer items are read up to here.
    static let most = 60

    init(_ text: String) {
        var part = 0
        var isAfterPreposition = false
        let tokens = text.split(whereSeparator: \.isWhitespace)
        for (index, token) in tokens.enumerated() {
            if words.count >= Self.most { break }
            if token.count == 1, let sign = token.first, "-–—→|".contains(sign) {
                if !words.isEmpty { (part, isAfterPreposition) = (part + 1, false) }
                continue
            }
            // The name of a file of code says what it is called, not what the item is about; nor does an address say `https`.
            if Self.isCodeFile(token.lowercased()[...]) || token.contains("://") { continue }
            if let first = token.first, "([".contains(first), !words.isEmpty {
                (part, isAfterPreposition) = (part + 1, false)
            }
            for word in Self.split(token, before: tokens.dropFirst(index + 1).first) {
                if Self.prepositions.contains(word) { isAfterPreposition = true }
                words.append(word)
                places.append(part * 2 + (isAfterPreposition ? 1 : 0))
            }
            if Self.isEnd(token), index + 1 < tokens.count { (part, isAfterPreposition) = (part + 1, false) }
        }
        words = Array(words.prefix(Self.most))
        places = Array(places.prefix(Self.most))
        keys = words.map(WordKey.init)
    }

    /// The words at some places, as a reason quotes them: `alerts … configured`.
    func said(at positions: Set<Int>) -> String {
        var text = ""
        var last: Int?
        for (index, word) in words.enumerated() where positions.contains(index) {
            if let last { text += index == last + 1 ? " " : " … " }
            text += word == "zsecret" ? "name of a secret" : word
            last = index
        }
        return text
    }

    private static func isEnd(_ token: Substring) -> Bool {
        guard let last = token.last else { return false }
        return ":;)".contains(last) || (last == "." && token.count > 3)
    }

    /// Lower case, without signs: `X-Frame-Options` is three words.
    private static func split(_ token: Substring, before next: Substring?) -> [String] {
        let core = trimmed(token)
        let name = core.prefix { $0 != "=" }
        guard isVariable(name) else { return plain(token) }
        let value = core.dropFirst(name.count + 1).lowercased()
        let isSetting = value == "true" || value == "false" || next == "=" || settings.contains { name.hasSuffix($0) }
        if isSetting { return plain(token) }
        return [secrets.contains { name.contains($0) } ? "zsecret" : "zname"]
    }

    private static func plain(_ token: Substring) -> [String] {
        token.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    private static func trimmed(_ token: Substring) -> Substring {
        let signs: Set<Character> = ["`", "\"", "'", ".", ",", ":", ";", "(", ")", "[", "]", "*", "!"]
        var core = token
        while let first = core.first, signs.contains(first) { core = core.dropFirst() }
        while let last = core.last, signs.contains(last) { core = core.dropLast() }
        return core
    }

    /// `JWT_SECRET`: a name in the environment, of which single words say little.
    private static func isVariable(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, (0x41...0x5A).contains(first) else { return false }
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        return parts.count >= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
            }
    }

    /// Settings whose names say what they do.
    private static let settings = [
        "HOSTS", "ORIGIN", "ORIGINS", "DEBUG", "SECURE", "REDIRECT", "SAMESITE", "HTTPONLY",
    ]
    private static let secrets = ["SECRET", "PASSWORD", "ENCRYPTION_KEY", "JWT_KEY"]

    private static let prepositions: Set = [
        "for", "in", "on", "with", "via", "using", "during", "after", "before", "to", "from", "against", "of", "by",
        "en",
        "under", "within", "across", "when", "if", "through", "without",
    ]

    private static let codeEndings: Set<Substring> = [
        "py", "js", "mjs", "cjs", "ts", "tsx", "jsx", "rb", "go", "rs", "java", "kt", "php", "swift", "cs", "sh", "sql",
    ]

    /// `test_login.py`, `` `src/auth/login.ts`: ``
    private static func isCodeFile(_ word: Substring) -> Bool {
        let name = word.drop { !$0.isLetter && !$0.isNumber }.prefix {
            $0.isLetter || $0.isNumber || "._-/".contains($0)
        }
        let parts = name.split(separator: ".")
        guard parts.count >= 2, let ending = parts.last, codeEndings.contains(ending) else { return false }
        // `next.js` and `node.js` are what something is made with.
        return name.contains("_") || name.contains("/") || name.contains("-") || !["js", "go", "sh"].contains(ending)
    }
}
