import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestKit

/// A server on loopback that says what a test wants said, byte by byte, whatever it is asked.
final class CannedServer: Sendable {
    enum Act: Sendable {
        case say(String)
        case bytes(Int)
        /// The same bytes over and over until the other side goes away.
        case endless(String)
        case pause(TimeAmount)
        case hangUp
    }

    let port: Int
    private let channel: any Channel
    private let requests: Requests

    final class Requests: Sendable {
        let texts = Mutex<[String]>([])
        let connections = Atomic<Int>(0)
    }

    var received: [String] { requests.texts.withLock { $0 } }
    var connections: Int { requests.connections.load(ordering: .relaxed) }

    init(tls: NIOSSLContext? = nil, _ acts: [Act]) async throws {
        let requests = Requests()
        self.requests = requests
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                requests.connections.add(1, ordering: .relaxed)
                return channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Speaker(acts, requests))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async { try? await channel.close() }

    private final class Speaker: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var acts: [Act]
        private let requests: Requests
        private var text = ""
        private var isAnswering = false

        init(_ acts: [Act], _ requests: Requests) {
            self.acts = acts
            self.requests = requests
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard !isAnswering, let end = text.range(of: "\r\n\r\n") else { return }
            let length = text.firstMatch(of: #/Content-Length: (\d+)/#).flatMap { Int($0.1) } ?? 0
            guard text[end.upperBound...].utf8.count >= length else { return }
            isAnswering = true
            requests.texts.withLock { $0.append(text) }
            next(context)
        }

        private func next(_ context: ChannelHandlerContext) {
            guard context.channel.isActive, !acts.isEmpty else { return }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            switch acts.removeFirst() {
            case .say(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                next(context)
            case .bytes(let count):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: 0x61, count: count)), promise: nil)
                next(context)
            case .endless(let text):
                acts.insert(.endless(text), at: 0)
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenSuccess {
                    // With a breath between: it must not keep the loop from everybody else.
                    bound.value.1.eventLoop.scheduleTask(in: .milliseconds(1)) { bound.value.0.next(bound.value.1) }
                }
            case .pause(let time):
                context.eventLoop.scheduleTask(in: time) { bound.value.0.next(bound.value.1) }
            case .hangUp: context.close(promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A certificate for `hook.test` and 127.0.0.1 that nobody but its own file vouches for.
struct TestCertificate {
    let directory: String
    var path: String { directory + "/certificate.pem" }

    init(_ directory: String, names: String = "DNS:hook.test,IP:127.0.0.1", days: Int = 2) async throws {
        self.directory = directory
        try await ForeignProgram.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                "/CN=test", "-addext", "subjectAltName=" + names, "-days", "\(days)", "-keyout",
                directory + "/key.pem", "-out", directory + "/certificate.pem",
            ])
    }

    func server() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(path).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(file: directory + "/key.pem", format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
    }
}
