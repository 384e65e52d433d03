import Kernel
import NIOCore
import Proxy
import Web

/// Two channels tied together after an upgrade: bytes pass unchanged, each side slowed down by the other.
///
/// Where terms hold for it, frames are counted as they pass, and it can be ended between two of them: both sides get a
/// close frame, and nothing more of what either says reaches the other.
final class Splice {
    private let channel: any Channel
    /// nil once it is over: it holds our closures, and they hold this.
    private var upstream: (any UpgradedUpstream)?
    private let terms: SocketTerms?
    private let watch: SocketWatch
    private let ended: (SocketEnding) -> Void
    private var ending = SocketEnding(received: 0, sent: 0)
    private var isOver = false
    private var upstreamIsOpen = true
    var onClose: () -> Void = {}

    /// nil where nobody counts, or where what came was no frame: then nothing of ours can be put in.
    private var fromClient: FrameMeter?
    private var fromApp: FrameMeter?
    /// When the client's next frame would be due, as the rate has it.
    private var arrival: UInt64 = 0
    /// Whether the client has sent a message since the last review.
    private var isInUse = false
    private var unknownSince: NIODeadline?
    private var closing: Closing?

    /// What is left to do once it was decided that it ends.
    private struct Closing {
        let code: UInt16
        let text: String
        var clientIsTold = false
        var appIsTold = false
        var deadline: Scheduled<Void>?
    }

    /// How long both sides have to take their close frames, and the frame before them to come to its end.
    private static let patience: TimeAmount = .milliseconds(300)
    /// How long a socket goes on of whose caller nothing can be told.
    private static let longestUnknown: TimeAmount = .seconds(30)

    init(
        channel: any Channel, upstream: any UpgradedUpstream, terms: SocketTerms?, watch: SocketWatch,
        ended: @escaping (SocketEnding) -> Void
    ) {
        self.channel = channel
        self.upstream = upstream
        self.terms = terms
        self.watch = watch
        self.ended = ended
        if let terms {
            fromClient = FrameMeter(from: .client, maxMessageBytes: terms.maxMessageBytes)
            fromApp = FrameMeter(from: .server)
        }
    }

    func start() {
        if terms?.review != nil { watch.add(self) }
        upstream?.start(
            received: { [self] in appSent($0) }, closed: { [self] in upstreamClosed() },
            writable: { [self] isOpen in
                upstreamIsOpen = isOpen
                if isOpen { channel.read() }
            })
        if !channel.isWritable { upstream?.responseFlow(false) }
    }

    var mayRead: Bool { upstreamIsOpen || closing != nil }

    func clientWritable(_ isWritable: Bool) { upstream?.responseFlow(isWritable) }

    func close() { channel.close(promise: nil) }

    // MARK: What the two say

    private func appSent(_ bytes: ByteBuffer) {
        if closing != nil { return appSentLate(bytes) }
        // A broken frame of the app's is the client's affair; only the boundaries are lost.
        if case .violation = fromApp?.consume(bytes) { fromApp = nil }
        passToClient(bytes)
    }

    private func passToClient(_ bytes: ByteBuffer) {
        ending.sent &+= bytes.readableBytes
        channel.writeAndFlush(bytes, promise: nil)
    }

    func clientSent(_ bytes: ByteBuffer) {
        if closing != nil { return clientSentLate(bytes) }
        if let terms, fromClient != nil {
            // What breaks a rule is not passed on, so the app stands where it stood before these bytes.
            let wasAtBoundary = fromClient?.isAtBoundary ?? false
            if let objection = flaw(in: bytes, terms) {
                object(objection, appIsAtBoundary: wasAtBoundary)
                if closing != nil { return }
            }
        }
        passToApp(bytes)
    }

    private func passToApp(_ bytes: ByteBuffer) {
        ending.received &+= bytes.readableBytes
        upstream?.write(bytes)
    }

    /// What is wrong with what the client sends, or with how much of it.
    private func flaw(in bytes: ByteBuffer, _ terms: SocketTerms) -> SocketObjection? {
        let (frames, messages) = (fromClient?.frames ?? 0, fromClient?.messages ?? 0)
        if case .violation(let what) = fromClient?.consume(bytes) {
            fromClient = nil
            return SocketObjection(
                what == .messageTooLarge ? "websocket.message-size" : "websocket.frame", code: what.closeCode,
                detail: what.rawValue)
        }
        if fromClient?.messages != messages { isInUse = true }
        let now = NIODeadline.now().uptimeNanoseconds
        var count = (fromClient?.frames ?? 0) &- frames
        while count > 0 {
            guard terms.admits(&arrival, now) else {
                return SocketObjection("websocket.message-rate", code: CloseFrame.policyViolation)
            }
            count &-= 1
        }
        return nil
    }

    // MARK: Its end by us

    /// Asks whether whoever opened it still may have it open.
    func review(at now: NIODeadline) {
        guard closing == nil, !isOver, let review = terms?.review else { return }
        let wasInUse = isInUse
        isInUse = false
        switch review(wasInUse) {
        case .goesOn: unknownSince = nil
        case .unknown:
            guard let since = unknownSince else {
                unknownSince = now
                return
            }
            if now - since > Splice.longestUnknown {
                object(SocketObjection("websocket.unverified", code: CloseFrame.tryAgainLater))
            }
        case .ends(let objection): object(objection)
        }
    }

    private func object(_ objection: SocketObjection, appIsAtBoundary: Bool? = nil) {
        if !ending.objections.contains(where: { $0.reason == objection.reason }) {
            ending.objections.append(objection)
        }
        guard terms?.mode == .enforce, closing == nil, !isOver else { return }
        closing = Closing(code: objection.code, text: objection.reason.rawValue)
        if fromApp?.isAtBoundary == true { tellClient() }
        if appIsAtBoundary ?? (fromClient?.isAtBoundary == true) {
            tellApp()
        } else if fromClient == nil || appIsAtBoundary != nil {
            // It has half a frame, of which nothing more may come.
            closing?.appIsTold = true
            upstream?.close()
        }
        closing?.deadline = channel.eventLoop.assumeIsolated().scheduleTask(in: Splice.patience) { self.cut() }
        // What the client still sends is read and dropped, so that it sees the frame instead of a reset.
        channel.read()
    }

    private func tellClient() {
        guard let closing, !closing.clientIsTold else { return }
        self.closing?.clientIsTold = true
        channel.writeAndFlush(CloseFrame.toClient(code: closing.code, text: closing.text), promise: nil)
    }

    private func tellApp() {
        guard let closing, !closing.appIsTold else { return }
        self.closing?.appIsTold = true
        let mask = UInt32(truncatingIfNeeded: terms?.random.next() ?? 0)
        upstream?.write(CloseFrame.toUpstream(code: closing.code, text: closing.text, mask: mask))
    }

    /// Only the rest of the frame that had begun still passes.
    private func appSentLate(_ bytes: ByteBuffer) {
        guard closing?.clientIsTold == false, fromApp != nil else { return }
        var rest = bytes
        if let last = fromApp?.takeRestOfFrame(from: &rest), last.readableBytes > 0 { passToClient(last) }
        if fromApp?.isAtBoundary == true { tellClient() }
    }

    private func clientSentLate(_ bytes: ByteBuffer) {
        guard fromClient != nil else { return }
        var rest = bytes
        if closing?.appIsTold == false {
            if let last = fromClient?.takeRestOfFrame(from: &rest), last.readableBytes > 0 { passToApp(last) }
            if fromClient?.isAtBoundary == true { tellApp() }
        }
        if rest.readableBytes > 0 { _ = fromClient?.consume(rest) }
        if fromClient?.sawClose == true, closing?.clientIsTold == true, closing?.appIsTold == true { cut() }
    }

    /// The process ends: both are told, as far as a frame can be put in.
    func shutDown() {
        if terms != nil, closing == nil {
            closing = Closing(code: CloseFrame.goingAway, text: "")
            if fromApp?.isAtBoundary == true { tellClient() }
            if fromClient?.isAtBoundary == true { tellApp() }
        }
        close()
    }

    private func cut() {
        guard !isOver else { return }
        channel.close(promise: nil)
        upstream?.close()
        finish()
    }

    // MARK: Its end by them

    /// What the app said last (a close frame) still goes out, but not for longer than a while.
    private func upstreamClosed() {
        guard !isOver else { return }
        upstream = nil
        if closing?.clientIsTold == true { return }
        let channel = self.channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
        channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
        finish()
    }

    func clientClosed() {
        upstream?.close()
        finish()
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        watch.remove(self)
        closing?.deadline?.cancel()
        upstream = nil
        ended(ending)
        let onClose = self.onClose
        self.onClose = {}
        onClose()
    }
}

/// The client's end of a splice in its channel.
final class SpliceHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let splice: Splice
    init(_ splice: Splice) { self.splice = splice }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { splice.clientSent(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { splice.clientClosed() }
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        splice.clientWritable(context.channel.isWritable)
    }
    /// One half alone is of no use to a WebSocket.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    func read(context: ChannelHandlerContext) { if splice.mayRead { context.read() } }
}
