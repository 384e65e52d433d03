import NIOCore
import NIOHTTP1

/// The lowest handler of an upstream channel: request bytes go out here, below the response decoder.
///
/// The decoder must see each request's head, because a response to HEAD has no body whatever it says; the bytes
/// themselves are encoded by us and never pass through it. It also counts what came in before it is parsed, which
/// tells whether the app has begun to answer at all.
final class RequestWire: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    /// Bytes received since the last request was written.
    private(set) var received = 0

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received &+= unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
    }

    /// Heads come only so that the decoder sees them pass.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.succeed(())
    }

    func requestBegins() { received = 0 }

    func send(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }

    func flush() { context?.flush() }
}
