import NIOCore
import Web

/// Two channels tied together after an upgrade: bytes pass unchanged, each side slowed down by the other.
final class Splice {
    private let channel: any Channel
    /// nil once it is over: it holds our closures, and they hold this.
    private var upstream: (any UpgradedUpstream)?
    private let ended: (Int, Int) -> Void
    private var received = 0
    private var sent = 0
    private var isOver = false
    private var upstreamIsOpen = true
    var onClose: () -> Void = {}

    init(channel: any Channel, upstream: any UpgradedUpstream, ended: @escaping (Int, Int) -> Void) {
        self.channel = channel
        self.upstream = upstream
        self.ended = ended
    }

    func start() {
        upstream?.start(
            received: { [self] bytes in
                sent &+= bytes.readableBytes
                channel.writeAndFlush(bytes, promise: nil)
            },
            closed: { [self] in upstreamClosed() },
            writable: { [self] isOpen in
                upstreamIsOpen = isOpen
                if isOpen { channel.read() }
            })
        if !channel.isWritable { upstream?.responseFlow(false) }
    }

    /// What the app said last (a close frame) still goes out, but not for longer than a while.
    private func upstreamClosed() {
        guard !isOver else { return }
        let channel = self.channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
        channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
        finish()
    }

    var mayRead: Bool { upstreamIsOpen }

    func clientSent(_ bytes: ByteBuffer) {
        received &+= bytes.readableBytes
        upstream?.write(bytes)
    }

    func clientWritable(_ isWritable: Bool) { upstream?.responseFlow(isWritable) }

    func clientClosed() {
        upstream?.close()
        finish()
    }

    func close() { channel.close(promise: nil) }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        upstream = nil
        ended(received, sent)
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
