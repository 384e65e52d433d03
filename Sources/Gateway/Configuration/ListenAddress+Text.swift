import NIOCore

extension ListenAddress {
    /// From `HOST:PORT` (IPv6 in brackets) or `unix:/PATH`; nil for anything else.
    public init?(configuration text: String) {
        if text.hasPrefix("unix:") {
            guard let path = ListenAddress.socketPath(text) else { return nil }
            self = .unix(path: path)
            return
        }
        guard let (host, port) = ListenAddress.split(text) else { return nil }
        self = .tcp(host: host, port: port)
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        guard case .tcp(let host, let port) = self, host != "localhost" else { return true }
        guard let address = try? SocketAddress(ipAddress: host, port: port) else { return false }
        return address.ipAddress.map { $0 == "::1" || ($0.hasPrefix("127.") && !$0.contains(":")) } ?? false
    }

    /// Whether it takes connections on every address of this machine.
    public var isWildcard: Bool {
        guard case .tcp(let host, _) = self else { return false }
        return host == "0.0.0.0" || host == "::"
    }

    /// The path in `unix:/PATH`; nil where it isn't absolute or longer than a socket's name may be (107 bytes).
    static func socketPath(_ text: String) -> String? {
        let path = text.dropFirst(5)
        return path.hasPrefix("/") && path.utf8.count <= 107 && !path.utf8.contains(0) ? String(path) : nil
    }

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
