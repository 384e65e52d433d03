import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// One TCP connection on which a test sends and reads exact bytes: of a client, or of a scripted server.
///
/// Nothing here blocks a thread: tests run beside the server that they test, on two cores.
public final class RawConnection: Sendable {
    /// What has come so far and whether more can.
    public struct Reception: Sendable {
        public let bytes: [UInt8]
        /// The other side has closed (or reset) the connection.
        public let isClosed: Bool
        public var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private let channel: any Channel
    private let inbox: RawInbox

    init(channel: any Channel, inbox: RawInbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Connects to a port of this machine.
    public static func open(port: Int, host: String = "127.0.0.1") async throws -> RawConnection {
        let inbox = RawInbox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RawInboxHandler(inbox))
                }
            }
            .connect(host: host, port: port).get()
        return RawConnection(channel: channel, inbox: inbox)
    }

    /// Sends bytes; returns when the system has taken them.
    public func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends the pieces one by one with a pause after each, so that they arrive apart.
    public func send(pieces: [[UInt8]], pause: Duration = .milliseconds(1)) async throws {
        for piece in pieces {
            try await send(piece)
            try await Task.sleep(for: pause)
        }
    }

    /// What has come once `isEnough` accepts it, the other side closed, or the time was up.
    public func receive(
        within limit: Duration = .seconds(5), until isEnough: @escaping @Sendable ([UInt8]) -> Bool
    ) async -> Reception {
        await inbox.wait(within: limit, until: isEnough)
    }

    /// Everything up to the other side's close, or to the end of the time.
    public func receiveToEnd(within limit: Duration = .seconds(5)) async -> Reception {
        await inbox.wait(within: limit) { _ in false }
    }

    /// What has come and was not consumed.
    public var unread: [UInt8] { inbox.bytes }

    /// Drops the first `count` received bytes: what was understood.
    public func consume(_ count: Int) { inbox.consume(count) }

    /// The next whole response to a request with `method`; nil when the connection closed or the time was up first.
    public func response(to method: String = "GET", within limit: Duration = .seconds(5)) async -> RawResponse? {
        let reception = await receive(within: limit) { RawResponse.parse($0, method: method, isClosed: false) != nil }
        guard let (response, length) = RawResponse.parse(reception.bytes, method: method, isClosed: reception.isClosed)
        else { return nil }
        consume(length)
        return response
    }

    /// The next whole request: for scripted servers. nil when the connection closed or the time was up first.
    public func request(within limit: Duration = .seconds(5)) async -> RawRequest? {
        let reception = await receive(within: limit) { RawRequest.parse($0) != nil }
        guard let (request, length) = RawRequest.parse(reception.bytes) else { return nil }
        consume(length)
        return request
    }

    /// Says that nothing more will be sent; what comes can still be read.
    public func closeOutput() async throws { try await channel.close(mode: .output).get() }

    /// Closes the connection; twice does no harm.
    public func close() async { try? await channel.close().get() }

    /// Ends the connection with a reset instead of a close.
    public func reset() async {
        if let socket = channel as? any SocketOptionProvider {
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        await close()
    }

    /// Stops or resumes reading: a client that doesn't take what it asked for.
    public func setReading(_ reads: Bool) async throws {
        try await channel.setOption(.autoRead, value: reads).get()
    }
}

/// Where received bytes wait for a test to look at them.
final class RawInbox: Sendable {
    private struct Waiter: Sendable {
        let id: Int
        let isEnough: @Sendable ([UInt8]) -> Bool
        let continuation: CheckedContinuation<RawConnection.Reception, Never>
    }
    private struct State: Sendable {
        var bytes: [UInt8] = []
        var isClosed = false
        var waiters: [Waiter] = []
        var lastID = 0
    }
    private let state = Mutex(State())
    var bytes: [UInt8] { state.withLock { $0.bytes } }

    func receive(_ bytes: [UInt8]) {
        wake { $0.bytes += bytes }
    }

    func close() {
        wake { $0.isClosed = true }
    }

    func consume(_ count: Int) {
        state.withLock { $0.bytes.removeFirst(min(count, $0.bytes.count)) }
    }

    func wait(
        within limit: Duration, until isEnough: @escaping @Sendable ([UInt8]) -> Bool
    ) async -> RawConnection.Reception {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            expire(id)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let ready: RawConnection.Reception? = state.withLock { state in
                if state.isClosed || isEnough(state.bytes) {
                    return .init(bytes: state.bytes, isClosed: state.isClosed)
                }
                state.waiters.append(Waiter(id: id, isEnough: isEnough, continuation: continuation))
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let (woken, reception) = state.withLock { state in
            change(&state)
            let woken = state.waiters.filter { state.isClosed || $0.isEnough(state.bytes) }
            state.waiters.removeAll { waiter in woken.contains { $0.id == waiter.id } }
            return (woken, RawConnection.Reception(bytes: state.bytes, isClosed: state.isClosed))
        }
        for waiter in woken { waiter.continuation.resume(returning: reception) }
    }

    private func expire(_ id: Int) {
        let (late, reception) = state.withLock { state in
            let late = state.waiters.first { $0.id == id }
            state.waiters.removeAll { $0.id == id }
            return (late, RawConnection.Reception(bytes: state.bytes, isClosed: state.isClosed))
        }
        late?.continuation.resume(returning: reception)
    }
}

final class RawInboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let inbox: RawInbox
    init(_ inbox: RawInbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.receive(Array(buffer: unwrapInboundIn(data)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { inbox.close() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { inbox.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.close()
        context.close(promise: nil)
    }
}
