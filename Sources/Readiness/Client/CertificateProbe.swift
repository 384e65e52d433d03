import FoundationEssentials
import NIOCore
import NIOPosix
import NIOSSL
import SwiftASN1
import X509

/// What a server presents when TLS begins: the certificate of its own and those that vouch for it.
struct PresentedChain: Sendable {
    let leaf: Certificate
    let others: [Certificate]
}

extension TLSProbe {
    /// The chain that `site` presents, or why there is none. Nothing is trusted and nothing is sent.
    static func chain(
        of site: SiteURL, group: any EventLoopGroup
    ) async -> Swift.Result<PresentedChain, ClientFailure> {
        let loop = group.any()
        let promise = loop.makePromise(of: [[UInt8]].self)
        do {
            var settings = configuration(from: .tlsv12, to: nil)
            // The callback below decides instead; without it nobody would be asked.
            settings.certificateVerification = .noHostnameVerification
            let context = try NIOSSLContext(configuration: settings)
            let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(5)).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        handler(context, host: site.host) { certificates, verdict in
                            promise.succeed(certificates.prefix(12).compactMap { try? $0.toDERBytes() })
                            verdict.succeed(.certificateVerified)
                        })
                    try channel.pipeline.syncOperations.addHandler(ChainWatch(promise: promise))
                }
            }
            let channel = try await bootstrap.connect(host: site.host, port: site.port).get()
            let timer = channel.eventLoop.scheduleTask(in: .seconds(5)) {
                promise.fail(ClientFailure.timedOut("no handshake within 5 s"))
            }
            defer {
                timer.cancel()
                channel.close(promise: nil)
            }
            let certificates = try await promise.futureResult.get().compactMap { try? Certificate(derEncoded: $0) }
            guard let leaf = certificates.first else { return .failure(.tls("no certificate that can be read")) }
            return .success(PresentedChain(leaf: leaf, others: Array(certificates.dropFirst())))
        } catch let failure as ClientFailure {
            promise.fail(failure)
            return .failure(failure)
        } catch {
            promise.fail(error)
            return .failure(.tls(visible("\(error)", limit: 120)))
        }
    }
}

/// Tells of a handshake that ends before any certificate came.
private final class ChainWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let promise: EventLoopPromise<[[UInt8]]>

    init(promise: EventLoopPromise<[[UInt8]]>) { self.promise = promise }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(ClientFailure.tls(visible("\(error)", limit: 120)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(ClientFailure.tls("closed during the handshake"))
        context.fireChannelInactive()
    }
}

extension Reconnaissance {
    /// What the target presents, asked for once.
    func presentedChain() async throws -> PresentedChain {
        guard site.scheme == .https else { throw Obstacle.notApplicable("the target is plain http") }
        if site.isLoopback, configuration.authorities == nil {
            throw Obstacle.notApplicable(
                "a certificate of this machine alone is nobody's to judge; `--ca FILE` names who vouches for it")
        }
        if let presented { return try presented.get() }
        let result = await TLSProbe.chain(of: site, group: client.group).mapError {
            Obstacle.notAvailable("the certificate could not be read: \($0)")
        }
        presented = result
        return try result.get()
    }
}
