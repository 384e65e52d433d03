import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import TestKit
import Testing
import Web

@testable import Gateway

/// A gateway server on a free port with a list and an app of a test's choosing.
struct TestServer {
    let server: GatewayServer
    let group: MultiThreadedEventLoopGroup
    let port: Int
    let app: TestApp
    let log: FinishLog

    static func run<Result>(
        stages: [any GatewayStage] = [], limits: ClientLimits = ClientLimits(), tls: NIOSSLContext? = nil,
        loops: Int = 1, log: FinishLog = FinishLog(), _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let app = TestApp()
        let server = try await GatewayServer.make(
            group: group, program: program(stages + [ScriptedStage("last", log: log)], app, limits, tls),
            wallClock: ManualClock())
        let address = try await server.listen(
            ListenerPlan(door: .public, address: .tcp(host: "127.0.0.1", port: 0), isTLS: tls != nil))
        let running = TestServer(server: server, group: group, port: address.port ?? 0, app: app, log: log)
        do {
            let result = try await body(running)
            await server.closeAll()
            try await group.shutdownGracefully()
            return result
        } catch {
            await server.closeAll()
            try await group.shutdownGracefully()
            throw error
        }
    }

    static func program(
        _ stages: [any GatewayStage], _ app: TestApp, _ limits: ClientLimits = ClientLimits(),
        _ tls: NIOSSLContext? = nil
    ) -> ServerProgram {
        ServerProgram(
            doors: [
                .public: DoorProgram(
                    pipeline: CompiledPipeline(stages, keepsTrailer: { $0 == "x-kept" }), terminal: app)
            ],
            limits: limits, tls: tls)
    }

    func open() async throws -> RawConnection { try await RawConnection.open(port: port) }

    /// Waits until something holds.
    func holds(within limit: Duration = .seconds(5), _ condition: () async -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if await condition() { return true }
            try await Task.sleep(for: .milliseconds(3))
        }
        return await condition()
    }
}

/// An app in the gateway's own process, told by its targets what to do.
final class TestApp: Terminal {
    struct State {
        var opened: [String] = []
        var heads: [RequestHead] = []
        var received = 0
        var aborts = 0
        var mostUnread = 0
    }
    private let state = Mutex(State())
    var opened: [String] { state.withLock { $0.opened } }
    var heads: [RequestHead] { state.withLock { $0.heads } }
    var received: Int { state.withLock { $0.received } }
    var aborts: Int { state.withLock { $0.aborts } }

    func note(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    func open(
        _ exchange: inout Exchange, answering sink: any ResponseSink, on eventLoop: any EventLoop
    ) -> Opening {
        let head = exchange.request
        state.withLock {
            $0.opened.append(head.target)
            $0.heads.append(head)
        }
        return .streaming(TestAppRequest(head, self, sink, eventLoop))
    }
}

/// `/echo…` gives back method, target, body and trailers; `/large/N` gives N bytes as fast as they are taken, `/sized/N`
/// with their length; `/early` answers 413 before the request's end; `/never` never; `/slow` after a while; `/drip` takes
/// one chunk and then nothing for a while; `/upgrade` switches protocols; `/broken` breaks off.
final class TestAppRequest: RequestSink {
    private let head: RequestHead
    private let app: TestApp
    private var sink: (any ResponseSink)?
    private let loop: any EventLoop
    private var body = ByteBuffer()
    private var left = 0
    private var isOpen = true
    private var isGiving = false

    init(_ head: RequestHead, _ app: TestApp, _ sink: any ResponseSink, _ loop: any EventLoop) {
        self.head = head
        self.app = app
        self.sink = sink
        self.loop = loop
        if head.target == "/early" { later { $0.answer(.payloadTooLarge, "too much") } }
    }

    private func later(_ amount: TimeAmount = .milliseconds(5), _ work: @escaping (TestAppRequest) -> Void) {
        loop.assumeIsolated().scheduleTask(in: amount) { work(self) }
    }

    func body(_ chunk: ByteBuffer) {
        app.note { $0.received += chunk.readableBytes }
        if head.target == "/count" { return }
        var chunk = chunk
        body.writeBuffer(&chunk)
        if head.target == "/drip" {
            sink?.requestFlow(false)
            later(.milliseconds(700)) { $0.sink?.requestFlow(true) }
        }
    }

    func end(_ trailers: HTTPHeaders?) {
        switch head.target {
        case "/never", "/early": break
        case "/slow": later(.milliseconds(300)) { $0.answer(.ok, "slow") }
        case "/count": answer(.ok, "\(app.received)")
        case "/upgrade": upgrade()
        case "/broken":
            sink?.head(ResponseHead(status: .ok), origin: .upstream)
            sink?.body(ByteBuffer(string: "half"))
            sink?.flush()
            later { request in
                let sink = request.sink
                request.sink = nil
                sink?.failed(Problem("upstream.broke", status: 502, title: "Broke."))
            }
        case let target where target.hasPrefix("/large/"): give(target.dropFirst(7), declares: false)
        case let target where target.hasPrefix("/sized/"): give(target.dropFirst(7), declares: true)
        default:
            let kept = trailers.map { " " + $0.map { "\($0.name)=\($0.value)" }.joined(separator: ",") } ?? ""
            answer(.ok, "\(head.method.rawValue) \(head.target) \(String(buffer: body))\(kept)")
        }
    }

    func abort() {
        app.note { $0.aborts += 1 }
        sink = nil
    }

    func responseFlow(_ isOpen: Bool) {
        self.isOpen = isOpen
        if isOpen { giveMore() }
    }

    private func answer(_ status: HTTPResponseStatus, _ text: String) {
        guard let sink else { return }
        self.sink = nil
        sink.head(
            ResponseHead(status: status, headers: ["content-length": "\(text.utf8.count)"]), origin: .upstream)
        if head.method != .HEAD { sink.body(ByteBuffer(string: text)) }
        sink.flush()
        sink.end(nil)
    }

    private func give(_ count: Substring, declares: Bool) {
        left = Int(count) ?? 0
        sink?.head(
            ResponseHead(status: .ok, headers: declares ? ["content-length": "\(left)"] : [:]), origin: .upstream)
        giveMore()
    }

    private func giveMore() {
        guard !isGiving, left > 0 else { return }
        isGiving = true
        while isOpen, left > 0, let sink {
            let count = min(left, 65_536)
            left -= count
            sink.body(ByteBuffer(repeating: 0x78, count: count))
            sink.flush()
        }
        isGiving = false
        if left == 0, let sink {
            self.sink = nil
            sink.end(nil)
        }
    }

    private func upgrade() {
        let last = sink
        sink = nil
        // As a real upstream does: on a later turn of the loop.
        later { _ in
            last?.upgraded(
                ResponseHead(status: .switchingProtocols, headers: ["upgrade": "websocket"]), to: EchoingUpstream())
        }
    }
}

/// Gives back what it gets; `bye` closes it.
final class EchoingUpstream: UpgradedUpstream {
    private var received: ((ByteBuffer) -> Void)?
    private var closed: (() -> Void)?
    private(set) static var closes: Int {
        get { count.withLock { $0 } }
        set { count.withLock { $0 = newValue } }
    }
    private static let count = Mutex(0)

    func start(
        received: @escaping (ByteBuffer) -> Void, closed: @escaping () -> Void, writable: @escaping (Bool) -> Void
    ) {
        self.received = received
        self.closed = closed
        received(ByteBuffer(string: "hello "))
    }

    func write(_ bytes: ByteBuffer) {
        received?(bytes)
        if String(buffer: bytes).hasSuffix("bye") { tellClosed() }
    }

    func responseFlow(_ isOpen: Bool) {}
    func close() {
        EchoingUpstream.closes += 1
        tellClosed()
    }

    private func tellClosed() {
        let last = closed
        received = nil
        closed = nil
        last?()
    }
}
