import Kernel
import NIOCore
import NIOHTTP1
import Web

// Reason for length: one connection's state machine, read in one piece.

/// One HTTP/1.1 connection: exchanges one after the other, pipelined requests queued, answers written by an encoder of
/// our own (one buffer, one write for most answers).
final class HTTP1Connection: ChannelDuplexHandler, RemovableChannelHandler, ResponseTransport, DrainableConnection {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let loopContext: LoopContext
    private let info: ConnectionInfo
    private var context: ChannelHandlerContext?
    private var current: ExchangeDriver?
    /// Parts of pipelined requests that came before their turn; reading stops while there are any.
    private var queue = CircularBuffer<HTTPServerRequestPart>()
    private var laterMalformation: Problem?
    private var isServingQueue = false

    // Reading
    private var flowIsOpen = true
    private var readWasHeld = false
    private var sawPart = false
    private var requestOpen = false

    // Writing
    private var out = ByteBuffer()
    private var isChunked = false
    private var bodyIsWritten = false
    private var http10 = false
    private var keepsAlive = true
    private var upgradeRequested = false
    private var isClosing = false
    private var isLingering = false
    private var splice: Splice?
    private var alarm: ConnectionAlarm

    /// Answers up to this size leave in one write, copied behind their head; larger chunks are written uncopied.
    private static let coalescingBound = 32_768

    init(loopContext: LoopContext, info: ConnectionInfo) {
        self.loopContext = loopContext
        self.info = info
        self.alarm = ConnectionAlarm(eventLoop: loopContext.eventLoop)
    }

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        alarm.onExpiry = { [unowned self] in self.expired($0) }
        loopContext.opened(self)
        if context.channel.isActive { alarm.set(.idle, after: loopContext.limits.head) }
    }

    func channelActive(context: ChannelHandlerContext) {
        alarm.set(.idle, after: loopContext.limits.head)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm.cancel()
        loopContext.closed(self)
        isClosing = true
        if let splice {
            self.splice = nil
            splice.clientClosed()
        }
        if let driver = current {
            current = nil
            driver.clientClosed(loopContext.isDraining ? .shutDown : .clientGone)
        }
        queue.removeAll()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sawPart = true
        let part = unwrapInboundIn(data)
        if isLingering || isClosing { return }
        if !queue.isEmpty || mustWait(part) {
            queue.append(part)
            return
        }
        take(part)
    }

    /// A new request must wait while the exchange before it is under way.
    private func mustWait(_ part: HTTPServerRequestPart) -> Bool {
        if case .head = part { return current != nil || laterMalformation != nil }
        return false
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if current == nil, !isClosing, !isLingering {
            // Bytes came and no request: its head is on the way, and has this long to come.
            if !sawPart { alarm.begin(.head, after: loopContext.limits.head) }
        } else if requestOpen {
            alarm.set(.body, after: loopContext.limits.body)
        }
        sawPart = false
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if flowIsOpen && queue.isEmpty || isLingering { context.read() } else { readWasHeld = true }
    }

    private func resumeReading() {
        guard readWasHeld, flowIsOpen, queue.isEmpty else { return }
        readWasHeld = false
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        if let splice {
            splice.clientWritable(isWritable)
        } else {
            if isWritable { alarm.clear(.stalled) } else { alarm.begin(.stalled, after: loopContext.limits.stalled) }
            current?.writabilityChanged(isWritable)
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let problem = HTTP1Malformation.problem(for: error) else {
            // TLS and socket errors: there is nobody left to answer.
            closeNow()
            return
        }
        if let driver = current {
            if requestOpen {
                requestOpen = false
                keepsAlive = false
                driver.receiveMalformed(problem)
            } else {
                laterMalformation = problem
            }
        } else if !isClosing && !isLingering {
            if queue.isEmpty { beginMalformed(problem) } else { laterMalformation = problem }
        }
    }

    // MARK: - Requests

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): current?.receiveBody(bytes)
        case .end(let trailers):
            requestOpen = false
            alarm.clear(.body)
            current?.receiveEnd(trailers)
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        http10 = head.version.major == 1 && head.version.minor == 0
        keepsAlive = head.isKeepAlive && !http10 && !loopContext.isDraining
        upgradeRequested = head.headers.contains(name: "upgrade")
        let request = RequestHead(
            method: head.method, target: head.uri, version: head.version, scheme: info.isTLS ? .https : .http,
            headers: head.headers)
        begin(request, malformation: nil)
    }

    private func beginMalformed(_ problem: Problem) {
        keepsAlive = false
        let request = RequestHead(
            method: .GET, target: "/", version: .http1_1, scheme: info.isTLS ? .https : .http, headers: [:])
        begin(request, malformation: problem)
        current?.receiveEnd(nil)
    }

    private func begin(_ request: RequestHead, malformation: Problem?) {
        guard let program = loopContext.doors[info.door] else { return closeNow() }
        requestOpen = malformation == nil
        alarm.clear(.head)
        alarm.clear(.idle)
        bodyIsWritten = false
        isChunked = false
        let exchange = Exchange(
            id: loopContext.nextExchangeID(), connection: info, request: request, malformation: malformation,
            startedAt: .now())
        let driver = ExchangeDriver(
            exchange, pipeline: program.pipeline, terminal: program.terminal, transport: self)
        current = driver
        driver.start()
    }

    // MARK: - ResponseTransport

    var eventLoop: any EventLoop { loopContext.eventLoop }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    func informational(_ head: ResponseHead) {
        guard !http10 else { return }
        HTTP1Encoder.write(head, into: &out)
        flush()
    }

    func head(_ head: ResponseHead, length: Int?, hasBody: Bool, closes: Bool) {
        if closes || upgradeRequested { keepsAlive = false }
        var head = head
        bodyIsWritten = hasBody
        isChunked = hasBody && length == nil && !http10
        if hasBody && length == nil && http10 { keepsAlive = false }
        if !head.headers.contains(name: "date") { head.headers.add(name: "date", value: loopContext.date()) }
        HTTP1Encoder.write(head, isChunked: isChunked, closes: !keepsAlive, into: &out)
    }

    func body(_ chunk: ByteBuffer) {
        guard bodyIsWritten, chunk.readableBytes > 0 else { return }
        if isChunked {
            out.writeString(String(chunk.readableBytes, radix: 16))
            out.writeStaticString("\r\n")
        }
        if out.readableBytes + chunk.readableBytes <= HTTP1Connection.coalescingBound {
            out.writeImmutableBuffer(chunk)
        } else {
            writeOut()
            context?.write(wrapOutboundOut(chunk), promise: nil)
        }
        if isChunked { out.writeStaticString("\r\n") }
    }

    func end(_ trailers: HTTPHeaders?) {
        if isChunked { HTTP1Encoder.writeEnd(trailers, into: &out) }
        guard let context, let driver = current else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            if case .success = result { driver.responseFlushed(true) } else { driver.responseFlushed(false) }
        }
        context.writeAndFlush(wrapOutboundOut(out), promise: promise)
        out = ByteBuffer()
    }

    private func writeOut() {
        guard out.readableBytes > 0 else { return }
        context?.write(wrapOutboundOut(out), promise: nil)
        out = ByteBuffer()
    }

    func flush() {
        writeOut()
        context?.flush()
    }

    func abort() {
        guard let context, !isClosing else { return }
        isClosing = true
        current = nil
        out.clear()
        // What was written stays cut off: no last chunk, fewer bytes than announced.
        context.close(promise: nil)
    }

    func requestFlow(_ isOpen: Bool) {
        flowIsOpen = isOpen
        if isOpen {
            if requestOpen { alarm.set(.body, after: loopContext.limits.body) }
            resumeReading()
        } else {
            alarm.clear(.body)
        }
    }

    func exchangeEnded() {
        current = nil
        if requestOpen || !keepsAlive || loopContext.isDraining { return endConnection() }
        flowIsOpen = true
        if queue.isEmpty && laterMalformation == nil {
            alarm.set(.idle, after: loopContext.limits.idle)
            resumeReading()
        } else {
            serveQueue()
        }
    }

    /// Not by recursion: a thousand pipelined requests must not make a thousand frames.
    private func serveQueue() {
        guard !isServingQueue else { return }
        isServingQueue = true
        defer { isServingQueue = false }
        while let part = queue.first, !isClosing, !isLingering {
            if mustWait(part), current != nil { return }
            queue.removeFirst()
            take(part)
        }
        guard current == nil, !isClosing, !isLingering else { return resumeReading() }
        if let problem = laterMalformation {
            laterMalformation = nil
            beginMalformed(problem)
        } else {
            alarm.set(.idle, after: loopContext.limits.idle)
            resumeReading()
        }
    }

    /// After the last answer. When the client is still sending, what it sends is read and dropped for a while, so
    /// that it sees the answer instead of a reset.
    private func endConnection() {
        guard let context, !isClosing else { return }
        queue.removeAll()
        if requestOpen {
            isLingering = true
            flowIsOpen = true
            alarm.set(.lingering, after: .seconds(3))
            readWasHeld = false
            context.read()
        } else {
            isClosing = true
            context.close(promise: nil)
        }
    }

    private func expired(_ reason: ConnectionAlarm.Reason) {
        switch reason {
        case .idle, .lingering, .stalled:
            closeNow()
        case .head:
            if current == nil { beginMalformed(HTTP1Malformation.headTooSlow) }
        case .body:
            requestOpen = false
            keepsAlive = false
            current?.receiveMalformed(HTTP1Malformation.bodyTooSlow)
        }
    }

    // MARK: - Upgrade

    func upgrade(
        _ head: ResponseHead, to upstream: any UpgradedUpstream, ended: @escaping (Int, Int) -> Void
    ) {
        guard let context, current != nil else { return upstream.close() }
        let channel = context.channel
        HTTP1Encoder.writeUpgrade(head, into: &out)
        flush()
        alarm.cancel()
        current = nil
        let splice = Splice(channel: channel, upstream: upstream, ended: ended)
        self.splice = splice
        let operations = context.pipeline.syncOperations
        guard (try? operations.addHandler(SpliceHandler(splice), position: .after(self))) != nil else {
            return closeNow()
        }
        queue.removeAll()
        splice.onClose = { [loopContext] in loopContext.closed(self) }
        splice.start()
        // First ourselves, then the decoder: the bytes it still holds must meet the splice, not a handler of parts.
        operations.removeHandler(self, promise: nil)
        if let decoder = try? operations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            operations.removeHandler(decoder, promise: nil)
        }
        channel.read()
    }

    // MARK: - DrainableConnection

    func drain() {
        if splice == nil, current == nil, !isLingering { closeNow() }
        keepsAlive = false
    }

    func closeNow() {
        guard let context else {
            splice?.close()
            return
        }
        isClosing = true
        context.close(promise: nil)
    }
}
