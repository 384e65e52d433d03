import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import Proxy
import Synchronization

@testable @_spi(MintForwardPermit) import Web

/// What came back for one exchange.
struct Answer: Sendable {
    var informational: [Int] = []
    var status = 0
    var headers = HTTPHeaders()
    var body = ByteBuffer()
    /// Bytes of the body, also where they weren't kept.
    var bodyBytes = 0
    var flushes = 0
    var trailers: HTTPHeaders?
    var ended = false
    var problem: Problem?
    /// Each time the request's flow was opened or closed.
    var requestFlow: [Bool] = []

    var text: String { String(buffer: body) }
}

/// The engine's place in these tests: collects the response and sends the request by script.
final class CollectingSink: ResponseSink {
    var answer = Answer()
    var keepsBody = true
    var onHead: ((ResponseHead) -> Void)?
    var onBody: ((ByteBuffer) -> Void)?
    var onFlow: ((Bool) -> Void)?
    var onInformational: ((ResponseHead) -> Void)?
    var onFlush: (() -> Void)?
    var splice: (any UpgradedUpstream)?
    private let done: EventLoopPromise<Answer>
    private var isDone = false
    /// Calls after `end`, `failed` or `upgraded`, which there must never be.
    private(set) var late = 0

    init(_ done: EventLoopPromise<Answer>) { self.done = done }

    /// Abandoned: nobody will ever answer.
    deinit { if !isDone { done.succeed(answer) } }

    private func check() { if isDone { late += 1 } }

    func informational(_ head: ResponseHead) {
        check()
        answer.informational.append(Int(head.status.code))
        onInformational?(head)
    }

    func head(_ head: ResponseHead, origin: ResponseOrigin) {
        check()
        if answer.status != 0 { late += 100 }
        answer.status = Int(head.status.code)
        answer.headers = head.headers
        onHead?(head)
    }

    func body(_ chunk: ByteBuffer) {
        check()
        answer.bodyBytes += chunk.readableBytes
        if keepsBody { answer.body.writeImmutableBuffer(chunk) }
        onBody?(chunk)
    }

    func end(_ trailers: HTTPHeaders?) {
        check()
        answer.trailers = trailers
        answer.ended = true
        finish()
    }

    func flush() {
        check()
        answer.flushes += 1
        onFlush?()
    }

    func failed(_ problem: Problem) {
        check()
        answer.problem = problem
        finish()
    }

    func requestFlow(_ isOpen: Bool) {
        check()
        answer.requestFlow.append(isOpen)
        onFlow?(isOpen)
    }

    func upgraded(_ head: ResponseHead, to channel: any UpgradedUpstream) {
        check()
        answer.status = Int(head.status.code)
        answer.headers = head.headers
        splice = channel
        finish()
    }

    private func finish() {
        isDone = true
        done.succeed(answer)
    }
}

/// A request as a test writes it.
struct Ask: Sendable {
    var method: HTTPMethod = .GET
    var target = "/"
    var headers: HTTPHeaders = ["Host": "app.test"]
    var body: [String] = []
    var trailers: HTTPHeaders?
    var version = HTTPVersion.http1_1
    var isUpgrade = false
    /// Leaves the request unfinished.
    var endsRequest = true

    static func get(_ target: String = "/") -> Ask { Ask(target: target) }

    static func post(_ body: String, target: String = "/") -> Ask {
        Ask(
            method: .POST, target: target, headers: ["Host": "app.test", "Content-Length": "\(body.utf8.count)"],
            body: [body])
    }
}

/// Stands where the gateway stands: opens exchanges on loops of its own.
final class Door: Sendable {
    let group: MultiThreadedEventLoopGroup
    let upstream: Upstream
    private let ids = Atomic<UInt64>(0)

    init(_ address: UpstreamAddress, loops: Int = 1, _ adjust: (inout UpstreamLimits) -> Void = { _ in }) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        var limits = UpstreamLimits()
        limits.total = .seconds(30)
        adjust(&limits)
        upstream = Upstream(address: address, limits: limits, group: group)
    }

    /// One of its loops.
    var loop: any EventLoop { group.next() }

    func stop() async { try? await group.shutdownGracefully() }

    /// Opens one exchange; `drive` runs on its loop with the request's sink, after the ask's body has gone in.
    func open(
        _ ask: Ask, on loop: any EventLoop, drive: @escaping @Sendable (any RequestSink, CollectingSink) -> Void
    ) -> EventLoopFuture<Answer> {
        let done = loop.makePromise(of: Answer.self)
        let id = ExchangeID(ids.wrappingAdd(1, ordering: .relaxed).newValue)
        loop.execute {
            let sink = CollectingSink(done)
            var exchange = Exchange(
                id: id,
                connection: ConnectionInfo(
                    peer: nil, peerText: "test", isTLS: false, door: .public, protocolName: "http/1.1"),
                request: RequestHead(
                    method: ask.method, target: ask.target, version: ask.version, scheme: .http, headers: ask.headers),
                startedAt: .now())
            exchange.isWebSocketUpgrade = ask.isUpgrade
            let opening = self.upstream.forward(exchange, permit: ForwardPermit(for: id), to: sink, on: loop)
            switch opening {
            case .refused(let problem): sink.failed(problem)
            case .streaming(let request):
                drive(request, sink)
                for chunk in ask.body { request.body(ByteBuffer(string: chunk)) }
                if ask.endsRequest { request.end(ask.trailers) }
            }
        }
        return done.futureResult
    }

    func send(
        _ ask: Ask, on loop: (any EventLoop)? = nil,
        drive: @escaping @Sendable (any RequestSink, CollectingSink) -> Void = { _, _ in }
    ) async throws -> Answer {
        try await open(ask, on: loop ?? group.next(), drive: drive).get()
    }
}

/// Starts an app and a door to it, and stops both.
func withApp<Result: Sendable>(
    loops: Int = 1, limits: (inout UpstreamLimits) -> Void = { _ in }, script: @escaping RawUpstream.Script,
    _ body: (Door, RawUpstream) async throws -> Result
) async throws -> Result {
    let app = try await RawUpstream.start(script)
    let door = Door(app.address, loops: loops, limits)
    do {
        let result = try await body(door, app)
        await door.stop()
        await app.stop()
        return result
    } catch {
        await door.stop()
        await app.stop()
        throw error
    }
}
