/// Where the app listens.
public enum UpstreamAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an IP address, and a port 1…65535.
    case tcp(host: String, port: Int)
    /// The path of a Unix domain socket.
    case unix(path: String)

    /// Reads `http://host:port`, `host:port`, `[::1]:port` and `unix:/path`; nil for anything else.
    ///
    /// A port may be left out after `http://` (then 80). A path behind the authority is allowed only as `/`, because
    /// targets are forwarded byte for byte and nothing could be put before them.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count > 1, path.utf8.count < 104, !path.utf8.contains(0) else {
                return nil
            }
            self = .unix(path: path)
            return
        }
        let hasScheme = text.lowercased().hasPrefix("http://")
        var authority = hasScheme ? text.dropFirst(7) : text[...]
        if hasScheme, authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.isEmpty, !authority.contains(where: { "/?#@ \t\r\n".contains($0) }) else { return nil }
        guard let (host, port) = UpstreamAddress.split(authority, defaultPort: hasScheme ? 80 : nil) else { return nil }
        self = .tcp(host: host, port: port)
    }

    private static func split(_ authority: Substring, defaultPort: Int?) -> (String, Int)? {
        let host: Substring
        var rest: Substring
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<close]
            rest = authority[authority.index(after: close)...]
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = authority[..<colon]
            rest = authority[colon...]
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return defaultPort.map { (String(host), $0) } }
        guard rest.first == ":" else { return nil }
        rest = rest.dropFirst()
        guard rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(rest), (1...65_535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    /// As written in the configuration, such as `http://127.0.0.1:5000` or `unix:/run/app.sock`.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
