public import Kernel

/// A host with an optional port, as `Host` and `:authority` carry it (RFC 9110 §7.2), in lower case.
public struct HostName: Sendable, Hashable {
    /// Without brackets and without a trailing dot.
    public let host: String
    public let port: Int?
    /// Set when the host is an IP literal.
    public let address: IPAddress?

    /// nil for anything that isn't `host`, `host:port`, `[v6]` or `[v6]:port`. User information is refused.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 262 else { return nil }
        if text.utf8.first == 0x5B {
            guard let end = text.firstIndex(of: "]"),
                // can't trap: the index was found in this very text.
                let literal = IPAddress(strict: text[text.index(after: text.startIndex)..<end])
            else { return nil }
            // Brackets are for IPv6 (RFC 3986 §3.2.2).
            guard text.utf8.contains(0x3A), text.prefix(while: { $0 != "]" }).utf8.contains(0x3A) else { return nil }
            // can't trap: the index was found in this very text.
            let rest = text[text.index(after: end)...]
            guard let port = HostName.port(rest) else { return nil }
            self.init(host: literal.description, port: port.number, address: literal)
            return
        }
        let colon = text.utf8.firstIndex(of: 0x3A) ?? text.endIndex
        // can't trap: the index was found in this very text.
        guard let port = HostName.port(text[colon...]) else { return nil }
        // can't trap: the index was found in this very text.
        var name = text[..<colon]
        if name.utf8.last == 0x2E { name = name.dropLast() }
        guard HostName.isName(name) else { return nil }
        // A name that begins with a letter is no IPv4 address; most do.
        let address = name.utf8.first?.isASCIIDigit == true ? IPAddress(strict: name) : nil
        self.init(host: HostName.folded(name), port: port.number, address: address)
    }

    private init(host: String, port: Int?, address: IPAddress?) {
        self.host = host
        self.port = port
        self.address = address
    }

    private static func port(_ text: Substring) -> (number: Int?, Void)? {
        if text.isEmpty { return (nil, ()) }
        let digits = text.dropFirst()
        guard text.utf8.first == 0x3A, digits.utf8.count <= 5, digits.utf8.allSatisfy(\.isASCIIDigit) else {
            return nil
        }
        if digits.isEmpty { return (nil, ()) }
        guard let number = Int(digits), number <= 65_535 else { return nil }
        return (number, ())
    }

    /// Labels of letters, digits, `-` and `_`, up to 63 bytes each.
    private static func isName(_ name: Substring) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 253 else { return false }
        var label = 0
        for byte in name.utf8 {
            if byte == 0x2E {
                if label == 0 { return false }
                label = 0
                continue
            }
            guard byte.isASCIILetter || byte.isASCIIDigit || byte == 0x2D || byte == 0x5F, label < 63 else {
                return false
            }
            label &+= 1
        }
        return label > 0
    }

    private static func folded(_ name: Substring) -> String {
        name.utf8.contains { $0 >= 0x41 && $0 <= 0x5A } ? name.lowercased() : String(name)
    }

    /// As one writes it, the port only where there is one.
    public var text: String {
        let name = address?.family == .v6 ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }
}
