import Kernel
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization
import Web

/// What runs: a program for each door, the clients' limits and the certificate. Swapped whole at reload.
struct ServerProgram: Sendable {
    var doors: [Door: DoorProgram]
    var limits: ClientLimits
    var tls: NIOSSLContext?
}

/// One listener.
struct ListenerPlan: Sendable {
    let door: Door
    let address: ListenAddress
    let isTLS: Bool
}

/// The listeners and their connections over all event loops.
final class GatewayServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let contexts: [ObjectIdentifier: NIOLoopBound<LoopContext>]
    private let listeners = Mutex<[any Channel]>([])
    private let tls: Mutex<NIOSSLContext?>

    /// - Parameter program: what each connection runs until `swap`.
    static func make(
        group: MultiThreadedEventLoopGroup, program: ServerProgram, wallClock: any WallClock
    ) async throws -> GatewayServer {
        var contexts: [ObjectIdentifier: NIOLoopBound<LoopContext>] = [:]
        for (number, loop) in group.makeIterator().enumerated() {
            contexts[ObjectIdentifier(loop)] = try await loop.submit {
                NIOLoopBound(
                    LoopContext(
                        eventLoop: loop, number: number, doors: program.doors, limits: program.limits,
                        wallClock: wallClock), eventLoop: loop)
            }.get()
        }
        return GatewayServer(group: group, contexts: contexts, tls: program.tls)
    }

    private init(
        group: MultiThreadedEventLoopGroup, contexts: [ObjectIdentifier: NIOLoopBound<LoopContext>],
        tls: NIOSSLContext?
    ) {
        self.group = group
        self.contexts = contexts
        self.tls = Mutex(tls)
    }

    /// Starts a listener and gives the address that it got (port 0 becomes a real one).
    func listen(_ plan: ListenerPlan) async throws -> SocketAddress {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // A client may end its sending half and still wait for its answers. Over TLS there is close_notify for that.
            .childChannelOption(.allowRemoteHalfClosure, value: !plan.isTLS)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.prepare(channel, plan) }
            }
        let channel: any Channel
        switch plan.address {
        case .tcp(let host, let port):
            channel = try await bootstrap.bind(host: host, port: port).get()
        case .unix(let path):
            channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
        listeners.withLock { $0.append(channel) }
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        return address
    }

    private func prepare(_ channel: any Channel, _ plan: ListenerPlan) throws {
        guard let context = contexts[ObjectIdentifier(channel.eventLoop)]?.value else { return }
        guard plan.isTLS else {
            return try GatewayServer.addHTTP1(channel, context, plan.door, isTLS: false)
        }
        guard let sslContext = tls.withLock({ $0 }) else { throw ChannelError.inappropriateOperationForState }
        let operations = channel.pipeline.syncOperations
        try operations.addHandler(NIOSSLServerHandler(context: sslContext))
        try operations.addHandler(HandshakeWatch(loopContext: context))
        let bound = NIOLoopBound(context, eventLoop: channel.eventLoop)
        try operations.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                channel.eventLoop.makeCompletedFuture {
                    if result == .negotiated("h2") {
                        try GatewayServer.addHTTP2(channel, bound.value, plan.door)
                    } else {
                        try GatewayServer.addHTTP1(channel, bound.value, plan.door, isTLS: true)
                    }
                }
            })
    }

    private static func addHTTP1(
        _ channel: any Channel, _ context: LoopContext, _ door: Door, isTLS: Bool
    ) throws {
        let info = connectionInfo(of: channel, door, isTLS: isTLS, protocolName: "http/1.1")
        try channel.pipeline.syncOperations.addHandler(HTTP1Connection(loopContext: context, info: info))
    }

    private static func addHTTP2(_ channel: any Channel, _ context: LoopContext, _ door: Door) throws {
        let info = connectionInfo(of: channel, door, isTLS: true, protocolName: "h2")
        let bound = NIOLoopBound(context, eventLoop: channel.eventLoop)
        let management = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: context.limits.idle, maxAge: nil, maxGraceTime: .seconds(30), keepalive: nil))
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.outboundBufferSizeHighWatermark = 65_536
        stream.outboundBufferSizeLowWatermark = 32_768
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 100),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 65_536),
            HTTP2Setting(parameter: .initialWindowSize, value: 1 << 20),
        ]
        connection.targetWindowSize = 1 << 20
        let handler = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connection,
            streamConfiguration: stream, streamDelegate: management.http2StreamDelegate
        ) { streamChannel in
            streamChannel.eventLoop.makeCompletedFuture {
                try streamChannel.pipeline.syncOperations.addHandler(
                    HTTP2Stream(loopContext: bound.value, info: info))
            }
        }
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.pipeline.syncOperations.addHandler(management)
        let drainer = HTTP2Drainer(channel: channel, loopContext: context)
        try channel.pipeline.syncOperations.addHandler(drainer)
    }

    private static func connectionInfo(
        of channel: any Channel, _ door: Door, isTLS: Bool, protocolName: String
    ) -> ConnectionInfo {
        let address = channel.remoteAddress
        return ConnectionInfo(
            peer: address.flatMap(IPAddress.init), peerText: address?.ipAddress ?? "unix", isTLS: isTLS, door: door,
            protocolName: protocolName)
    }

    /// New connections and exchanges run `program`; those in flight go on with what they have.
    func swap(_ program: ServerProgram) async throws {
        tls.withLock { $0 = program.tls }
        for context in contexts.values {
            try await context.eventLoop.submit {
                context.value.doors = program.doors
                context.value.limits = program.limits
            }.get()
        }
    }

    /// No new connections; those that are idle end, the others when their exchange does. True when all ended in time.
    func drain(within limit: Duration) async -> Bool {
        for listener in listeners.withLock({ $0 }) { try? await listener.close().get() }
        for context in contexts.values {
            try? await context.eventLoop.submit { context.value.drain() }.get()
        }
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if await openConnections() == 0 { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return await openConnections() == 0
    }

    func closeAll() async {
        for listener in listeners.withLock({ $0 }) { try? await listener.close().get() }
        for context in contexts.values {
            try? await context.eventLoop.submit { context.value.closeAll() }.get()
        }
    }

    func openConnections() async -> Int {
        var count = 0
        for context in contexts.values {
            count += (try? await context.eventLoop.submit { context.value.openConnections }.get()) ?? 0
        }
        return count
    }
}

/// Lets a drain reach an HTTP/2 connection: its management handler answers the event with GOAWAY.
private final class HTTP2Drainer: ChannelInboundHandler, DrainableConnection {
    typealias InboundIn = HTTP2Frame
    private let channel: any Channel
    private let loopContext: LoopContext
    init(channel: any Channel, loopContext: LoopContext) {
        self.channel = channel
        self.loopContext = loopContext
        loopContext.opened(self)
    }
    func channelInactive(context: ChannelHandlerContext) {
        loopContext.closed(self)
        context.fireChannelInactive()
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    func drain() { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    func closeNow() { channel.close(promise: nil) }
}

extension IPAddress {
    /// The address of a socket; nil for Unix sockets.
    init?(_ address: SocketAddress) {
        // The kernel's own layout: sin_addr at byte 4, sin6_addr at byte 8, both in network order.
        let parsed = address.withSockAddr { pointer, size -> IPAddress? in
            let raw = UnsafeRawBufferPointer(start: pointer, count: size)
            if address.protocol == .inet, raw.count >= 8 {
                return IPAddress(v4: UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
            }
            if address.protocol == .inet6, raw.count >= 24 {
                return IPAddress(
                    v6High: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                    low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
            }
            return nil
        }
        guard let parsed else { return nil }
        self = parsed
    }
}
