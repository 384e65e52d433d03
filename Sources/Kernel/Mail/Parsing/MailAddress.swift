/// An e-mail address that is safe in a header, in an SMTP command and in a log's pseudonym.
///
/// A subset of RFC 5321 §4.1.2 that every server takes: a dot-atom of ASCII, `@`, and a host name of two labels or more.
/// Quoted local parts, comments, routes, address literals and names beyond ASCII are refused; the refusal says why.
public struct MailAddress: Sendable, Hashable, CustomStringConvertible {
    /// Why a text isn't an address that we send to.
    public enum Refusal: String, Error, Sendable {
        case empty = "an address is wanted"
        case tooLong = "longer than 254 characters, or its part before @ longer than 64"
        case noAt = "an address has one @ between a mailbox and a host name"
        case localPart = "before @: letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots inside"
        case domain = "after @: a host name such as example.com"
        case notASCII = "letters beyond ASCII: write an international domain as xn--…; mailboxes must be ASCII"
    }

    /// Before the `@`, as it was written: only its owner's server knows whether case matters there.
    public let localPart: String
    /// In lower case.
    public let domain: String

    /// Reads an address; nothing is trimmed.
    public init(_ text: String) throws(Refusal) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= 1000, text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw text.utf8.count > 1000 ? .tooLong : .notASCII
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, let local = parts.first, let domain = parts.last else { throw .noAt }
        guard text.utf8.count <= 254, local.count <= 64 else { throw .tooLong }
        guard MailAddress.isDotAtom(local) else { throw .localPart }
        guard MailAddress.isHostName(domain) else { throw .domain }
        localPart = String(decoding: local, as: UTF8.self)
        self.domain = String(decoding: domain.map(\.asciiLowercased), as: UTF8.self)
    }

    public var description: String { "\(localPart)@\(domain)" }

    /// What counts as the same mailbox for limits and suppression: all in lower case.
    public var folded: String {
        "\(String(decoding: localPart.utf8.map(\.asciiLowercased), as: UTF8.self))@\(domain)"
    }

    /// RFC 5322 §3.2.3 `dot-atom-text`.
    private static func isDotAtom(_ bytes: Substring.UTF8View) -> Bool {
        let atoms = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return atoms.allSatisfy { atom in !atom.isEmpty && atom.allSatisfy(isAtomCharacter) }
    }

    private static func isAtomCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! # $ % & ' * + - / = ? ^ _ ` { | } ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// RFC 1123 §2.1 with two labels or more, the last of which isn't a number (that would be an address).
    private static func isHostName(_ bytes: Substring.UTF8View) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, bytes.count <= 253, let last = labels.last, !last.allSatisfy(\.isASCIIDigit) else {
            return false
        }
        let hyphen = UInt8(ascii: "-")
        return labels.allSatisfy { label in
            !label.isEmpty && label.count <= 63 && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == hyphen }
        }
    }
}
