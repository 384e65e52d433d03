internal import Kernel
public import Web

/// A web origin (RFC 6454): scheme, host, port; the scheme's own port is filled in, so that two of them compare.
public struct WebOrigin: Sendable, Hashable {
    public let scheme: Scheme
    public let host: String
    public let port: Int

    /// From an `Origin` header or a configured origin: `https://app.example`, nothing after the port but one `/`.
    public init?(_ text: String) {
        let scheme: Scheme
        let rest: Substring
        if text.hasPrefixIgnoringCase("https://") {
            scheme = .https
            rest = text.dropFirst(8)
        } else if text.hasPrefixIgnoringCase("http://") {
            scheme = .http
            rest = text.dropFirst(7)
        } else {
            return nil
        }
        guard let name = HostName(String(rest)) else { return nil }
        self.init(scheme: scheme, name: name)
    }

    /// The origin that a request to `host` over `scheme` belongs to.
    public init(scheme: Scheme, name: HostName) {
        self.scheme = scheme
        host = name.host
        port = name.port ?? (scheme == .https ? 443 : 80)
    }

    /// As browsers write it.
    public var text: String {
        let isDefault = port == (scheme == .https ? 443 : 80)
        let name = host.utf8.contains(0x3A) ? "[\(host)]" : host
        return "\(scheme.rawValue)://\(name)\(isDefault ? "" : ":\(port)")"
    }
}
