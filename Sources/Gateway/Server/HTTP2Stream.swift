import Kernel
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import Web

/// One HTTP/2 stream: one exchange. The request head is mapped here, so that both protocols give the same one.
final class HTTP2Stream: ChannelDuplexHandler, ResponseTransport, DrainableConnection {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let loopContext: LoopContext
    private let info: ConnectionInfo
    private var context: ChannelHandlerContext?
    private var driver: ExchangeDriver?
    private var requestOpen = false
    private var flowIsOpen = true
    private var readWasHeld = false
    private var isOver = false
    /// The answer came before the request's end: the rest of it is refused once the answer is out.
    private var resetsRest = false
    private var endIsFlushed = false
    private var ending = Outcome.Ending.clientGone
    private var endsWithHead = false
    private var alarm: ConnectionAlarm

    init(loopContext: LoopContext, info: ConnectionInfo) {
        self.loopContext = loopContext
        self.info = info
        self.alarm = ConnectionAlarm(eventLoop: loopContext.eventLoop)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        alarm.onExpiry = { [unowned self] in self.expired($0) }
        loopContext.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm.cancel()
        loopContext.closed(self)
        isOver = true
        if let driver {
            self.driver = nil
            driver.clientClosed(ending)
        }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if driver == nil, !isOver {
                begin(frame)
            } else {
                requestEnds(HTTPHeaders(frame.headers.map { ($0.name, $0.value) }))
            }
        case .data(let frame):
            if case .byteBuffer(let bytes) = frame.data, bytes.readableBytes > 0 { driver?.receiveBody(bytes) }
            if frame.endStream {
                requestEnds(nil)
            } else if requestOpen, flowIsOpen {
                alarm.set(.body, after: loopContext.limits.body)
            }
        case .rstStream:
            context.close(promise: nil)
        default:
            break
        }
    }

    private func requestEnds(_ trailers: HTTPHeaders?) {
        guard requestOpen else { return }
        requestOpen = false
        alarm.clear(.body)
        driver?.receiveEnd(trailers)
    }

    func read(context: ChannelHandlerContext) {
        if flowIsOpen { context.read() } else { readWasHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        if isWritable { alarm.clear(.stalled) } else { alarm.begin(.stalled, after: loopContext.limits.stalled) }
        driver?.writabilityChanged(isWritable)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: - Requests

    private func begin(_ frame: HTTP2Frame.FramePayload.Headers) {
        guard let program = loopContext.program(of: info.door) else { return hangUp() }
        let mapped = HTTP2RequestMapping.map(frame.headers, endsHere: frame.endStream)
        requestOpen = !frame.endStream
        let exchange = Exchange(
            id: loopContext.nextExchangeID(), connection: info, request: mapped.head,
            malformation: mapped.malformation, startedAt: .now())
        let driver = ExchangeDriver(
            exchange, pipeline: program.pipeline, terminal: program.terminal, transport: self)
        self.driver = driver
        if requestOpen { alarm.set(.body, after: loopContext.limits.body) }
        driver.start(requestIsComplete: frame.endStream)
    }

    private func expired(_ reason: ConnectionAlarm.Reason) {
        switch reason {
        case .body:
            driver?.receiveMalformed(HTTP1Malformation.bodyTooSlow)
        case .stalled:
            ending = .timedOut
            hangUp()
        case .idle, .head, .lingering:
            hangUp()
        }
    }

    // MARK: - ResponseTransport

    var eventLoop: any EventLoop { loopContext.eventLoop }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    func informational(_ head: ResponseHead) {
        write(.headers(.init(headers: HTTP2RequestMapping.headers(of: head))))
        flush()
    }

    func head(_ head: ResponseHead, length: Int?, hasBody: Bool, closes: Bool) {
        var head = head
        if !head.fields.has(.date) { head.fields.add(.date, "date", loopContext.date()) }
        endsWithHead = !hasBody || length == 0
        write(.headers(.init(headers: HTTP2RequestMapping.headers(of: head), endStream: endsWithHead)))
    }

    func body(_ chunk: ByteBuffer) {
        guard !endsWithHead else { return }
        write(.data(.init(data: .byteBuffer(chunk))))
    }

    func end(_ trailers: HTTPHeaders?) {
        guard let context, let driver else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] result in
            if case .success = result { driver.responseFlushed(true) } else { driver.responseFlushed(false) }
            endIsFlushed = true
            resetRest()
        }
        if endsWithHead {
            flush()
            promise.succeed(())
        } else if let trailers {
            let fields = HPACKHeaders(trailers.map { ($0.name.lowercased(), $0.value) })
            context.writeAndFlush(
                wrapOutboundOut(.headers(.init(headers: fields, endStream: true))), promise: promise)
        } else {
            context.writeAndFlush(
                wrapOutboundOut(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true))), promise: promise)
        }
    }

    private func write(_ payload: HTTP2Frame.FramePayload) {
        context?.write(wrapOutboundOut(payload), promise: nil)
    }

    func flush() { context?.flush() }

    func abort() {
        guard let context, !isOver else { return }
        isOver = true
        context.writeAndFlush(wrapOutboundOut(.rstStream(.internalError)), promise: nil)
        context.close(promise: nil)
    }

    func requestFlow(_ isOpen: Bool) {
        flowIsOpen = isOpen
        if isOpen {
            if requestOpen { alarm.set(.body, after: loopContext.limits.body) }
            guard readWasHeld else { return }
            readWasHeld = false
            context?.read()
        } else {
            alarm.clear(.body)
        }
    }

    func exchangeEnded() {
        driver = nil
        guard requestOpen else { return }
        isOver = true
        resetsRest = true
        alarm.clear(.body)
        resetRest()
    }

    /// An answer before the request's end: the rest isn't wanted (RFC 9113 §8.1, NO_ERROR). Not before the answer's
    /// last byte is out, because a reset would drop what still waits for the client's window.
    private func resetRest() {
        guard resetsRest, endIsFlushed, let context else { return }
        resetsRest = false
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }

    func upgrade(
        _ head: ResponseHead, to upstream: any UpgradedUpstream, terms: SocketTerms?,
        ended: @escaping (SocketEnding) -> Void
    ) {
        // WebSockets over HTTP/2 (RFC 8441) aren't offered, so no client asks for this here.
        upstream.close()
        abort()
        ended(SocketEnding(received: 0, sent: 0))
    }

    // MARK: - DrainableConnection

    /// The connection's management handler sends GOAWAY and waits for streams; a stream just finishes.
    func drain() {}
    func closeNow() {
        ending = .shutDown
        hangUp()
    }

    private func hangUp() { context?.close(promise: nil) }
}
