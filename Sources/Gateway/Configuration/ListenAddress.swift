import NIOCore

/// Where a listener listens: an IP address or a name, and a port.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// Without brackets, such as `127.0.0.1`, `::1` or `localhost`.
    public let host: String
    /// 0…65535; 0 means a free port that the system picks.
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// From `HOST:PORT`, IPv6 in brackets; nil for anything else.
    public init?(configuration text: String) {
        guard let (host, port) = ListenAddress.split(text) else { return nil }
        self.init(host: host, port: port)
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        if host == "localhost" { return true }
        guard let address = try? SocketAddress(ipAddress: host, port: port) else { return false }
        return address.ipAddress.map { $0 == "::1" || ($0.hasPrefix("127.") && !$0.contains(":")) } ?? false
    }

    /// Whether it takes connections on every address of this machine.
    public var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// `HOST:PORT` in its two parts; the host is a name, an IPv4 address or an IPv6 address in brackets.
    static func split(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.count <= 5, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let literal = String(host.dropFirst().dropLast())
            guard literal.contains(":"), (try? SocketAddress(ipAddress: literal, port: port)) != nil else { return nil }
            return (literal, port)
        }
        guard isHostName(host) else { return nil }
        return (String(host), port)
    }

    /// RFC 1123 host names and IPv4 addresses: letters, digits, `-`, `_` and dots, at most 253 bytes.
    static func isHostName(_ text: some StringProtocol) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard
            labels.allSatisfy({ label in
                !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { byte in
                        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
                            || byte == 0x2D || byte == 0x5F
                    }
            })
        else { return false }
        // All digits and dots must be an IPv4 address: `127.0.0.256` is a slip of the pen, not a name.
        guard text.utf8.allSatisfy({ $0 == 0x2E || ($0 >= 0x30 && $0 <= 0x39) }) else { return true }
        return (try? SocketAddress(ipAddress: String(text), port: 0)) != nil
    }
}
