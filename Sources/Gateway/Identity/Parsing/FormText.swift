/// The fields of an `application/x-www-form-urlencoded` body or a query, each name once.
enum FormText {
    /// nil where a name stands twice or an encoding is none.
    static func parse(_ text: String) -> [String: String]? {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(64) {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = halves.first.flatMap({ decoded($0) }),
                let value = halves.count == 2 ? halves.last.flatMap({ decoded($0) }) : "",
                fields.updateValue(value, forKey: name) == nil
            else { return nil }
        }
        return fields
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            switch byte {
            case 0x2B: bytes.append(0x20)
            case 0x25:
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                    // can't trap: nil where it doesn't fit.
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// A place inside the app that somebody is led back to after signing in: a path and a query, never another host.
enum ReturnPath {
    /// `/` for whatever isn't such a place. (ASVS 5.0 V3.7.2)
    static func checked(_ text: String?) -> String {
        guard let text, text.utf8.count <= 2000, text.utf8.first == 0x2F,
            !text.hasPrefix("//"), !text.hasPrefix("/\\"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E })
        else { return "/" }
        return text
    }
}
