import NIOCore
import NIOPosix
import Synchronization

/// A TCP server whose every connection is played by a script: the app behind the gateway, sound or hostile.
public final class RawUpstream: Sendable {
    /// Plays one connection; the number counts connections from 0. The connection is closed when it returns.
    public typealias Script = @Sendable (_ connection: RawConnection, _ number: Int) async throws -> Void

    public let port: Int
    private let channel: any Channel
    private let state: ConnectionLog

    private init(channel: any Channel, port: Int, state: ConnectionLog) {
        self.channel = channel
        self.port = port
        self.state = state
    }

    /// Listens on a free port of 127.0.0.1, or on the given one.
    public static func start(port: Int = 0, _ script: @escaping Script) async throws -> RawUpstream {
        let log = ConnectionLog()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 512)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                let inbox = RawInbox()
                let connection = RawConnection(channel: channel, inbox: inbox)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RawInboxHandler(inbox))
                    let number = log.add(connection)
                    Task {
                        try? await script(connection, number)
                        await connection.close()
                    }
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return RawUpstream(channel: channel, port: channel.localAddress?.port ?? 0, state: log)
    }

    /// How many connections have come so far.
    public var connectionCount: Int { state.count }

    /// What came on each connection, open or closed, and was not consumed by the script.
    var unread: [[UInt8]] { state.all.map(\.unread) }

    /// Stops listening and closes every connection.
    public func stop() async {
        try? await channel.close().get()
        for connection in state.all { await connection.close() }
    }
}

private final class ConnectionLog: Sendable {
    private let connections = Mutex<[RawConnection]>([])
    var count: Int { connections.withLock { $0.count } }
    var all: [RawConnection] { connections.withLock { $0 } }
    func add(_ connection: RawConnection) -> Int {
        connections.withLock {
            $0.append(connection)
            return $0.count - 1
        }
    }
}

/// An upstream that keeps every request exactly as it came and answers each with a transcript of it.
///
/// The answer is `200`, `text/plain`: request line, header lines, an empty line and the body, byte for byte.
public final class EchoUpstream: Sendable {
    public let port: Int
    private let server: RawUpstream
    private let seen: RequestLog

    private init(server: RawUpstream, seen: RequestLog) {
        self.server = server
        self.port = server.port
        self.seen = seen
    }

    public static func start(port: Int = 0) async throws -> EchoUpstream {
        let seen = RequestLog()
        let server = try await RawUpstream.start(port: port) { connection, _ in
            while let request = await connection.request(within: .seconds(120)) {
                seen.add(request)
                try await connection.send(EchoUpstream.answer(to: request))
            }
        }
        return EchoUpstream(server: server, seen: seen)
    }

    /// Every request that came, in order of completion.
    public var requests: [RawRequest] { seen.requests }
    /// Bytes of each connection that haven't become a whole request: nothing of a refused request may be among them.
    public var incomplete: [[UInt8]] { server.unread.filter { !$0.isEmpty } }
    public var connectionCount: Int { server.connectionCount }

    /// The requests that carry this value in the header `name`.
    public func requests(where name: String, is value: String) -> [RawRequest] {
        seen.requests.filter { $0.values(name).contains(value) }
    }

    /// Forgets what came so far, except on connections that are still open.
    public func forget() { seen.clear() }
    public func stop() async { await server.stop() }

    /// The body of its answer: request line, header lines, an empty line and the body.
    public static func transcript(of request: RawRequest) -> [UInt8] {
        var transcript = Array("\(request.method) \(request.target) \(request.version)\n".utf8)
        for line in request.headerLines { transcript += line + [0x0A] }
        return transcript + [0x0A] + request.body
    }

    /// What it answers: exact bytes.
    public static func answer(to request: RawRequest) -> [UInt8] {
        let transcript = transcript(of: request)
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
            + "Content-Length: \(transcript.count)\r\n\r\n"
        return Array(head.utf8) + (request.method == "HEAD" ? [] : transcript)
    }
}

private final class RequestLog: Sendable {
    private let state = Mutex<[RawRequest]>([])
    var requests: [RawRequest] { state.withLock { $0 } }
    func add(_ request: RawRequest) { state.withLock { $0.append(request) } }
    func clear() { state.withLock { $0 = [] } }
}
