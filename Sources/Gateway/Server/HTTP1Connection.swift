import Glibc
import Kernel
import NIOCore
import NIOHTTP1
import Web

// Reason for length: one connection's state machine, read in one piece.

/// One HTTP/1.1 connection: exchanges one after the other, pipelined requests queued, answers written by an encoder of
/// our own (one buffer, one write for most answers).
final class HTTP1Connection: ChannelDuplexHandler, RemovableChannelHandler, HTTP1Receiver, ResponseTransport,
    DrainableConnection
{
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let loopContext: LoopContext
    private let info: ConnectionInfo
    private let memory = ConnectionMemory()
    private var context: ChannelHandlerContext?
    private var current: ExchangeDriver?
    /// Parts of pipelined requests that came before their turn; reading stops while there are any.
    private var queue = CircularBuffer<Part>()
    private enum Part {
        case head(HTTP1Head)
        case body(ByteBuffer)
        case end(FieldList?)
    }
    private let parser: HTTP1Parser
    /// What came behind an upgrade: another protocol's.
    private var behindUpgrade: [ByteBuffer] = []
    private var laterMalformation: Problem?
    private var isServingQueue = false

    // Reading
    private var flowIsOpen = true
    private var readWasHeld = false
    private var sawPart = false
    private var requestOpen = false
    /// What the client still sends can't be told apart any more.
    private var framingIsLost = false
    /// The client has said that it sends nothing more. It may wait for its answers all the same, so from here on only a
    /// write that fails tells that it is gone.
    private var inputIsClosed = false

    // Writing
    /// Whether the channel is writable: asking it costs more than all else that is asked of it.
    private var takesMore = true
    private var out = ByteBuffer()
    private var isChunked = false
    private var bodyIsWritten = false
    private var http10 = false
    private var keepsAlive = true
    private var upgradeRequested = false
    private var isClosing = false
    private var isLingering = false
    /// Answers whose last byte isn't the kernel's yet: closing would drop it.
    private var unflushed = 0
    private var endsWhenFlushed = false
    /// The body ends where the connection does: only a reset can show that it was cut off.
    private var isCloseDelimited = false
    private var ending = Outcome.Ending.clientGone
    private var splice: Splice?
    private var alarm: ConnectionAlarm

    /// Answers up to this size leave in one write, copied behind their head; larger chunks are written uncopied.
    private static let coalescingBound = 32_768

    init(loopContext: LoopContext, info: ConnectionInfo) {
        self.loopContext = loopContext
        self.info = info
        // RequestShape's own limits are far below these: here they only bound what is held.
        self.parser = HTTP1Parser(
            .requests, limits: HTTP1Parser.Limits(fieldBytes: 65_536, headBytes: 262_144, fieldCount: 1_000))
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
            driver.clientClosed(ending)
        }
        queue.removeAll()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Further bytes after those that were not HTTP are dropped: the answer is on its way.
        if isLingering || isClosing || framingIsLost { return }
        let bytes = unwrapInboundIn(data)
        do throws(HTTP1Flaw) {
            let read = try parser.feed(bytes, to: self)
            if read < bytes.readableBytes, let rest = bytes.behind(read) { behindUpgrade.append(rest) }
        } catch {
            malformed(error)
        }
    }

    func received(_ head: consuming HTTP1Head) {
        sawPart = true
        if isLingering || isClosing { return }
        if current == nil, queue.isEmpty, laterMalformation == nil { begin(head) } else { queue.append(.head(head)) }
    }

    func receivedBody(_ bytes: ByteBuffer) {
        sawPart = true
        if isLingering || isClosing { return }
        if queue.isEmpty { current?.receiveBody(bytes) } else { queue.append(.body(bytes)) }
    }

    func receivedEnd(_ trailers: consuming FieldList?) {
        sawPart = true
        if isLingering || isClosing { return }
        if queue.isEmpty { endRequest(trailers) } else { queue.append(.end(trailers)) }
    }

    /// A new request must wait while the exchange before it is under way.
    private func mustWait(_ part: Part) -> Bool {
        if case .head = part { return current != nil || laterMalformation != nil }
        return false
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if current == nil, !isClosing, !isLingering {
            // Bytes came and no request: its head is on the way, and has this long to come.
            if !sawPart {
                alarm.clear(.idle)
                alarm.begin(.head, after: loopContext.limits.head)
            }
        } else if requestOpen, flowIsOpen {
            alarm.set(.body, after: loopContext.limits.body)
        }
        sawPart = false
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if flowIsOpen && queue.isEmpty && behindUpgrade.isEmpty || isLingering {
            context.read()
        } else {
            readWasHeld = true
        }
    }

    private func resumeReading() {
        guard readWasHeld, flowIsOpen, queue.isEmpty else { return }
        readWasHeld = false
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        takesMore = isWritable
        if let splice {
            splice.clientWritable(isWritable)
        } else {
            if isWritable { alarm.clear(.stalled) } else { alarm.begin(.stalled, after: loopContext.limits.stalled) }
            current?.writabilityChanged(isWritable)
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { inputClosed() }
        context.fireUserInboundEventTriggered(event)
    }

    private func inputClosed() {
        inputIsClosed = true
        if isLingering || requestOpen && queue.isEmpty {
            // There is nothing to wait for, or no request that could be answered.
            hangUp()
        } else if current == nil, queue.isEmpty, laterMalformation == nil {
            endConnection()
        }
    }

    /// TLS and socket errors: there is nobody left to answer.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { hangUp() }

    private func malformed(_ flaw: HTTP1Flaw) {
        let problem = HTTP1Malformation.problem(for: flaw)
        framingIsLost = true
        if let driver = current {
            if requestOpen && queue.isEmpty {
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

    private func take(_ part: Part) {
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): current?.receiveBody(bytes)
        case .end(let trailers): endRequest(trailers)
        }
    }

    private func endRequest(_ trailers: consuming FieldList?) {
        requestOpen = false
        alarm.clear(.body)
        current?.receiveEnd(trailers?.headers)
    }

    private func begin(_ head: consuming HTTP1Head) {
        http10 = head.version.minor == 0
        keepsAlive = head.isKeepAlive && !http10 && !loopContext.isDraining
        upgradeRequested = head.fields.has(.upgrade)
        let isComplete = !upgradeRequested && !HTTP1Connection.announcesBody(head.fields)
        begin(
            RequestHead(
                method: head.method, target: head.target, version: head.version, scheme: info.isTLS ? .https : .http,
                fields: head.takeFields()), malformation: nil, isComplete: isComplete)
    }

    /// Without one the head is all there is to a request, though the decoder tells its end apart. An upgrade is the
    /// exception: the decoder must have told the end before the connection may change hands.
    private static func announcesBody(_ request: borrowing FieldList) -> Bool {
        request.has(.transferEncoding)
            || request.has(.contentLength) && request.values(.contentLength).contains { $0 != "0" }
    }

    private func beginMalformed(_ problem: Problem) {
        keepsAlive = false
        upgradeRequested = false
        begin(
            RequestHead(
                method: .GET, target: "/", version: .http1_1, scheme: info.isTLS ? .https : .http, headers: [:]),
            malformation: problem, isComplete: true)
    }

    private func begin(_ request: consuming RequestHead, malformation: Problem?, isComplete: Bool) {
        guard let program = loopContext.program(of: info.door) else { return hangUp() }
        requestOpen = !isComplete
        alarm.clear(.head)
        alarm.clear(.idle)
        bodyIsWritten = false
        isChunked = false
        let exchange = Exchange(
            id: loopContext.nextExchangeID(), connection: info, memory: memory, request: request,
            malformation: malformation, startedAt: .now())
        let driver = ExchangeDriver(
            exchange, pipeline: program.pipeline, terminal: program.terminal, transport: self)
        current = driver
        driver.start(requestIsComplete: isComplete)
    }

    // MARK: - ResponseTransport

    var eventLoop: any EventLoop { loopContext.eventLoop }
    var isWritable: Bool { takesMore && context != nil }

    func informational(_ head: ResponseHead) {
        guard !http10 else { return }
        HTTP1Encoder.write(head, into: &out)
        flush()
    }

    func head(_ head: ResponseHead, length: Int?, hasBody: Bool, closes: Bool) {
        if closes || upgradeRequested { keepsAlive = false }
        bodyIsWritten = hasBody
        isChunked = hasBody && length == nil && !http10
        isCloseDelimited = hasBody && length == nil && http10
        let date = head.fields.has(.date) ? nil : loopContext.date()
        if out.readableBytes == 0 { out = loopContext.takeScratch() }
        HTTP1Encoder.write(head, date: date, isChunked: isChunked, closes: !keepsAlive, into: &out)
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
        let promise = loopContext.eventLoop.makePromise(of: Void.self)
        unflushed += 1
        promise.futureResult.assumeIsolated().whenComplete { [self] result in
            unflushed -= 1
            if case .success = result { driver.responseFlushed(true) } else { driver.responseFlushed(false) }
            if unflushed == 0, endsWhenFlushed { finishConnection() }
        }
        var last = ByteBuffer()
        swap(&last, &out)
        context.writeAndFlush(wrapOutboundOut(last), promise: promise)
        loopContext.giveBack(last)
    }

    private func writeOut() {
        guard out.readableBytes > 0 else { return }
        let bytes = out
        out = ByteBuffer()
        context?.write(wrapOutboundOut(bytes), promise: nil)
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
        // What was written stays cut off: no last chunk, fewer bytes than announced, or else a reset.
        if isCloseDelimited {
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
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
        if queue.isEmpty && laterMalformation == nil { awaitNext() } else { serveQueue() }
    }

    private func awaitNext() {
        if inputIsClosed { return endConnection() }
        alarm.set(.idle, after: loopContext.limits.idle)
        resumeReading()
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
        if let driver = current, requestOpen, queue.isEmpty, let problem = laterMalformation {
            // It was this request's body that stopped being HTTP.
            laterMalformation = nil
            requestOpen = false
            keepsAlive = false
            return driver.receiveMalformed(problem)
        }
        // A request that the client can't complete any more.
        if inputIsClosed, current != nil, requestOpen, queue.isEmpty { return hangUp() }
        guard current == nil, !isClosing, !isLingering else { return resumeReading() }
        if let problem = laterMalformation {
            laterMalformation = nil
            beginMalformed(problem)
        } else {
            awaitNext()
        }
    }

    /// After the last answer, once its last byte is the kernel's.
    private func endConnection() {
        guard context != nil, !isClosing, !isLingering else { return }
        // When the client is still sending, what it sends is read and dropped for a while, so that it sees the
        // answer instead of a reset.
        isLingering = requestOpen || framingIsLost || !queue.isEmpty
        isClosing = !isLingering
        queue.removeAll()
        flowIsOpen = true
        alarm.clear(.body)
        alarm.clear(.head)
        if isLingering, readWasHeld {
            readWasHeld = false
            context?.read()
        }
        if unflushed == 0 { finishConnection() } else { endsWhenFlushed = true }
    }

    private func finishConnection() {
        endsWhenFlushed = false
        guard let context else { return }
        guard isLingering else { return context.close(promise: nil) }
        alarm.set(.lingering, after: .seconds(3))
        // The client sees the end of the answer now, and its own end closes the rest.
        context.close(mode: .output, promise: nil)
    }

    private func expired(_ reason: ConnectionAlarm.Reason) {
        switch reason {
        case .idle:
            // The last answer is still being taken: it is not idle yet, and `stalled` watches it.
            if unflushed > 0 { return alarm.set(.idle, after: loopContext.limits.idle) }
            hangUp()
        case .lingering:
            hangUp()
        case .stalled:
            ending = .timedOut
            hangUp()
        case .head:
            if current == nil, !isClosing, !isLingering {
                framingIsLost = true
                beginMalformed(HTTP1Malformation.headTooSlow)
            }
        case .body:
            // What comes of it later is dropped while lingering.
            requestOpen = false
            framingIsLost = true
            keepsAlive = false
            current?.receiveMalformed(HTTP1Malformation.bodyTooSlow)
        }
    }

    // MARK: - Upgrade

    func upgrade(
        _ head: ResponseHead, to upstream: any UpgradedUpstream, terms: SocketTerms?,
        ended: @escaping (SocketEnding) -> Void
    ) {
        guard let context, current != nil else { return upstream.close() }
        let channel = context.channel
        HTTP1Encoder.writeUpgrade(head, into: &out)
        flush()
        alarm.cancel()
        current = nil
        let splice = Splice(
            channel: channel, upstream: upstream, terms: terms, watch: loopContext.sockets, ended: ended)
        self.splice = splice
        let operations = context.pipeline.syncOperations
        guard (try? operations.addHandler(SpliceHandler(splice), position: .after(self))) != nil else {
            return hangUp()
        }
        queue.removeAll()
        splice.onClose = { [loopContext, self] in
            loopContext.closed(self)
            self.splice = nil
        }
        splice.start()
        operations.removeHandler(self, promise: nil)
        for bytes in behindUpgrade { splice.clientSent(bytes) }
        behindUpgrade = []
        channel.read()
    }

    // MARK: - DrainableConnection

    func drain() {
        keepsAlive = false
        if splice == nil, current == nil, !isLingering, !isClosing { endConnection() }
    }

    func closeNow() {
        ending = .shutDown
        hangUp()
    }

    private func hangUp() {
        guard let context else {
            splice?.shutDown()
            return
        }
        isClosing = true
        context.close(promise: nil)
    }
}
