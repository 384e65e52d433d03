import Crypto
import Foundation
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// A key and a self-signed certificate for `localhost`, made for one run.
enum TestCertificate {
    static func context() throws -> NIOSSLContext {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("localhost") }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey, notValidBefore: Date() - 3600,
            notValidAfter: Date() + 86_400, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions { SubjectAlternativeNames([.dnsName("localhost")]) },
            issuerPrivateKey: key)
        let pem = try certificate.serializeAsPEM().pemString
        let keyPEM = try key.serializeAsPEM().pemString
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem)))
        configuration.applicationProtocols = ["h2", "http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}

/// An HTTP/2 client over TLS that sends exactly what a test says.
final class H2Client: Sendable {
    let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
    let goAways: GoAwayCount

    private init(_ channel: any Channel, _ multiplexer: NIOHTTP2Handler.StreamMultiplexer, _ goAways: GoAwayCount) {
        self.channel = channel
        self.multiplexer = multiplexer
        self.goAways = goAways
    }

    static func tls(_ protocols: [String]) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }

    static func open(port: Int) async throws -> H2Client {
        let context = try tls(["h2"])
        let goAways = GoAwayCount()
        let made = MultiplexerBox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                // All of it before the first byte: the server's settings come right behind its handshake.
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    let multiplexer = try operations.configureHTTP2Pipeline(
                        mode: .client, connectionConfiguration: .init(), streamConfiguration: .init()
                    ) { stream in stream.eventLoop.makeSucceededVoidFuture() }
                    made.set(multiplexer)
                    try operations.addHandler(GoAwayWatch(goAways))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        guard let multiplexer = made.multiplexer else { throw ChannelError.inappropriateOperationForState }
        return H2Client(channel, multiplexer, goAways)
    }

    func stream() async throws -> H2Stream {
        let answer = H2Answer()
        let promise = channel.eventLoop.makePromise(of: (any Channel).self)
        multiplexer.createStreamChannel(promise: promise) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(H2AnswerHandler(answer))
            }
        }
        return H2Stream(channel: try await promise.futureResult.get(), answer: answer)
    }

    /// Sends a whole request and waits for its answer.
    func request(
        _ method: String = "GET", _ path: String, _ more: [(String, String)] = [], body: String? = nil,
        trailers: [(String, String)]? = nil
    ) async throws -> H2Answer.State {
        let stream = try await stream()
        try await stream.head(method, path, more, ends: body == nil)
        // A server that answers early refuses the rest of the request: that is no failure of the client's.
        if let body { try? await stream.data(body, ends: trailers == nil) }
        if let trailers { try? await stream.send(.headers(.init(headers: HPACKHeaders(trailers), endStream: true))) }
        return await stream.wholeAnswer()
    }

    func close() async { try? await channel.close().get() }
}

struct H2Stream: Sendable {
    let channel: any Channel
    let answer: H2Answer

    func head(_ method: String, _ path: String, _ more: [(String, String)] = [], ends: Bool) async throws {
        var fields = HPACKHeaders([(":method", method), (":scheme", "https"), (":path", path)])
        if !more.contains(where: { $0.0 == ":authority" || $0.0 == "host" }) {
            fields.add(name: ":authority", value: "app.test")
        }
        for (name, value) in more { fields.add(name: name, value: value) }
        try await send(.headers(.init(headers: fields, endStream: ends)))
    }

    func data(_ text: String, ends: Bool) async throws {
        try await send(.data(.init(data: .byteBuffer(ByteBuffer(string: text)), endStream: ends)))
    }

    func send(_ payload: HTTP2Frame.FramePayload) async throws { try await channel.writeAndFlush(payload).get() }

    func reset() async throws { try await send(.rstStream(.cancel)) }

    func wholeAnswer(within limit: Duration = .seconds(10)) async -> H2Answer.State {
        let deadline = ContinuousClock.now + limit
        while !answer.state.isOver, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(2)) }
        return answer.state
    }
}

final class H2Answer: Sendable {
    struct State: Sendable {
        var status = 0
        var informational: [Int] = []
        var headers = HPACKHeaders()
        var trailers: HPACKHeaders?
        var bytes = 0
        var text = ""
        var ended = false
        var isClosed = false
        var error: String?
        var isOver: Bool { ended && isClosed || isClosed }
    }
    private let inner = Mutex(State())
    var state: State { inner.withLock { $0 } }
    func change(_ body: (inout State) -> Void) { inner.withLock { body(&$0) } }
}

private final class H2AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    private let answer: H2Answer
    init(_ answer: H2Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let payload = unwrapInboundIn(data)
        answer.change { state in
            switch payload {
            case .headers(let frame):
                let status = frame.headers.first(name: ":status").flatMap { Int($0) }
                if let status, status < 200 {
                    state.informational.append(status)
                } else if let status {
                    state.status = status
                    state.headers = frame.headers
                } else {
                    state.trailers = frame.headers
                }
                if frame.endStream { state.ended = true }
            case .data(let frame):
                if case .byteBuffer(let bytes) = frame.data {
                    state.bytes += bytes.readableBytes
                    if state.text.utf8.count < 100_000 { state.text += String(buffer: bytes) }
                }
                if frame.endStream { state.ended = true }
            case .rstStream(let code): state.error = "\(code)"
            default: break
            }
        }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.change { if $0.error == nil { $0.error = "\(error)" } }
        context.close(promise: nil)
    }
    func channelInactive(context: ChannelHandlerContext) { answer.change { $0.isClosed = true } }
}

private final class MultiplexerBox: Sendable {
    private let state = Mutex<NIOHTTP2Handler.StreamMultiplexer?>(nil)
    var multiplexer: NIOHTTP2Handler.StreamMultiplexer? { state.withLock { $0 } }
    func set(_ multiplexer: NIOHTTP2Handler.StreamMultiplexer) { state.withLock { $0 = multiplexer } }
}

final class GoAwayCount: Sendable {
    private let state = Mutex(0)
    var count: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}

private final class GoAwayWatch: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    private let goAways: GoAwayCount
    init(_ goAways: GoAwayCount) { self.goAways = goAways }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .goAway = unwrapInboundIn(data).payload { goAways.add() }
        context.fireChannelRead(data)
    }
}
