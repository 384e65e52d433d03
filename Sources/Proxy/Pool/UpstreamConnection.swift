import Kernel
import NIOCore
import NIOHTTP1
import Web

// Reason for length: one connection's state machine, read in one piece.

/// One connection to the app: carries one exchange at a time and decides whether it may carry another.
///
/// It goes back to its pool only after a read cycle that ended exactly with the response's last byte.
final class UpstreamConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPClientRequestPart
    typealias ResponseDecoderHandler = ByteToMessageHandler<HTTPResponseDecoder>

    enum Phase {
        /// In the pool.
        case idle
        /// An exchange has it, nothing was written yet.
        case reserved
        case awaitingHead
        case body
        /// The response is complete; surplus bytes may still show in this read cycle.
        case ended
        /// Carries another protocol now; bytes pass this handler unseen.
        case spliced
        case closed
    }

    let channel: any Channel
    private let wire = RequestWire()
    private let decoder: ResponseDecoderHandler
    private let pool: UpstreamPool
    private var context: ChannelHandlerContext?
    private(set) var phase = Phase.idle
    private var current: Forwarding?
    private var isReusable = true
    /// The exchange whose response is whole, until it has been told.
    private var ended: (Forwarding, HTTPHeaders?)?
    private var informationalCount = 0
    private var upgradeHead: ResponseHead?
    private var isChunked = false
    /// Where in memory the last piece of the body ended; 0 before there is one.
    private var bodyEndAddress: UInt = 0
    private var receivedAtEnd = 0
    private var deliveredSinceFlush = false
    /// Between the first read and the end of a read cycle: what has arrived must be seen before a write can fail.
    private var isReading = false
    private var flushWaits = false
    private var readingPaused = false
    private var readWaits = false
    private var splice: SplicedUpstream?
    /// Whether a response came on it before.
    private(set) var hasServed = false
    /// The pool's tick when it last did anything.
    private(set) var lastActivity = 0
    /// Ticks that the app keeps an unused connection, where it said so.
    private var announcedKeepAlive: Int?

    init(channel: any Channel, pool: UpstreamPool) {
        self.channel = channel
        self.pool = pool
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = pool.limits.base.maxHeadBytes
        limits.maxHeaderListSize = pool.limits.base.maxHeadBytes
        limits.maxHeaderFieldCount = pool.limits.base.maxHeadFields
        self.decoder = ByteToMessageHandler(
            HTTPResponseDecoder(
                leftOverBytesStrategy: .forwardBytes, informationalResponseStrategy: .forward,
                limitConfiguration: limits))
    }

    /// Puts the codec in place; on the channel's event loop, once it is connected.
    func install() throws {
        try channel.pipeline.syncOperations.addHandlers([wire, decoder, self])
        lastActivity = pool.tick
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    var isUsable: Bool { phase == .idle && isReusable && channel.isActive }
    /// Whether the channel is writable.
    private(set) var isWritable = true
    var idleTicks: Int { pool.tick &- lastActivity }
    var keepAliveTicks: Int { min(pool.limits.keepAlive, announcedKeepAlive ?? .max) }
    /// Whether any byte of an answer to the current request has come.
    var hasReceived: Bool { wire.received > 0 }

    // MARK: the request

    func reserve(for forwarding: Forwarding) {
        phase = .reserved
        current = forwarding
        lastActivity = pool.tick
        informationalCount = 0
    }

    /// Gives a connection back on which nothing was written.
    func unreserve() {
        guard phase == .reserved else { return }
        current = nil
        phase = .ended
        receivedAtEnd = 0
        releaseIfClean()
    }

    /// The head is about to be written: from here on the connection belongs to this exchange alone.
    func requestBegins(isHead: Bool) {
        guard let context else { return }
        phase = .awaitingHead
        wire.startCounting()
        context.write(isHead ? headMark : plainMark, promise: nil)
    }

    private let plainMark = UpstreamConnection.mark(.GET)
    private let headMark = UpstreamConnection.mark(.HEAD)

    /// A head that only the decoder sees.
    private static func mark(_ method: HTTPMethod) -> NIOAny {
        NIOAny(HTTPClientRequestPart.head(HTTPRequestHead(version: .http1_1, method: method, uri: "/")))
    }

    func send(_ bytes: ByteBuffer) { wire.send(bytes) }

    func flush() {
        lastActivity = pool.tick
        if isReading { flushWaits = true } else { wire.flush() }
    }

    func setReading(_ isOpen: Bool) {
        readingPaused = !isOpen
        lastActivity = pool.tick
        if isOpen, readWaits {
            readWaits = false
            context?.read()
        }
    }

    func read(context: ChannelHandlerContext) {
        if readingPaused { readWaits = true } else { context.read() }
    }

    /// The exchange is over for the client: without its whole response the connection is worth nothing.
    func abandon() {
        current = nil
        close()
    }

    // MARK: the response

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActivity = pool.tick
        isReading = true
        if phase == .spliced {
            context.fireChannelRead(data)
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let head): received(head)
        case .body(let chunk):
            guard phase == .body, let current else { return }
            deliveredSinceFlush = true
            bodyEndAddress = chunk.endAddress
            current.received(chunk)
        case .end(let trailers): receivedEnd(trailers)
        }
    }

    private func received(_ head: HTTPResponseHead) {
        guard phase == .awaitingHead, let current else { return failed(.badResponse, "a response out of turn") }
        var fields = readable(ResponseFields(head.headers), of: head)
        let code = head.status.code
        switch code {
        case 101:
            guard current.isUpgrade, fields.namesUpgrade, fields.hasUpgrade else {
                return failed(.unwantedUpgrade, "101 without a validated upgrade")
            }
            upgradeHead = ResponseHead(status: head.status, headers: head.headers)
            isReusable = false
        case 100..<200:
            informationalCount &+= 1
            guard informationalCount <= pool.limits.base.maxInformational else {
                return failed(.badResponse, "too many informational responses")
            }
            deliveredSinceFlush = true
            current.informational(ResponseHead(status: head.status, fields: fields.passing))
        case 200...999:
            guard !fields.hasUnknownCoding else { return failed(.badResponse, "unknown transfer coding") }
            isReusable = keepsAlive(head, fields, isHead: current.isHead)
            if let seconds = fields.keepAliveSeconds {
                // One second early: the app's clock runs from its last byte, ours from when we read it.
                announcedKeepAlive = pool.ticks(max(0, seconds &- 1))
            }
            phase = .body
            isChunked = fields.isChunked
            bodyEndAddress = 0
            deliveredSinceFlush = true
            current.received(ResponseHead(status: head.status, fields: fields.takePassing()))
        default:
            failed(.badResponse, "status \(code)")
        }
    }

    /// Where a value wasn't UTF-8, the fields once more from the bytes themselves, read as Latin-1.
    private func readable(_ fields: ResponseFields, of head: HTTPResponseHead) -> ResponseFields {
        guard fields.dropped > 0 else { return fields }
        let names = head.headers.map(\.name)
        if let raw = wire.reading, let values = RawFields.values(in: raw, names: names) {
            pool.counters.increment(.recodedFields)
            return ResponseFields(HTTPHeaders(Array(zip(names, values))))
        }
        pool.counters.increment(.droppedFields)
        return fields
    }

    private func keepsAlive(_ head: HTTPResponseHead, _ fields: ResponseFields, isHead: Bool) -> Bool {
        // The parser takes a response without length for one that ends with the connection; to HEAD it has no body.
        guard isHead else { return head.isKeepAlive }
        return !fields.saysClose && (head.version != .http1_0 || fields.saysKeepAlive)
    }

    private func receivedEnd(_ trailers: HTTPHeaders?) {
        guard let current else { return }
        if let upgradeHead { return spliceIn(current, upgradeHead) }
        guard phase == .body else { return failed(.badResponse, "an end without a head") }
        phase = .ended
        hasServed = true
        deliveredSinceFlush = false
        receivedAtEnd = wire.received
        self.current = nil
        let fields = trailers.map { ResponseFields($0) }
        if !current.isSent || fields?.saysClose == true { isReusable = false }
        if isReusable, !endsCleanly {
            isReusable = false
            pool.counters.increment(.surplus)
        }
        ended = (current, fields?.passing.headers)
    }

    /// Tells the exchange that its response is whole. At the end of the read cycle, not from inside of the parser, where
    /// everything costs more; the bytes of the response have all been handed on by then.
    private func deliverEnd() {
        guard let (forwarding, trailers) = ended else { return }
        ended = nil
        forwarding.receivedEnd(trailers)
        if !isReusable { close() }
    }

    /// Whether the response's last byte is the last that has been read. The parser doesn't tell: it would take what
    /// follows for the beginning of the next response, and the next exchange would get it.
    private var endsCleanly: Bool {
        isChunked || bodyEndAddress == 0 ? wire.endsWithEmptyLine : bodyEndAddress == wire.endAddress
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliverEnd()
        isReading = false
        defer {
            if flushWaits {
                flushWaits = false
                wire.flush()
            }
        }
        switch phase {
        case .spliced:
            context.fireChannelReadComplete()
        case .ended:
            releaseIfClean()
        case .awaitingHead, .body:
            if phase == .awaitingHead, wire.received > pool.limits.base.maxHeadBytes &* 2, informationalCount == 0 {
                return failed(.badResponse, "a head without an end")
            }
            if deliveredSinceFlush {
                deliveredSinceFlush = false
                current?.flush()
            }
        case .idle, .reserved:
            guard wire.received > 0 else { return }
            pool.counters.increment(.surplus)
            failed(.badResponse, "bytes that nobody asked for")
        case .closed:
            break
        }
    }

    private func releaseIfClean() {
        guard phase == .ended else { return }
        guard isReusable, channel.isActive else { return close() }
        guard wire.received == receivedAtEnd else {
            pool.counters.increment(.surplus)
            return close()
        }
        wire.startCounting()
        phase = .idle
        lastActivity = pool.tick
        if readingPaused { setReading(true) }
        pool.release(self)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        lastActivity = pool.tick
        isWritable = channel.isWritable
        if phase == .spliced {
            context.fireChannelWritabilityChanged()
        } else {
            current?.upstreamTakesMore(isWritable)
        }
    }

    // MARK: the end

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        deliverEnd()
        guard phase != .spliced else { return close() }
        switch error {
        case HTTPParserError.invalidEOFState: failed(.closedEarly, "cut off in the middle of a message")
        case is HTTPParserError, is NIOHTTPDecoderError:
            if phase == .idle || phase == .ended || phase == .reserved { pool.counters.increment(.surplus) }
            failed(.badResponse, "\(error)")
        default: failed(.closedEarly, "\(error)")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deliverEnd()
        if phase == .spliced {
            pool.spliceClosed(self)
            phase = .closed
            context.fireChannelInactive()
            return
        }
        failed(.closedEarly, hasReceived ? "closed in the middle of a response" : "closed without a response")
    }

    /// The connection is lost, and with it its exchange, unless that can go on with another one.
    private func failed(_ failure: UpstreamFailure, _ cause: String) {
        let lost = current
        let before = phase
        current = nil
        close()
        lost?.connectionLost(
            failure, cause, wasReused: hasServed, wasWritten: before != .reserved, hasReceived: hasReceived)
    }

    /// Closes without a word to the exchange; idempotent.
    func close() {
        guard phase != .closed else { return }
        if phase == .spliced {
            channel.close(promise: nil)
            return
        }
        phase = .closed
        pool.closed(self)
        channel.close(promise: nil)
    }

    /// Looks at the time limits; called once a tick.
    func check() {
        let silent = pool.tick &- lastActivity
        switch phase {
        case .awaitingHead, .body, .reserved:
            guard let current else { return }
            if let total = pool.limits.total, pool.tick &- current.startedTick > total {
                return failed(.totalTimeout, "the exchange took longer than its limit")
            }
            if phase == .body {
                // A client that takes its time is not the app's fault.
                if readingPaused || !current.isSent && channel.isWritable { return }
                if silent > pool.limits.idle { failed(.idleTimeout, "no byte of the body") }
            } else if current.awaitsAnswer {
                if silent > pool.limits.responseHead { failed(.headTimeout, "no response head") }
            } else if !channel.isWritable, silent > pool.limits.idle {
                failed(.idleTimeout, "the request's body is not taken")
            }
        case .spliced:
            if let limit = pool.limits.upgradedIdle, silent > limit { close() }
        case .idle, .ended, .closed:
            break
        }
    }

    // MARK: upgrade

    /// The decoder has emitted `.end` for the 101 and parses nothing more: out with it, and bytes pass both ways.
    private func spliceIn(_ forwarding: Forwarding, _ head: ResponseHead) {
        guard let context else { return }
        phase = .spliced
        current = nil
        let splice = SplicedUpstream(
            channel: channel, wire: wire,
            noteActivity: { [weak self] in
                guard let self else { return }
                self.lastActivity = self.pool.tick
            })
        do {
            try context.pipeline.syncOperations.addHandler(splice)
        } catch {
            channel.close(promise: nil)
            return forwarding.fail(.badResponse, "the upgraded channel is gone")
        }
        self.splice = splice
        pool.spliced(self)
        context.pipeline.syncOperations.removeHandler(decoder, promise: nil)
        forwarding.upgraded(head, to: splice)
    }
}
