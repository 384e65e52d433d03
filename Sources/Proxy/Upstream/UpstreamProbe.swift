public import Kernel
public import NIOCore
import NIOPosix

/// Asks whether the app accepts connections at all: for `/health/ready`.
public enum UpstreamProbe {
    /// True when a connection stands within the time given; it is closed at once, nothing is sent.
    public static func isReachable(_ address: UpstreamAddress, within limit: TimeAmount) async -> Bool {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        guard let channel = try? await UpstreamTarget(address).connect(on: loop, within: limit).get() else {
            return false
        }
        try? await channel.close()
        return true
    }
}

/// An address with what can be worked out once: an IP address is parsed at boot, a name is resolved at each connect.
struct UpstreamTarget: Sendable {
    let address: UpstreamAddress
    private let socketAddress: SocketAddress?

    init(_ address: UpstreamAddress) {
        self.address = address
        self.socketAddress = address.socketAddress
    }

    /// A connected channel without handlers.
    func connect(on eventLoop: any EventLoop, within limit: TimeAmount) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(limit)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 65_536))
        switch address {
        case .unix(let path):
            return bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port):
            if let socketAddress { return bootstrap.connect(to: socketAddress) }
            return bootstrap.connect(host: host, port: port)
        }
    }
}
