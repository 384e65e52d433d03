import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import NIOHTTP1
import Synchronization
import Web

/// One exchange with an own route: its body flows in, its answer flows out, both with backpressure.
///
/// Everything of it happens on the exchange's event loop; the route itself runs in one task that ends with it.
final class OwnRequest: RequestSink {
    typealias Body = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, BodyDemand
    >

    struct Gone: Error {}

    private let eventLoop: any EventLoop
    /// nil once the exchange is over: nothing more may be sent.
    private var sink: (any ResponseSink)?
    private var source: Body.Source?
    private var sequence: Body?
    private let demand: BodyDemand
    private var task: Task<Void, Never>?
    private var isHeadSent = false
    private var clientTakesMore = true
    /// Writers that wait until the client takes more.
    private var waiting: [EventLoopPromise<Void>] = []

    init(sink: any ResponseSink, eventLoop: any EventLoop) {
        self.sink = sink
        self.eventLoop = eventLoop
        self.demand = BodyDemand()
        let pair = Body.makeSequence(
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8), finishOnDeinit: true, delegate: demand)
        self.source = pair.source
        self.sequence = pair.sequence
    }

    /// Runs the route; what it answers arrives no sooner than the event loop's next turn.
    func start(_ route: @escaping @Sendable (RequestBody, OwnAnswer) async -> Void) {
        guard let sequence else { return }
        self.sequence = nil
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let eventLoop = eventLoop
        demand.onMore { eventLoop.execute { bound.value.bodyWanted() } }
        let answer = OwnAnswer(request: bound, eventLoop: eventLoop)
        let body = RequestBody(asyncSequence: sequence)
        task = Task {
            await route(body, answer)
            answer.routeReturned()
        }
    }

    // MARK: the request's body

    func body(_ chunk: ByteBuffer) {
        guard let source else { return }
        switch source.yield(chunk) {
        case .produceMore: break
        case .stopProducing: sink?.requestFlow(false)
        // The route doesn't read its body: the rest is taken and dropped.
        case .dropped: break
        }
    }

    func end(_ trailers: HTTPHeaders?) {
        source?.finish()
        source = nil
    }

    func abort() {
        finish(failing: Gone())
        task?.cancel()
    }

    private func bodyWanted() { sink?.requestFlow(true) }

    // MARK: the answer

    func responseFlow(_ isOpen: Bool) {
        clientTakesMore = isOpen
        guard isOpen else { return }
        let ready = waiting
        waiting = []
        for promise in ready { promise.succeed() }
    }

    func send(_ head: ResponseHead) {
        guard let sink, !isHeadSent else { return }
        isHeadSent = true
        sink.head(head, origin: .own)
    }

    /// The future is done when the client takes more.
    func send(_ chunk: ByteBuffer) -> EventLoopFuture<Void> {
        guard let sink else { return eventLoop.makeFailedFuture(Gone()) }
        sink.body(chunk)
        sink.flush()
        guard !clientTakesMore else { return eventLoop.makeSucceededVoidFuture() }
        let promise = eventLoop.makePromise(of: Void.self)
        waiting.append(promise)
        return promise.futureResult
    }

    func sendEnd(_ trailers: HTTPHeaders?) {
        let sink = sink
        finish(failing: nil)
        sink?.end(trailers)
    }

    func fail(_ problem: Problem) {
        let sink = sink
        finish(failing: nil)
        sink?.failed(problem)
    }

    /// A route that returned without an end has forgotten it.
    func routeReturned() {
        if sink != nil {
            fail(
                Problem(
                    "own.failed", status: 500, title: "This page failed.", source: .edge, cause: "no end of the body"))
        }
        task = nil
    }

    private func finish(failing error: (any Error)?) {
        sink = nil
        if let error { source?.finish(error) } else { source?.finish() }
        source = nil
        let left = waiting
        waiting = []
        for promise in left { promise.fail(error ?? Gone()) }
    }
}

/// Tells when the route has read enough of its body to take more.
final class BodyDemand: NIOAsyncSequenceProducerDelegate {
    private let callback = Mutex<(@Sendable () -> Void)?>(nil)
    func onMore(_ call: @escaping @Sendable () -> Void) { callback.withLock { $0 = call } }
    func produceMore() { callback.withLock({ $0 })?() }
    func didTerminate() { callback.withLock { $0 = nil } }
}

/// A route's way to answer, from its task to the event loop.
struct OwnAnswer: Sendable {
    let request: NIOLoopBound<OwnRequest>
    let eventLoop: any EventLoop

    /// Head and body; returns when the last byte was taken.
    func send(_ response: Hummingbird.Response) async throws {
        var head = ResponseHead(
            status: HTTPResponseStatus(statusCode: response.status.code, reasonPhrase: response.status.reasonPhrase))
        for field in response.headers { head.headers.add(name: field.name.rawName, value: field.value) }
        if let length = response.body.contentLength, !head.headers.contains(name: "content-length") {
            head.headers.add(name: "content-length", value: String(length))
        }
        let (request, ready) = (request, head)
        try await eventLoop.submit { request.value.send(ready) }.get()
        try await response.body.write(OwnWriter(answer: self))
    }

    func fail(_ problem: Problem) {
        let request = request
        eventLoop.execute { request.value.fail(problem) }
    }

    func routeReturned() {
        let request = request
        eventLoop.execute { request.value.routeReturned() }
    }
}

/// Writes a route's body; each write waits until the client takes more.
struct OwnWriter: ResponseBodyWriter {
    let answer: OwnAnswer

    mutating func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        let request = answer.request
        try await answer.eventLoop.flatSubmit { request.value.send(buffer) }.get()
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        let request = answer.request
        let trailers = trailingHeaders.map { fields in
            HTTPHeaders(fields.map { ($0.name.rawName, $0.value) })
        }
        try await answer.eventLoop.submit { request.value.sendEnd(trailers) }.get()
    }
}
