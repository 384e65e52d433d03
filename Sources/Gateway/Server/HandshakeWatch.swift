import NIOCore
import NIOTLS
import Web

/// Watches a TLS connection until its handshake is done: one that takes as long as a request's head may is closed, and
/// a drain doesn't wait for it.
final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler, DrainableConnection {
    typealias InboundIn = NIOAny

    private let loopContext: LoopContext
    private var context: ChannelHandlerContext?
    private var timeout: Scheduled<Void>?

    init(loopContext: LoopContext) { self.loopContext = loopContext }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: loopContext.limits.head) { self.closeNow() }
        loopContext.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { isDone() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            isDone()
            context.fireUserInboundEventTriggered(event)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isDone()
        context.fireChannelInactive()
    }

    private func isDone() {
        timeout?.cancel()
        timeout = nil
        context = nil
        loopContext.closed(self)
    }

    func drain() { closeNow() }
    func closeNow() { context?.close(promise: nil) }
}
