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
    typealias Accepted = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let address: UpstreamAddress
    private let task: Task<Void, Never>
    private let accepted: Counter

    /// How many connections it has accepted.
    var connections: Int { accepted.value }

    final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    private init(address: UpstreamAddress, task: Task<Void, Never>, accepted: Counter) {
        self.address = address
        self.task = task
        self.accepted = accepted
    }

    static func start(unix path: String? = nil, _ script: @escaping Script) async throws -> RawUpstream {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 256)
        let server: NIOAsyncChannel<Accepted, Never>
        if let path {
            server = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true) { child in
                child.eventLoop.makeCompletedFuture { try Accepted(wrappingChannelSynchronously: child) }
            }
        } else {
            server = try await bootstrap.bind(host: "127.0.0.1", port: 0) { child in
                child.eventLoop.makeCompletedFuture { try Accepted(wrappingChannelSynchronously: child) }
            }
        }
        let accepted = Counter()
        let task = Task { await serve(server, accepted, script) }
        let port = server.channel.localAddress?.port ?? 0
        let address = path.map { UpstreamAddress.unix(path: $0) } ?? .tcp(host: "127.0.0.1", port: port)
        return RawUpstream(address: address, task: task, accepted: accepted)
    }

    private static func serve(
        _ server: NIOAsyncChannel<Accepted, Never>, _ accepted: Counter, _ script: @escaping Script
    ) async {
        try? await server.executeThenClose { inbound in
            try await withThrowingDiscardingTaskGroup { group in
                for try await child in inbound {
                    let index = accepted.next()
                    group.addTask {
                        try? await child.executeThenClose { inbound, outbound in
                            var peer = RawPeer(
                                channel: child.channel, index: index, inbound: inbound.makeAsyncIterator(),
                                outbound: outbound)
                            try await script(&peer)
                            // Closing drops what the channel still holds: let it go out first.
                            try? await child.channel.writeAndFlush(ByteBuffer()).get()
                        }
                    }
                }
            }
        }
    }

    func stop() async {
        task.cancel()
        await task.value
    }

    /// An app that answers every request on every connection with the same bytes.
    static func answering(_ response: String) async throws -> RawUpstream {
        try await start { peer in
            while try await peer.request() != nil { try await peer.send(response) }
        }
    }
}

/// The script's end of one connection.
struct RawPeer {
    let channel: any Channel
    /// 1 for the first connection that was accepted.
    let index: Int
    var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var pending = ByteBuffer()

    init(
        channel: any Channel, index: Int, inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.index = index
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Waits for more bytes; false at the end.
    mutating func more() async throws -> Bool {
        guard var bytes = try await inbound.next() else { return false }
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
        while let bytes = try await inbound.next() { count += bytes.readableBytes }
        return count
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

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

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
