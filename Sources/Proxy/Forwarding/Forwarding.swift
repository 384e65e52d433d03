import Kernel
import NIOCore
import NIOHTTP1
import Web

/// One exchange on its way through the app: takes the request's body, gives the response to the engine.
///
/// The head is written together with the first bytes of the body, and for most requests with the end, so that the
/// whole request is one write. Confined to the client's event loop, which is the connection's too.
final class Forwarding: RequestSink {
    var outgoing: OutgoingRequest
    private let pool: UpstreamPool
    /// nil once the exchange is over.
    private var sink: (any ResponseSink)?
    private var connection: UpstreamConnection?

    /// What came and isn't written yet.
    private var queue: [ByteBuffer] = []
    private var queuedBytes = 0
    private var trailers: HTTPHeaders?
    private var requestEnded = false
    private var bodyBytes = 0
    private var headSent = false
    private var endSent = false
    private var sendScheduled = false
    /// What the client was last told about whether more of its body is wanted.
    private var requestFlowIsOpen = true
    private var responseFlowIsOpen = true
    private var responseBegan = false

    /// The body so far, as long as it may have to be sent again.
    private var replay: [ByteBuffer] = []
    private var replayIsWhole = true
    private var tries = 0
    /// Only a connection that was just made will do.
    private(set) var wantsFresh = false
    var startedTick = 0
    var waitingSince = 0

    init(_ outgoing: OutgoingRequest, answering sink: any ResponseSink, pool: UpstreamPool) {
        self.outgoing = outgoing
        self.sink = sink
        self.pool = pool
    }

    var isUpgrade: Bool { outgoing.isUpgrade }
    var isHead: Bool { if case .HEAD = outgoing.method { true } else { false } }
    /// Whether the whole request has been written.
    var isSent: Bool { endSent }
    /// Whether it is the app's turn.
    var awaitsAnswer: Bool { endSent || outgoing.expectsContinue && headSent && bodyBytes == 0 }
    /// Whether it could be sent a second time.
    var isRepeatable: Bool { outgoing.isIdempotent }

    // MARK: RequestSink

    func body(_ chunk: ByteBuffer) {
        guard sink != nil, !requestEnded, chunk.readableBytes > 0 else { return }
        bodyBytes &+= chunk.readableBytes
        switch outgoing.framing {
        case .undecided: if !headSent { outgoing.framing = .chunked }
        case .length(let length): if bodyBytes > length { return fail(.lengthMismatch, "a longer body") }
        case .chunked: break
        }
        keepForReplay(chunk)
        queue.append(chunk)
        queuedBytes &+= chunk.readableBytes
        if connection == nil {
            if queuedBytes >= 64 * 1024 { setRequestFlow(false) }
        } else if queuedBytes >= 16 * 1024 {
            send()
        } else {
            sendSoon()
        }
    }

    func end(_ trailers: HTTPHeaders?) {
        guard sink != nil, !requestEnded else { return }
        if case .length(let length) = outgoing.framing, bodyBytes != length {
            return fail(.lengthMismatch, "a shorter body")
        }
        requestEnded = true
        self.trailers = trailers
        if connection != nil { send() }
    }

    func abort() {
        guard sink != nil else { return }
        sink = nil
        leave()
    }

    func responseFlow(_ isOpen: Bool) {
        guard sink != nil, responseFlowIsOpen != isOpen else { return }
        responseFlowIsOpen = isOpen
        connection?.setReading(isOpen)
    }

    /// Gives up connection and queue; the sink has been dealt with.
    private func leave() {
        queue = []
        replay = []
        if let connection {
            self.connection = nil
            if headSent { connection.abandon() } else { connection.unreserve() }
        } else {
            pool.forget(self)
        }
    }

    // MARK: sending

    func attach(_ connection: UpstreamConnection) {
        self.connection = connection
        tries &+= 1
        if !responseFlowIsOpen { connection.setReading(false) }
        if requestEnded {
            send()
        } else if outgoing.announcesBody || !queue.isEmpty {
            sendSoon()
        }
    }

    /// At the end of this turn of the loop: by then there is often more to go with it.
    private func sendSoon() {
        guard !sendScheduled else { return }
        sendScheduled = true
        pool.eventLoop.assumeIsolated().execute {
            self.sendScheduled = false
            self.send()
        }
    }

    /// Writes all there is: the head if it hasn't gone, the chunks, the end.
    private func send() {
        guard let connection, sink != nil else { return }
        if !headSent, !requestEnded, outgoing.framing == .undecided { outgoing.framing = .chunked }
        var buffer = pool.takeScratch()
        if !headSent {
            guard outgoing.encodeHead(into: &buffer, bodyFollows: !queue.isEmpty) else {
                return fail(.unsafeHead, "a field with a control character")
            }
            headSent = true
            connection.requestBegins(isHead: isHead)
        }
        if queuedBytes > 0 {
            let chunks = queue
            queue = []
            queuedBytes = 0
            for chunk in chunks { write(chunk, on: connection, after: &buffer) }
        }
        if requestEnded, !endSent {
            endSent = true
            if outgoing.framing == .chunked, !encodeLastChunk(into: &buffer) {
                return fail(.unsafeHead, "a trailer with a control character")
            }
        }
        if buffer.readableBytes > 0 { connection.sendAndFlush(buffer) } else { connection.flush() }
        pool.giveBack(buffer)
        // The connection may have been lost in that flush.
        if self.connection === connection { setRequestFlow(connection.isWritable) }
    }

    private func write(_ chunk: ByteBuffer, on connection: UpstreamConnection, after buffer: inout ByteBuffer) {
        if outgoing.framing == .chunked {
            buffer.writeString(String(chunk.readableBytes, radix: 16))
            buffer.writeStaticString("\r\n")
        }
        if chunk.readableBytes <= 8 * 1024 {
            buffer.writeImmutableBuffer(chunk)
        } else {
            if buffer.readableBytes > 0 { connection.send(buffer) }
            connection.send(chunk)
            // The channel holds what was sent: go on in memory of its own.
            buffer = ByteBuffer()
        }
        if outgoing.framing == .chunked { buffer.writeStaticString("\r\n") }
    }

    private func encodeLastChunk(into buffer: inout ByteBuffer) -> Bool {
        buffer.writeStaticString("0\r\n")
        if let trailers {
            var size = 0
            for (name, value) in trailers { size &+= name.utf8.count &+ value.utf8.count &+ 4 }
            var isClean = true
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
                var writer = HeadWriter(bytes)
                for (name, value) in trailers { writer.field(name, value) }
                isClean = writer.isClean
                return isClean ? writer.count : 0
            }
            guard isClean else { return false }
        }
        buffer.writeStaticString("\r\n")
        return true
    }

    func upstreamTakesMore(_ isOpen: Bool) {
        if sink != nil, !endSent { setRequestFlow(isOpen) }
    }

    private func setRequestFlow(_ isOpen: Bool) {
        guard requestFlowIsOpen != isOpen, !requestEnded else { return }
        requestFlowIsOpen = isOpen
        sink?.requestFlow(isOpen)
    }

    // MARK: the response

    func informational(_ head: ResponseHead) { sink?.informational(head) }

    func received(_ head: consuming ResponseHead) {
        responseBegan = true
        if !replay.isEmpty { replay = [] }
        // No optional chain: it would hold the head a second time, and the first change copy it.
        guard let sink else { return }
        sink.head(head, origin: .upstream)
    }

    func received(_ chunk: ByteBuffer) { sink?.body(chunk) }

    func flush() { sink?.flush() }

    func receivedEnd(_ trailers: HTTPHeaders?) {
        let last = sink
        over()
        last?.end(trailers)
    }

    func upgraded(_ head: ResponseHead, to splice: SplicedUpstream) {
        let last = sink
        over()
        last?.upgraded(head, to: splice)
    }

    private func over() {
        sink = nil
        connection = nil
        queue = []
        replay = []
    }

    // MARK: failure

    func fail(_ failure: UpstreamFailure, _ cause: String) {
        guard let last = sink else { return }
        sink = nil
        leave()
        if failure.countsAgainstUpstream { pool.counters.increment(.failures) }
        last.failed(failure.problem(cause))
    }

    /// The connection is gone before the response was whole.
    func connectionLost(
        _ failure: UpstreamFailure, _ cause: String, wasReused: Bool, wasWritten: Bool, hasReceived: Bool
    ) {
        connection = nil
        guard sink != nil else { return }
        guard mayTryAgain(failure, wasReused: wasReused, wasWritten: wasWritten, hasReceived: hasReceived) else {
            return fail(failure, cause)
        }
        if wasWritten {
            wantsFresh = true
            headSent = false
            endSent = false
            queue = replay
            queuedBytes = queue.reduce(0) { $0 &+ $1.readableBytes }
            replay = []
            pool.counters.increment(.retries)
        }
        if !pool.serveAgain(self) { fail(.busy, "no room for a second try") }
    }

    /// Once, on a fresh connection, when the app can't have acted on it or doing so twice is the same as once
    /// (RFC 9110 §9.2.2), and all that was sent is still in hand.
    private func mayTryAgain(
        _ failure: UpstreamFailure, wasReused: Bool, wasWritten: Bool, hasReceived: Bool
    ) -> Bool {
        guard !responseBegan, tries < 4 else { return false }
        // Not a byte of this exchange went out: it was the kept connection's end, not ours.
        if !wasWritten { return failure == .closedEarly || failure == .badResponse }
        return failure == .closedEarly && wasReused && !hasReceived && !wantsFresh && replayIsWhole && isRepeatable
    }

    private func keepForReplay(_ chunk: ByteBuffer) {
        guard replayIsWhole else { return }
        if isRepeatable, bodyBytes <= pool.limits.base.maxReplayBytes {
            replay.append(chunk)
        } else {
            replayIsWhole = false
            replay = []
        }
    }
}
