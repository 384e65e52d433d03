/// Where the app listens.
public enum UpstreamAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an IP address, and a port 1…65535.
    case tcp(host: String, port: Int)
    /// The path of a Unix domain socket.
    case unix(path: String)

    /// From `http://HOST[:PORT]` or `unix:/PATH`; nil for anything else (no scheme, a path, a user, https).
    ///
    /// The port may be left out (then 80). A path behind the authority is allowed only as `/`, because targets are
    /// forwarded byte for byte and nothing could be put before them.
    public init?(configuration text: String) {
        if text.hasPrefix("unix:") {
            guard let path = SocketPath.inside(text) else { return nil }
            self = .unix(path: path)
            return
        }
        guard text.hasPrefixIgnoringCase("http://") else { return nil }
        let rest = text.dropFirst(7)
        guard let place = HostAndPort(rest.hasSuffix("/") ? rest.dropLast() : rest, defaultPort: 80), place.port > 0
        else { return nil }
        self = .tcp(host: place.host, port: place.port)
    }

    /// As `--upstream` takes it, such as `http://127.0.0.1:5000` or `unix:/run/app.sock`.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
