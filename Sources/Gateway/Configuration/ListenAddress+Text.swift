import Kernel
import NIOCore

extension ListenAddress {
    /// From `HOST:PORT` (IPv6 in brackets) or `unix:/PATH`; nil for anything else.
    public init?(configuration text: String) {
        if text.hasPrefix("unix:") {
            guard let path = SocketPath.inside(text) else { return nil }
            self = .unix(path: path)
            return
        }
        guard let place = HostAndPort(text) else { return nil }
        self = .tcp(host: place.host, port: place.port)
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
}
