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
            guard let port = HostName.port(rest.utf8) else { return nil }
            self.init(host: literal.description, port: port.number, address: literal)
            return
        }
        guard let found = text.utf8.withContiguousStorageIfAvailable({ Scan($0) }) ?? Scan(Array(text.utf8)) else {
            return nil
        }
        let name = Substring(text.utf8.prefix(found.length))
        // A name that begins with a letter is no IPv4 address; most do.
        let address = name.utf8.first?.isASCIIDigit == true ? IPAddress(strict: name) : nil
        self.init(host: found.hasCapitals ? name.lowercased() : String(name), port: found.port, address: address)
    }

    /// One pass over `name` or `name:port`: labels of letters, digits, `-` and `_`, up to 63 bytes each.
    private struct Scan {
        /// Bytes of the name, a trailing dot left out.
        private(set) var length = 0
        private(set) var hasCapitals = false
        private(set) var port: Int?

        init?(_ bytes: some Sequence<UInt8>) {
            var label = 0
            var digits: Int?
            for byte in bytes {
                if let seen = digits {
                    guard byte.isASCIIDigit, seen < 5 else { return nil }
                    port = (port ?? 0) &* 10 &+ Int(byte &- 0x30)
                    digits = seen &+ 1
                } else if byte == 0x3A {
                    digits = 0
                } else {
                    length &+= 1
                    if byte == 0x2E {
                        if label == 0 { return nil }
                        label = 0
                        continue
                    }
                    guard byte.isASCIILetter || byte.isASCIIDigit || byte == 0x2D || byte == 0x5F, label < 63 else {
                        return nil
                    }
                    if byte >= 0x41 && byte <= 0x5A { hasCapitals = true }
                    label &+= 1
                }
            }
            // It ends in a dot, of which there can be one.
            if label == 0, length > 0 { length &-= 1 }
            guard length > 0, length <= 253, port ?? 0 <= 65_535 else { return nil }
        }
    }

    private init(host: String, port: Int?, address: IPAddress?) {
        self.host = host
        self.port = port
        self.address = address
    }

    private static func port(_ text: Substring.UTF8View) -> (number: Int?, Void)? {
        if text.isEmpty { return (nil, ()) }
        let digits = text.dropFirst()
        guard text.first == 0x3A, digits.count <= 5 else { return nil }
        if digits.isEmpty { return (nil, ()) }
        var number = 0
        for byte in digits {
            guard byte.isASCIIDigit else { return nil }
            number = number &* 10 &+ Int(byte &- 0x30)
        }
        return number <= 65_535 ? (number, ()) : nil
    }

    /// As one writes it, the port only where there is one.
    public var text: String {
        let name = address?.family == .v6 ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }
}
