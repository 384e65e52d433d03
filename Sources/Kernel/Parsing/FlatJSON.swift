/// One JSON object whose members are texts, truth values, numbers or null: all that our own forms and tokens hold. Nothing nested, no
/// name twice, so that no two readers see two things in it (RFC 8259 §4).
public enum FlatJSON {
    public enum Refusal: Error, Equatable {
        case malformed
        case twice
        case nested
        case many
    }

    private static let mostMembers = 32

    /// Each value as text, without saying what kind it was: `"1"` and `1` are the same here.
    public static func parse(_ bytes: [UInt8]) throws(Refusal) -> [String: String] {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .malformed }
        var scanner = JSONScanner(bytes)
        scanner.skipBlanks()
        guard scanner.take(0x7B) else { throw scanner.rest.first == 0x5B ? .nested : .malformed }
        var members: [String: String] = [:]
        scanner.skipBlanks()
        if !scanner.take(0x7D) {
            while true {
                scanner.skipBlanks()
                let name = try text(&scanner)
                scanner.skipBlanks()
                guard scanner.take(0x3A) else { throw .malformed }
                scanner.skipBlanks()
                let value = try value(&scanner)
                guard members.updateValue(value ?? "", forKey: name) == nil else { throw .twice }
                guard members.count <= mostMembers else { throw .many }
                scanner.skipBlanks()
                if scanner.take(0x2C) { continue }
                guard scanner.take(0x7D) else { throw .malformed }
                break
            }
        }
        scanner.skipBlanks()
        guard scanner.rest.isEmpty else { throw .malformed }
        return members
    }

    private static func value(_ scanner: inout JSONScanner) throws(Refusal) -> String? {
        switch scanner.rest.first {
        case 0x22: return try text(&scanner)
        case 0x7B, 0x5B: throw .nested
        default:
            let word = scanner.word()
            let literal = String(decoding: word, as: UTF8.self)
            if literal == "null" { return nil }
            guard literal == "true" || literal == "false" || JSONScanner.isNumber(word) else { throw .malformed }
            return literal
        }
    }

    private static func text(_ scanner: inout JSONScanner) throws(Refusal) -> String {
        do { return try scanner.text() } catch { throw .malformed }
    }
}
