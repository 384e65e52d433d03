import Kernel
import NIOCore
import NIOHTTP1
import Web

// Reason for length: one connection's state machine, read in one piece.

/// One connection to the app: carries one exchange at a time and decides whether it may carry another.
///
/// It goes back to its pool only after a read cycle that ended exactly with the response's last byte.
/// It is the only handler of its channel: it parses what comes, and what goes out is encoded already.
final class UpstreamConnection: ChannelDuplexHandler, HTTP1Receiver {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

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
    private let parser: HTTP1Parser
    private let pool: UpstreamPool
    private var context: ChannelHandlerContext?
    private(set) var phase = Phase.idle
    private var current: Forwarding?
    private var isReusable = true
    /// The exchange whose response is whole, until it has been told.
    private var ended: (Forwarding, HTTPHeaders?)?
    /// Bytes received since the last request was written, or since the connection became idle.
    private var receivedBytes = 0
    private var informationalCount = 0
    private var upgradeHead: ResponseHead?
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
        let most = pool.limits.base.maxHeadBytes
        self.parser = HTTP1Parser(
            .responses,
            limits: HTTP1Parser.Limits(
                fieldBytes: most, headBytes: most, fieldCount: pool.limits.base.maxHeadFields))
    }

    /// Takes its place in the channel; on the channel's event loop, once it is connected.
    func install() throws {
        try channel.pipeline.syncOperations.addHandler(self)
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
    var hasReceived: Bool { receivedBytes > 0 }

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
        phase = .awaitingHead
        receivedBytes = 0
        parser.expectsNoBody(isHead)
    }

    func send(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }

    func sendAndFlush(_ bytes: ByteBuffer) {
        lastActivity = pool.tick
        if isReading {
            send(bytes)
            flushWaits = true
        } else {
            context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }

    func flush() {
        lastActivity = pool.tick
        if isReading { flushWaits = true } else { context?.flush() }
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
        let bytes = unwrapInboundIn(data)
        receivedBytes &+= bytes.readableBytes
        // What comes in any other phase is nobody's: the end of the read cycle sees that it came.
        guard phase == .awaitingHead || phase == .body else { return }
        do throws(HTTP1Flaw) {
            let read = try parser.feed(bytes, to: self)
            guard read < bytes.readableBytes else { return }
            if phase == .spliced {
                if let rest = bytes.behind(read) { context.fireChannelRead(wrapInboundOut(rest)) }
            } else if phase == .ended, isReusable {
                // It would be taken for the beginning of the next response, and the next exchange would get it.
                isReusable = false
                pool.counters.increment(.surplus)
            }
        } catch {
            deliverEnd()
            failed(.badResponse, "\(error)")
        }
    }

    func receivedBody(_ chunk: ByteBuffer) {
        guard phase == .body, let current else { return }
        deliveredSinceFlush = true
        current.received(chunk)
    }

    func received(_ head: consuming HTTP1Head) {
        guard phase == .awaitingHead, let current else { return failed(.badResponse, "a response out of turn") }
        let (status, isKeepAlive, version) = (head.status, head.isKeepAlive, head.version)
        let whole = status.code == 101 ? head.fields : FieldList()
        var taken = head.takeFields()
        var fields = ResponseFields(taking: &taken)
        if fields.recoded > 0 { pool.counters.increment(.recodedFields) }
        let code = status.code
        switch code {
        case 101:
            guard current.isUpgrade, fields.namesUpgrade, fields.hasUpgrade else {
                return failed(.unwantedUpgrade, "101 without a validated upgrade")
            }
            upgradeHead = ResponseHead(status: status, fields: whole)
            isReusable = false
        case 100..<200:
            informationalCount &+= 1
            guard informationalCount <= pool.limits.base.maxInformational else {
                return failed(.badResponse, "too many informational responses")
            }
            deliveredSinceFlush = true
            current.informational(ResponseHead(status: status, fields: fields.takePassing()))
        case 200...999:
            guard !fields.hasUnknownCoding else { return failed(.badResponse, "unknown transfer coding") }
            // The parser takes a response without length for one that ends with the connection; to HEAD it has no body.
            isReusable =
                current.isHead ? !fields.saysClose && (version.minor > 0 || fields.saysKeepAlive) : isKeepAlive
            if let seconds = fields.keepAliveSeconds {
                // One second early: the app's clock runs from its last byte, ours from when we read it.
                announcedKeepAlive = pool.ticks(max(0, seconds &- 1))
            }
            phase = .body
            deliveredSinceFlush = true
            current.received(ResponseHead(status: status, fields: fields.takePassing()))
        default:
            failed(.badResponse, "status \(code)")
        }
    }

    func receivedEnd(_ trailers: consuming FieldList?) {
        guard let current else { return }
        if let upgradeHead { return spliceIn(current, upgradeHead) }
        guard phase == .body else { return failed(.badResponse, "an end without a head") }
        phase = .ended
        hasServed = true
        deliveredSinceFlush = false
        receivedAtEnd = receivedBytes
        self.current = nil
        let fields = trailers.map { trailers in
            var trailers = trailers
            return ResponseFields(taking: &trailers)
        }
        if !current.isSent || fields?.saysClose == true { isReusable = false }
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

    func channelReadComplete(context: ChannelHandlerContext) {
        deliverEnd()
        isReading = false
        defer {
            if flushWaits {
                flushWaits = false
                context.flush()
            }
        }
        switch phase {
        case .spliced:
            context.fireChannelReadComplete()
        case .ended:
            releaseIfClean()
        case .awaitingHead, .body:
            if phase == .awaitingHead, receivedBytes > pool.limits.base.maxHeadBytes &* 2, informationalCount == 0 {
                return failed(.badResponse, "a head without an end")
            }
            if deliveredSinceFlush {
                deliveredSinceFlush = false
                current?.flush()
            }
        case .idle, .reserved:
            guard receivedBytes > 0 else { return }
            pool.counters.increment(.surplus)
            failed(.badResponse, "bytes that nobody asked for")
        case .closed:
            break
        }
    }

    private func releaseIfClean() {
        guard phase == .ended else { return }
        guard isReusable else { return close() }
        guard receivedBytes == receivedAtEnd else {
            pool.counters.increment(.surplus)
            return close()
        }
        receivedBytes = 0
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
        failed(.closedEarly, "\(error)")
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase == .awaitingHead || phase == .body {
            // Some bodies end with the connection.
            do throws(HTTP1Flaw) {
                try parser.finish(to: self)
            } catch {
                failed(.closedEarly, "cut off in the middle of a message")
            }
        }
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

    /// The parser has told the end of the 101 and reads nothing more: bytes pass both ways.
    private func spliceIn(_ forwarding: Forwarding, _ head: ResponseHead) {
        guard let context else { return }
        phase = .spliced
        current = nil
        let splice = SplicedUpstream(
            channel: channel,
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
        forwarding.upgraded(head, to: splice)
    }
}
