public import Kernel
public import NIOCore
public import NIOHTTP1
import NIOPosix
public import Web

/// One exchange on a real event loop between a recording client and a scripted upstream. Used on its loop only.
public final class EngineBench {
    public let transport: EngineTransport
    public let upstream: EngineUpstream
    public let driver: ExchangeDriver
    public let finishes: FinishLog

    public init(
        _ stages: [any GatewayStage], request: RequestHead = EngineBench.request(), malformation: Problem? = nil,
        refusal: Problem? = nil, finishes: FinishLog = FinishLog(),
        keepsTrailer: @escaping @Sendable (String) -> Bool = { _ in false },
        bodyStore: (@Sendable () -> (any BodyStore)?)? = nil, on loop: any EventLoop
    ) {
        let connection = ConnectionInfo(
            peer: IPAddress(v4: 0x7F00_0001), peerText: "127.0.0.1", isTLS: false, door: .public,
            protocolName: "http/1.1")
        let exchange = Exchange(
            id: ExchangeID(1), connection: connection, request: request, malformation: malformation, startedAt: .now())
        transport = EngineTransport(eventLoop: loop)
        upstream = EngineUpstream()
        upstream.refusal = refusal
        self.finishes = finishes
        let pipeline = CompiledPipeline(stages, keepsTrailer: keepsTrailer)
        let terminal = EngineTerminal(upstream: NIOLoopBound(WeakUpstream(upstream), eventLoop: loop))
        driver = ExchangeDriver(
            exchange, pipeline: pipeline, terminal: terminal, transport: transport, makeStore: bodyStore)
        transport.driver = driver
    }

    /// A request as HTTP/1.1 gives it.
    public static func request(_ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:]) -> RequestHead {
        var all: HTTPHeaders = ["host": "app.test"]
        all.add(contentsOf: headers)
        return RequestHead(method: method, target: "/", version: .http1_1, scheme: .http, headers: all)
    }

    /// The client sends a piece of its request's body.
    public func sends(_ text: String) { driver.receiveBody(ByteBuffer(string: text)) }

    /// The upstream answers in one go.
    public func answers(_ status: HTTPResponseStatus = .ok, _ body: String = "answer", _ headers: HTTPHeaders = [:]) {
        guard let sink = upstream.sink else { return }
        sink.head(ResponseHead(status: status, headers: headers), origin: .upstream)
        if !body.isEmpty { sink.body(ByteBuffer(string: body)) }
        sink.flush()
        sink.end(nil)
    }

    /// Builds a bench on a loop and hands it on.
    public static func on(
        _ make: @escaping @Sendable (any EventLoop) -> EngineBench
    ) async throws -> EngineBenchHandle {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let bound = try await loop.submit { NIOLoopBound(make(loop), eventLoop: loop) }.get()
        return EngineBenchHandle(bound: bound, loop: loop)
    }
}

/// A bench as tests hold it: whatever is done to it is done on its loop.
public struct EngineBenchHandle: Sendable {
    let bound: NIOLoopBound<EngineBench>
    public let loop: any EventLoop

    @discardableResult
    public func run<Result: Sendable>(_ body: @escaping @Sendable (EngineBench) -> Result) async throws -> Result {
        try await loop.submit { body(bound.value) }.get()
    }

    /// Waits until something holds; false when it doesn't within `limit`.
    public func holds(
        within limit: Duration = .seconds(5), _ condition: @escaping @Sendable (EngineBench) -> Bool
    ) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if try await run(condition) { return true }
            try await Task.sleep(for: .milliseconds(2))
        }
        return try await run(condition)
    }
}

/// The client's side: keeps what it is given, and what of it breaks the transport's contract.
public final class EngineTransport: ResponseTransport {
    public let eventLoop: any EventLoop
    public var isWritable = true
    public weak var driver: ExchangeDriver?
    public private(set) var informationals: [Int] = []
    public private(set) var sent: ResponseHead?
    public private(set) var length: Int?
    public private(set) var hasBody = false
    public private(set) var closes = false
    public private(set) var bytes = ByteBuffer()
    public private(set) var trailers: HTTPHeaders?
    public private(set) var hasEnded = false
    public private(set) var isAborted = false
    public private(set) var isUpgraded = false
    public private(set) var isOver = false
    public private(set) var flushes = 0
    /// Every call of `requestFlow`.
    public private(set) var flows: [Bool] = []
    public private(set) var violations: [String] = []
    /// Whether the last byte is reported as written at once; otherwise a test does.
    public var flushesAtOnce = true
    private var upgradeEnded: ((SocketEnding) -> Void)?

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    public var status: Int { sent.map { Int($0.status.code) } ?? 0 }
    public var text: String { String(buffer: bytes) }
    public var isFlowing: Bool { flows.last ?? true }

    private func check(_ holds: Bool, _ what: String) { if !holds { violations.append(what) } }
    private var isDone: Bool { hasEnded || isAborted || isUpgraded }

    public func informational(_ head: ResponseHead) {
        check(sent == nil && !isDone, "informational after the head")
        informationals.append(Int(head.status.code))
    }

    public func head(_ head: ResponseHead, length: Int?, hasBody: Bool, closes: Bool) {
        check(sent == nil, "two heads")
        check(!isDone, "a head after the end")
        check(head.headers["content-length"].count <= 1, "two lengths")
        check(!(head.status == .noContent && length != nil), "a 204 with a length")
        sent = ResponseHead(status: head.status, headers: head.allFields)
        self.length = length
        self.hasBody = hasBody
        self.closes = closes
    }

    public func body(_ chunk: ByteBuffer) {
        check(sent != nil, "body before the head")
        check(hasBody, "body where none may be")
        check(!isDone, "body after the end")
        var chunk = chunk
        bytes.writeBuffer(&chunk)
    }

    public func end(_ trailers: HTTPHeaders?) {
        check(sent != nil, "an end before the head")
        check(!isDone, "a second end")
        if hasBody, let length {
            check(bytes.readableBytes == length, "declared \(length), sent \(bytes.readableBytes)")
        }
        self.trailers = trailers
        hasEnded = true
        if flushesAtOnce { driver?.responseFlushed(true) }
    }

    public func flush() {
        check(!isDone, "a flush after the end")
        flushes += 1
    }

    public func abort() {
        check(!isDone, "an abort after the end")
        isAborted = true
    }

    public func requestFlow(_ isOpen: Bool) { flows.append(isOpen) }

    public func upgrade(
        _ head: ResponseHead, to upstream: any UpgradedUpstream, terms: SocketTerms?,
        ended: @escaping (SocketEnding) -> Void
    ) {
        check(!isDone && sent == nil, "an upgrade after the head")
        sent = ResponseHead(status: head.status, headers: head.allFields)
        isUpgraded = true
        upgradeEnded = ended
    }

    public func exchangeEnded() {
        check(hasEnded && !isOver, "over without an end, or twice")
        isOver = true
    }

    /// The upgraded connection closes after so many bytes.
    public func upgradeCloses(received: Int, sent: Int) { upgradeEnded?(SocketEnding(received: received, sent: sent)) }
}

/// The upstream's side: keeps what it is given; a test answers through `sink`.
public final class EngineUpstream: RequestSink {
    public internal(set) var sink: (any ResponseSink)?
    public internal(set) var opened = 0
    /// What `open` refuses with.
    public var refusal: Problem?
    /// Called inside `open`, where a careless terminal might answer already.
    public var whenOpened: (any ResponseSink) -> Void = { _ in }
    /// Called for each chunk, where an upstream might fail or close the flow.
    public var whenGivenBody: (EngineUpstream) -> Void = { _ in }
    public private(set) var bytes = ByteBuffer()
    public private(set) var chunks = 0
    public private(set) var hasEnded = false
    public private(set) var trailers: HTTPHeaders?
    public private(set) var aborts = 0
    public private(set) var responseFlows: [Bool] = []
    public private(set) var violations: [String] = []

    public var text: String { String(buffer: bytes) }

    public func body(_ chunk: ByteBuffer) {
        if hasEnded { violations.append("body after the request's end") }
        if aborts > 0 { violations.append("body after an abort") }
        var chunk = chunk
        chunks += 1
        bytes.writeBuffer(&chunk)
        whenGivenBody(self)
    }

    public func end(_ trailers: HTTPHeaders?) {
        if hasEnded { violations.append("a second end of the request") }
        if aborts > 0 { violations.append("an end after an abort") }
        hasEnded = true
        self.trailers = trailers
    }

    public func abort() {
        if aborts > 0 { violations.append("a second abort") }
        aborts += 1
    }

    public func responseFlow(_ isOpen: Bool) { responseFlows.append(isOpen) }
}

/// Not held by the terminal: a driver that is over must let go of its upstream, and tests look whether it does.
final class WeakUpstream {
    weak var upstream: EngineUpstream?
    init(_ upstream: EngineUpstream) { self.upstream = upstream }
}

struct EngineTerminal: Terminal {
    let upstream: NIOLoopBound<WeakUpstream>

    func open(
        _ exchange: inout Exchange, answering sink: any ResponseSink, on eventLoop: any EventLoop
    ) -> Opening {
        guard let upstream = upstream.value.upstream else {
            return .refused(Problem("test.gone", status: 500, title: "The bench is gone."))
        }
        upstream.opened += 1
        if let refusal = upstream.refusal { return .refused(refusal) }
        upstream.sink = sink
        upstream.whenOpened(sink)
        return .streaming(upstream)
    }
}
