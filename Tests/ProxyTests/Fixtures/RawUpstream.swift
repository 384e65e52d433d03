import Kernel
import NIOCore
import NIOPosix
import Proxy
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// An app that does byte by byte what a test's script says, once for each connection it accepts.
final class RawUpstream: Sendable {
    typealias Script = @Sendable (inout RawPeer) async throws -> Void

    let address: UpstreamAddress
    private let server: any Channel
    private let accepted: Lock<[Task<Void, Never>]>

    /// How many connections it has accepted.
    var connections: Int { accepted.with { $0.count } }

    private init(address: UpstreamAddress, server: any Channel, accepted: Lock<[Task<Void, Never>]>) {
        self.address = address
        self.server = server
        self.accepted = accepted
    }

    static func start(unix path: String? = nil, _ script: @escaping Script) async throws -> RawUpstream {
        let accepted = Lock<[Task<Void, Never>]>([])
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 256)
            // Read only when the script asks: so a script that doesn't is an app that takes nothing.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
                    let intake = Intake(continuation) {
                        accepted.with { tasks in
                            let index = tasks.count + 1
                            tasks.append(Task { await run(script, child, index, stream) })
                        }
                    }
                    try child.pipeline.syncOperations.addHandler(intake)
                }
            }
        let server: any Channel
        if let path {
            server = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        } else {
            server = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        }
        let address =
            path.map { UpstreamAddress.unix(path: $0) } ?? .tcp(host: "127.0.0.1", port: server.localAddress?.port ?? 0)
        return RawUpstream(address: address, server: server, accepted: accepted)
    }

    private static func run(
        _ script: Script, _ child: any Channel, _ index: Int, _ stream: AsyncStream<ByteBuffer>
    ) async {
        var peer = RawPeer(channel: child, index: index, inbound: stream.makeAsyncIterator())
        try? await script(&peer)
        try? await child.close()
    }

    func stop() async {
        try? await server.close()
        for task in accepted.with({ $0 }) {
            task.cancel()
            await task.value
        }
    }

    private final class Intake: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncStream<ByteBuffer>.Continuation
        let start: () -> Void
        init(_ continuation: AsyncStream<ByteBuffer>.Continuation, start: @escaping () -> Void) {
            self.continuation = continuation
            self.start = start
        }
        func channelActive(context: ChannelHandlerContext) { start() }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// The script's end of one connection.
struct RawPeer {
    let channel: any Channel
    /// 1 for the first connection that was accepted.
    let index: Int
    private var inbound: AsyncStream<ByteBuffer>.AsyncIterator
    private var pending = ByteBuffer()

    init(channel: any Channel, index: Int, inbound: AsyncStream<ByteBuffer>.AsyncIterator) {
        self.channel = channel
        self.index = index
        self.inbound = inbound
    }

    /// Waits for more bytes; false at the end.
    mutating func more() async throws -> Bool {
        channel.read()
        guard var bytes = await inbound.next() else { return false }
        pending.writeBuffer(&bytes)
        return true
    }

    /// The next request's head as text, its empty line included; nil when the connection ended before.
    mutating func head() async throws -> String? {
        while true {
            let text = String(buffer: pending)
            if let end = text.utf8Range(of: "\r\n\r\n") {
                return pending.readString(length: end)
            }
            if try await !more() { return nil }
        }
    }

    /// The next `count` bytes, or fewer at the end.
    mutating func bytes(_ count: Int) async throws -> String {
        while pending.readableBytes < count { if try await !more() { break } }
        return pending.readString(length: min(count, pending.readableBytes)) ?? ""
    }

    /// Everything up to and including `mark`.
    mutating func through(_ mark: String) async throws -> String {
        while true {
            if let end = String(buffer: pending).utf8Range(of: mark) { return pending.readString(length: end) ?? "" }
            if try await !more() { return pending.readString(length: pending.readableBytes) ?? "" }
        }
    }

    /// Drops what has come so far and counts it.
    mutating func takePending() -> Int {
        let count = pending.readableBytes
        pending.clear()
        return count
    }

    /// Drops whatever comes until the end and counts it.
    mutating func drain() async throws -> Int {
        var count = pending.readableBytes
        pending.clear()
        while true {
            channel.read()
            guard let bytes = await inbound.next() else { return count }
            count += bytes.readableBytes
        }
    }

    /// A whole request as it came over the wire: head, and body as its framing says, undecoded.
    mutating func request() async throws -> RawRequest? {
        guard let head = try await head() else { return nil }
        let lines = head.split(separator: "\r\n")
        var body = ""
        for line in lines.dropFirst() {
            let lower = line.lowercased()
            if lower.hasPrefix("content-length:"), let length = Int(lower.dropFirst(15).filter { $0 != " " }) {
                body = try await bytes(length)
            } else if lower.hasPrefix("transfer-encoding:") {
                body = try await through("0\r\n")
                body += try await through("\r\n")
                while !body.hasSuffix("\r\n\r\n") { body += try await through("\r\n") }
            }
        }
        return RawRequest(head: head, body: body)
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Breaks off with a reset instead of an orderly end.
    func reset() async throws {
        let provider = channel as? any SocketOptionProvider
        try await provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await channel.close()
    }
}

struct RawRequest: Sendable {
    let head: String
    let body: String
}

extension String {
    /// The offset in bytes just behind the first `mark`.
    func utf8Range(of mark: String) -> Int? {
        let (text, mark) = (Array(utf8), Array(mark.utf8))
        guard text.count >= mark.count else { return nil }
        for start in 0...(text.count - mark.count) where text[start..<(start + mark.count)].elementsEqual(mark) {
            return start + mark.count
        }
        return nil
    }
}
