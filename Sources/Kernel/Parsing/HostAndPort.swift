/// `HOST:PORT` as a configuration writes it: the host a name, an IPv4 address or an IPv6 address in brackets.
public struct HostAndPort: Sendable, Hashable {
    /// An IPv6 address without brackets.
    public let host: String
    /// 0…65535.
    public let port: Int

    /// - Parameter defaultPort: what holds where no port is written; nil: it must be.
    public init?(_ text: some StringProtocol, defaultPort: Int? = nil) {
        let text = Substring(text)
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            let literal = text.prefix(upTo: close).dropFirst()
            let rest = text.suffix(from: close).dropFirst()
            guard literal.utf8.contains(0x3A), IPAddress(strict: literal) != nil,
                let port = HostAndPort.port(rest, defaultPort)
            else { return nil }
            self.host = String(literal)
            self.port = port
            return
        }
        let host = text.prefix { $0 != ":" }
        guard HostAndPort.isName(host), let port = HostAndPort.port(text.dropFirst(host.count), defaultPort) else {
            return nil
        }
        self.host = String(host)
        self.port = port
    }

    /// `:PORT`, or nothing where there is a default.
    private static func port(_ text: Substring, _ defaultPort: Int?) -> Int? {
        if text.isEmpty { return defaultPort }
        let digits = text.dropFirst()
        guard text.hasPrefix(":"), (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isASCIIDigit),
            let port = Int(digits), port <= 65_535
        else { return nil }
        return port
    }

    /// RFC 1123 host names and IPv4 addresses: letters, digits, `-`, `_` and dots, at most 253 bytes.
    static func isName(_ text: Substring) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy(isLabel) else { return false }
        // All digits and dots must be an IPv4 address: `127.0.0.256` is a slip of the pen, not a name.
        guard text.utf8.allSatisfy({ $0 == 0x2E || $0.isASCIIDigit }) else { return true }
        return IPAddress(strict: text) != nil
    }

    private static func isLabel(_ label: Substring) -> Bool {
        !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy { $0.isASCIIDigit || $0.isASCIILetter || $0 == 0x2D || $0 == 0x5F }
    }
}

/// The path behind `unix:` as a configuration writes it.
public enum SocketPath {
    /// An absolute path that fits a socket's name on every system (103 bytes; Linux alone would take 107); else nil.
    public static func inside(_ text: some StringProtocol) -> String? {
        guard text.hasPrefix("unix:") else { return nil }
        let path = text.dropFirst(5)
        guard path.hasPrefix("/"), (2...103).contains(path.utf8.count), !path.utf8.contains(0) else { return nil }
        return String(path)
    }
}
