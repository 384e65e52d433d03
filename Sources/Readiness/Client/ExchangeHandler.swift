import NIOCore
import NIOSSL

/// Sends one request and reads one answer on one connection; lives and dies with it.
///
/// It writes the body piece by piece, each after the one before has left, and stops as soon as an answer is complete:
/// a refusal that arrives early is seen instead of being drowned by our own bytes.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let head: [UInt8]
    private let body: ProbeRequest.Body
    private let promise: EventLoopPromise<Answer>
    private let started: ContinuousClock.Instant
    private var parser: ResponseParser
    private var pieces: [Piece] = []
    private var sent = 0
    private var isSettled = false
    private var deadline: Scheduled<Void>?
    private let limit: TimeAmount

    private let gate: StartingGate?
    private var releasedAt: ContinuousClock.Instant?

    private enum Piece {
        case bytes([UInt8], counts: Int)
        case pause(TimeAmount)
        case hold
    }

    init(
        request: ProbeRequest, site: SiteURL, promise: EventLoopPromise<Answer>, limit: TimeAmount,
        bounds: ResponseParser.Bounds, started: ContinuousClock.Instant, gate: StartingGate? = nil
    ) {
        self.head = request.head(for: site)
        self.body = request.body
        self.promise = promise
        self.limit = limit
        self.started = started
        self.gate = gate
        self.parser = ResponseParser(isHead: request.method == "HEAD", bounds: bounds)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    /// With TLS, what is written now waits inside the TLS handler until the handshake is done.
    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        do {
            try parser.feed(buffer.readableBytesView)
        } catch {
            settle(context, .failure(ClientFailure.fault(error)))
            return
        }
        if parser.isDone {
            settle(context, .success(answer(parser.wasCut ? .cutByUs("the body went past our bound") : .complete)))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended(context, "closed")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Many servers close TLS without a goodbye: what was read counts.
        if let failure = error as? NIOSSLError, case .uncleanShutdown = failure {
            ended(context, "closed")
        } else if error is NIOSSLError, !parser.hasHead, sent == 0 {
            settle(context, .failure(ClientFailure.tls(plainReason(error))))
        } else {
            ended(context, plainReason(error))
        }
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard deadline == nil, !isSettled else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: limit) {
            let (handler, context) = bound.value
            if handler.parser.hasHead {
                handler.settle(context, .success(handler.answer(.cutByUs(Answer.timeWasUp))))
            } else {
                handler.settle(context, .failure(ClientFailure.timedOut("headers")))
            }
        }
        pieces = Self.pieces(head: head, body: body)
        if gate != nil { pieces = Self.holding(pieces) }
        writeNext(context)
    }

    private static func pieces(head: [UInt8], body: ProbeRequest.Body) -> [Piece] {
        switch body {
        case .none: return [.bytes(head, counts: 0)]
        case .bytes(let bytes): return [.bytes(head + bytes, counts: bytes.count)]
        case .filler(let prefix, let count, let chunked):
            let block = [UInt8](repeating: 0x61, count: 65_536)
            func framed(_ bytes: [UInt8]) -> [UInt8] {
                guard chunked, !bytes.isEmpty else { return bytes }
                return Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [0x0D, 0x0A]
            }
            var list: [Piece] = [.bytes(head + framed(prefix), counts: prefix.count)]
            var left = count
            while left > 0 {
                let part = min(left, block.count)
                left -= part
                // The last bytes wait a moment: a server that refuses does it about here.
                if left == 0 { list.append(.pause(.milliseconds(300))) }
                list.append(.bytes(framed(Array(block.prefix(part))), counts: part))
                if list.count == 2 { list.append(.pause(.milliseconds(250))) }
            }
            if chunked {
                list.append(.pause(.milliseconds(300)))
                list.append(.bytes(Array("0\r\n\r\n".utf8), counts: 0))
            }
            return list
        }
    }

    private func writeNext(_ context: ChannelHandlerContext) {
        guard !isSettled, !pieces.isEmpty else { return }
        let piece = pieces.removeFirst()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        switch piece {
        case .hold:
            guard let gate else { return writeNext(context) }
            gate.ready.succeed()
            gate.open.hop(to: context.eventLoop).whenComplete { _ in
                let (handler, context) = bound.value
                if gate.delay == .zero { return handler.release(context) }
                context.eventLoop.scheduleTask(in: gate.delay) {
                    let (handler, context) = bound.value
                    handler.release(context)
                }
            }
        case .pause(let time):
            context.eventLoop.scheduleTask(in: time) {
                let (handler, context) = bound.value
                handler.writeNext(context)
            }
        case .bytes(let bytes, let counts):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes))).whenComplete { result in
                let (handler, context) = bound.value
                // A write that fails is no verdict: an answer may still be on its way to us.
                guard case .success = result else { return }
                handler.sent += counts
                handler.writeNext(context)
            }
        }
    }

    private func release(_ context: ChannelHandlerContext) {
        releasedAt = .now
        writeNext(context)
    }

    /// All but the last byte at once, that one when the gate opens.
    private static func holding(_ pieces: [Piece]) -> [Piece] {
        guard case .bytes(let bytes, let counts)? = pieces.last, let last = bytes.last else { return pieces }
        return pieces.dropLast() + [.bytes(Array(bytes.dropLast()), counts: counts), .hold, .bytes([last], counts: 0)]
    }

    private func ended(_ context: ChannelHandlerContext, _ why: String) {
        guard !isSettled else { return }
        if parser.hasHead {
            settle(context, .success(answer(parser.close() ? .complete : .brokenOff)))
        } else if why == "closed" {
            settle(context, .failure(ClientFailure.closedWithoutAnswer))
        } else {
            settle(context, .failure(ClientFailure.io(why)))
        }
    }

    private func answer(_ ending: Answer.Ending) -> Answer {
        let elapsed = ContinuousClock.now - started
        return Answer(
            status: parser.status, reason: parser.reason, version: parser.version, fields: parser.fields,
            body: parser.body, bodyBytes: parser.bodyBytes, ending: ending, interim: parser.interim,
            bodyBytesSent: sent, milliseconds: elapsed / .milliseconds(1), releasedAt: releasedAt,
            endedAt: started + elapsed)
    }

    private func settle(_ context: ChannelHandlerContext, _ result: Result<Answer, any Error>) {
        guard !isSettled else { return }
        isSettled = true
        // Nobody waits for an exchange that is over before the start.
        gate?.ready.succeed()
        deadline?.cancel()
        pieces = []
        promise.completeWith(result)
        context.close(promise: nil)
    }
}
