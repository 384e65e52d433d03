import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import SwiftASN1
import X509

/// Tries one TLS version and no other.
enum TLSProbe {
    /// The certificate that a listener presents.
    static func certificate(port: Int) async throws -> Certificate? {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        let context = try NIOSSLContext(configuration: configuration)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let seen = loop.makePromise(of: [UInt8]?.self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let tls = try NIOSSLClientHandler(
                    context: context, serverHostname: nil,
                    customVerificationCallback: { certificates, verdict in
                        seen.succeed(try? certificates.first?.toDERBytes())
                        verdict.succeed(.certificateVerified)
                    })
                try channel.pipeline.syncOperations.addHandler(tls)
            }
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        let bytes = try await seen.futureResult.get()
        try? await channel.close()
        return try bytes.map { try Certificate(derEncoded: $0) }
    }

    static func handshakes(port: Int, at version: TLSVersion) async throws -> Bool {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.minimumTLSVersion = version
        configuration.maximumTLSVersion = version
        configuration.cipherSuites = "ALL"
        let context = try NIOSSLContext(configuration: configuration)
        // Made beforehand: a refused handshake may have emptied the pipeline before anybody could look into it.
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let done = loop.makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let tls = try NIOSSLClientHandler(context: context, serverHostname: nil)
                try channel.pipeline.syncOperations.addHandlers([tls, HandshakeWatch(done)])
            }
        }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        } catch {
            done.fail(error)
            throw error
        }
        do {
            try await done.futureResult.get()
            try? await channel.close()
            return true
        } catch {
            try? await channel.close()
            return false
        }
    }
}

private final class HandshakeWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    let done: EventLoopPromise<Void>
    private struct Closed: Error {}

    init(_ done: EventLoopPromise<Void>) { self.done = done }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.handshakeCompleted) = event as? TLSUserEvent { done.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        done.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(Closed())
        context.fireChannelInactive()
    }
}
