import Kernel
import NIOCore

extension UpstreamAddress {
    /// The address as a socket takes it, where no name has to be resolved.
    var socketAddress: SocketAddress? {
        switch self {
        case .tcp(let host, let port): try? SocketAddress(ipAddress: host, port: port)
        case .unix(let path): try? SocketAddress(unixDomainSocketPath: path)
        }
    }
}
