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
        let parts = target.utf8.split(separator: 0x3F, maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first else { return target }
        var out = words(path) { $0 == 0x2F || $0 == 0x3B || $0 == 0x3D }
        if let query = parts.dropFirst().first {
            out.append(0x3F)
            var isFirst = true
            for pair in query.split(separator: 0x26, omittingEmptySubsequences: false) {
                if !isFirst { out.append(0x26) }
                isFirst = false
                write(pair: pair, to: &out)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Free text: a user agent, a detail.
    public static func text(_ text: String) -> String {
        if isPlain(text) { return text }
        return String(decoding: words(Substring(text).utf8) { isTextSeparator($0) }, as: UTF8.self)
    }

    /// Blanks, controls, quotes, brackets, commas, semicolons.
    private static func isTextSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x22, 0x27, 0x28, 0x29, 0x2C, 0x3B, 0x3C, 0x3E, 0x5B, 0x5D, 0x7B, 0x7D, 0x7F: true
        default: false
        }
    }

    /// Nothing in it could need redaction: no query, no `@`, nothing percent-encoded, no long run.
    static func isPlain(_ text: String) -> Bool {
        if let plain = text.utf8.withContiguousStorageIfAvailable({ isPlain($0) }) { return plain }
        return isPlain(Array(text.utf8))
    }

    static func isPlain(_ bytes: some Sequence<UInt8>) -> Bool {
        var run = 0
        for byte in bytes {
            if byte == 0x3F || byte == 0x40 || byte == 0x25 { return false }
            if isWordByte(byte) {
                run &+= 1
                if run >= 20 { return false }
            } else {
                run = 0
            }
        }
        return true
    }

    private static func write(pair: Substring.UTF8View, to out: inout [UInt8]) {
        let parts = pair.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, let value = parts.dropFirst().first else {
            out.append(contentsOf: words(pair) { _ in false })
            return
        }
        out.append(contentsOf: name)
        out.append(0x3D)
        if tells(Substring(name)) {
            out.append(contentsOf: mark.utf8)
        } else {
            out.append(contentsOf: words(value) { $0 == 0x2F || $0 == 0x2C || $0 == 0x3B })
        }
    }

    /// Whether a parameter of this name carries a secret or a person's data.
    static func tells(_ name: Substring) -> Bool {
        let plain = String(decoding: decoded(Array(name.utf8)), as: UTF8.self)
        let folded = plain.lowercased().filter { $0.isLetter || $0.isNumber }
        return tellingParts.contains { folded.contains($0) } || tellingNames.contains(folded)
    }

    private static let tellingParts = [
        "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "accesskey", "privatekey",
        "credential", "session", "signature", "authorization", "email", "mail", "phone", "mobile", "birth", "iban",
        "passport", "cardnumber", "ccnumber", "creditcard", "cvv", "cvc", "socialsecurity", "taxid",
    ]
    private static let tellingNames: Set<String> = [
        "key", "code", "sid", "sig", "otp", "pin", "ssn", "auth", "jwt", "nonce", "tel", "dob", "hash", "ticket",
        "seaworthyticket", "assertion", "samlresponse", "firstname", "lastname", "surname", "fullname", "username",
        "user", "login",
        "address", "street",
    ]

    /// Redacts inside each stretch between the bytes that `separates` accepts.
    private static func words(_ text: Substring.UTF8View, separates: (UInt8) -> Bool) -> [UInt8] {
        var out: [UInt8] = []
        var word: [UInt8] = []
        for byte in text {
            guard separates(byte) else {
                word.append(byte)
                continue
            }
            out.append(contentsOf: redacted(word))
            out.append(byte)
            word.removeAll(keepingCapacity: true)
        }
        out.append(contentsOf: redacted(word))
        return out
    }

    private static func redacted(_ word: [UInt8]) -> [UInt8] {
        isMailAddress(word) || isToken(word) ? Array(mark.utf8) : word
    }

    /// Something, then `@`, then something with a dot, percent-encoded up to twice.
    private static func isMailAddress(_ word: [UInt8]) -> Bool {
        var seen = 0
        var isBehind = false
        for byte in word.contains(0x25) ? decoded(decoded(word)) : word {
            if isBehind, byte == 0x2E { return true }
            if byte == 0x40, seen > 0 { isBehind = true }
            seen &+= 1
        }
        return false
    }

    /// Percent-encoding undone once; what isn't well-formed stays as it is.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes[...]  // can't trap: the whole of it
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == 0x25, digits.count == 2, let high = digits.first?.hexDigitValue,
                let low = digits.last?.hexDigitValue
            {
                // can't trap: shifts drop bits
                result.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    /// A JSON Web Token, one of our own, or at least 24 characters of letters and digits well mixed that aren't a UUID.
    private static func isToken(_ word: [UInt8]) -> Bool {
        if word.starts(with: "eyJ".utf8), word.count > 20 { return true }
        guard word.count >= 24, !isUUID(word) else { return false }
        if isOurs(word) { return true }
        var digits = 0
        var letters = 0
        var changes = 0
        var wasDigit: Bool?
        for byte in word {
            guard isWordByte(byte) || byte == 0x2E || byte == 0x25 || byte == 0x7E || byte == 0x2B else { return false }
            if byte.isASCIIDigit {
                digits &+= 1
            } else if byte.isASCIILetter {
                letters &+= 1
            } else {
                continue
            }
            if let before = wasDigit, before != byte.isASCIIDigit { changes &+= 1 }
            wasDigit = byte.isASCIIDigit
        }
        return digits >= 4 && letters >= 4 && changes >= 5
    }

    /// One of Seaworthy's own in it: a refresh token, a socket ticket or an API key. They are random, so that some of them have few
    /// digits or none.
    private static func isOurs(_ word: [UInt8]) -> Bool {
        word.split(omittingEmptySubsequences: true) { !isWordByte($0) }.contains { part in
            part.count >= 24 && ownPrefixes.contains { part.starts(with: $0.utf8) }
        }
    }

    private static let ownPrefixes = ["swr_", "swt_", "swk_"]

    private static func isUUID(_ word: [UInt8]) -> Bool {
        let parts = word.split(separator: 0x2D, omittingEmptySubsequences: false)
        guard parts.map(\.count) == [8, 4, 4, 4, 12] else { return false }
        return parts.allSatisfy { $0.allSatisfy { $0.hexDigitValue != nil } }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte == 0x5F || byte == 0x2D
    }
}
