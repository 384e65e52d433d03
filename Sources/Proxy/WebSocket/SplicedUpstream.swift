import NIOCore
import Web

/// The upstream's half of an upgraded connection: raw bytes both ways, held back until the client's half is ready.
final class SplicedUpstream: ChannelDuplexHandler, UpgradedUpstream {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let channel: any Channel
    private let noteActivity: () -> Void
    private var context: ChannelHandlerContext?
    private var received: ((ByteBuffer) -> Void)?
    private var closed: (() -> Void)?
    private var writable: ((Bool) -> Void)?
    /// What came before `start`: at most what was in the decoder, because nothing is read until then.
    private var early: [ByteBuffer] = []
    private var isOpen = false
    private var readWaits = false
    private var hasStarted = false
    private var isClosed = false
    private var isClosing = false

    init(channel: any Channel, noteActivity: @escaping () -> Void) {
        self.channel = channel
        self.noteActivity = noteActivity
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: UpgradedUpstream

    func start(
        received: @escaping (ByteBuffer) -> Void, closed: @escaping () -> Void, writable: @escaping (Bool) -> Void
    ) {
        guard !hasStarted else { return }
        hasStarted = true
        self.received = received
        self.closed = closed
        self.writable = writable
        let waiting = early
        early = []
        for bytes in waiting { received(bytes) }
        if isClosed { return tellClosed() }
        responseFlow(true)
    }

    func write(_ bytes: ByteBuffer) {
        guard !isClosed, !isClosing, bytes.readableBytes > 0 else { return }
        noteActivity()
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func responseFlow(_ isOpen: Bool) {
        self.isOpen = isOpen
        noteActivity()
        if isOpen, readWaits {
            readWaits = false
            context?.read()
        }
    }

    /// What was written goes out first, but not for longer than two seconds.
    func close() {
        guard !isClosed, !isClosing else { return }
        isClosing = true
        guard !channel.isWritable, let context else { return channel.close(promise: nil) }
        let channel = self.channel
        let written = channel.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }

    // MARK: channel

    func read(context: ChannelHandlerContext) {
        if isOpen { context.read() } else { readWaits = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if let received { received(bytes) } else { early.append(bytes) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { writable?(channel.isWritable) }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        if hasStarted { tellClosed() }
    }

    /// Once; and lets go of the client's half, which holds this one.
    private func tellClosed() {
        let last = closed
        received = nil
        closed = nil
        writable = nil
        last?()
    }
}
