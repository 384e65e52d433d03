import NIOCore
import NIOPosix
import NIOSSL

/// Tries TLS handshakes with chosen versions and says what came of them.
enum TLSProbe {
    enum Result: Sendable, Equatable {
        case accepted
        case refused(String)
        case unreachable(String)
    }

    /// A client configuration that speaks from one version up to another and trusts any certificate.
    static func configuration(from lowest: TLSVersion, to highest: TLSVersion?) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.minimumTLSVersion = lowest
        configuration.maximumTLSVersion = highest
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    /// - Parameter verify: judges what is presented, instead of the configuration.
    static func handler(
        _ context: NIOSSLContext, host: String, verify: NIOSSLCustomVerificationCallback? = nil
    ) throws -> NIOSSLClientHandler {
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        let name = isAddress ? nil : host
        guard let verify else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(context: context, serverHostname: name, customVerificationCallback: verify)
    }

    /// One handshake with exactly `version`.
    static func handshake(
        _ version: TLSVersion, with site: SiteURL, group: any EventLoopGroup
    ) async -> Result {
        let context: NIOSSLContext
        do {
            context = try NIOSSLContext(configuration: configuration(from: version, to: version))
        } catch {
            return .unreachable("this build can't speak that version")
        }
        let loop = group.any()
        let promise = loop.makePromise(of: Result.self)
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(5)).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(handler(context, host: site.host))
                try channel.pipeline.syncOperations.addHandler(HandshakeWatch(promise: promise))
            }
        }
        do {
            let channel = try await bootstrap.connect(host: site.host, port: site.port).get()
            let timer = channel.eventLoop.scheduleTask(in: .seconds(5)) {
                promise.succeed(.refused("no handshake within 5 s"))
            }
            let result = try await promise.futureResult.get()
            timer.cancel()
            channel.close(promise: nil)
            return result
        } catch {
            promise.succeed(.unreachable("no connection"))
            return .unreachable(visible("\(error)", limit: 120))
        }
    }
}

/// Fulfils its promise with how a handshake ended.
private final class HandshakeWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let promise: EventLoopPromise<TLSProbe.Result>

    init(promise: EventLoopPromise<TLSProbe.Result>) { self.promise = promise }

    /// An empty line, which servers skip (RFC 9112 §2.2). It can leave only when the handshake is done.
    func channelActive(context: ChannelHandlerContext) {
        let promise = promise
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "\r\n"))).whenSuccess { promise.succeed(.accepted) }
        context.fireChannelActive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.succeed(.refused(visible("\(error)", limit: 120)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.succeed(.refused("closed during the handshake"))
        context.fireChannelInactive()
    }
}
