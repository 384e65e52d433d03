import Kernel

/// Takes secrets and personal data out of text before it reaches a log: values of telling names, e-mail addresses,
/// JSON Web Tokens and long random-looking tokens, wherever they stand.
///
/// It may take out too much, never the length of what it took.
public enum Redaction {
    public static let mark = "[redacted]"

    /// A request target: `/path?query` as written, percent-encoded or not.
    public static func target(_ target: String) -> String {
        if isPlain(target) { return target }
        guard let question = target.firstIndex(of: "?") else { return path(target[...]) }
        let query = target[target.index(after: question)...]
        let pairs = query.split(separator: "&", omittingEmptySubsequences: false).map(pair)
        return path(target[..<question]) + "?" + pairs.joined(separator: "&")
    }

    /// Free text: a user agent, a detail.
    public static func text(_ text: String) -> String {
        if isPlain(text) { return text }
        return words(text[...]) { !isWordByte($0) && $0 != 0x25 }
    }

    /// Nothing in it could need redaction: no query, no `@` (also as `%40`), no long run, few digits in a row.
    private static func isPlain(_ text: String) -> Bool {
        var run = 0
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == 0x3F || byte == 0x40 { return false }
            if byte == 0x34, previous == 0x25 { return false }
            if isWordByte(byte) {
                run &+= 1
                if run >= 20 { return false }
            } else {
                run = 0
            }
            previous = byte
        }
        return true
    }

    private static func path(_ path: Substring) -> String { words(path) { $0 == 0x2F || $0 == 0x3B || $0 == 0x3D } }

    private static func pair(_ pair: Substring) -> String {
        guard let equals = pair.firstIndex(of: "=") else { return words(pair) { _ in false } }
        let name = pair[..<equals]
        if tells(name) { return name + "=" + mark }
        return name + "=" + words(pair[pair.index(after: equals)...]) { $0 == 0x2F || $0 == 0x2C || $0 == 0x3B }
    }

    /// Whether a parameter of this name carries a secret or a person's data.
    static func tells(_ name: Substring) -> Bool {
        let folded = name.lowercased().filter { $0.isLetter || $0.isNumber }
        return tellingParts.contains { folded.contains($0) } || tellingNames.contains(folded)
    }

    private static let tellingParts = [
        "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "accesskey", "privatekey",
        "credential", "session", "signature", "authorization", "email", "mail", "phone", "mobile", "birth", "iban",
        "passport", "cardnumber", "ccnumber", "creditcard", "cvv", "cvc", "socialsecurity", "taxid",
    ]
    private static let tellingNames: Set<String> = [
        "key", "code", "sid", "sig", "otp", "pin", "ssn", "auth", "jwt", "nonce", "tel", "dob", "hash", "ticket",
        "assertion", "samlresponse", "firstname", "lastname", "surname", "fullname", "username", "user", "login",
        "address", "street",
    ]

    /// Redacts inside each stretch between the bytes that `separates` accepts.
    private static func words(_ text: Substring, separates: (UInt8) -> Bool) -> String {
        var result = ""
        var word = text.startIndex
        var position = text.startIndex
        while position < text.endIndex {
            if separates(text.utf8[position]) {
                result += redacted(text[word..<position])
                result.append(contentsOf: text[position...position])
                word = text.utf8.index(after: position)
                position = word
            } else {
                position = text.utf8.index(after: position)
            }
        }
        return result + redacted(text[word...])
    }

    private static func redacted(_ word: Substring) -> String {
        if isMailAddress(word) || isToken(word) { return mark }
        return String(word)
    }

    private static func isMailAddress(_ word: Substring) -> Bool {
        guard let at = word.utf8.firstIndex(of: 0x40) ?? encodedAt(word) else { return false }
        return at > word.startIndex && word[at...].utf8.contains(0x2E)
    }

    /// Where `%40` begins.
    private static func encodedAt(_ word: Substring) -> Substring.Index? {
        var window: (UInt8, UInt8) = (0, 0)
        for index in word.utf8.indices {
            let byte = word.utf8[index]
            if window.0 == 0x25, window.1 == 0x34, byte == 0x30 { return index }
            window = (window.1, byte)
        }
        return nil
    }

    /// A JSON Web Token, or at least 24 characters of letters and digits well mixed that aren't a UUID.
    private static func isToken(_ word: Substring) -> Bool {
        if word.hasPrefix("eyJ"), word.utf8.count > 20 { return true }
        guard word.utf8.count >= 24 else { return false }
        if isUUID(word) { return false }
        var digits = 0
        var letters = 0
        var changes = 0
        var wasDigit: Bool?
        for byte in word.utf8 {
            guard isWordByte(byte) || byte == 0x2E || byte == 0x25 || byte == 0x7E || byte == 0x2B else { return false }
            if byte.isASCIIDigit { digits &+= 1 } else if byte.isASCIILetter { letters &+= 1 } else { continue }
            if let before = wasDigit, before != byte.isASCIIDigit { changes &+= 1 }
            wasDigit = byte.isASCIIDigit
        }
        return digits >= 4 && letters >= 4 && changes >= 5
    }

    private static func isUUID(_ word: Substring) -> Bool {
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return false }
        return parts.allSatisfy { $0.utf8.allSatisfy { $0.hexDigitValue != nil } }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte == 0x5F || byte == 0x2D
    }
}
