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
    /// Bytes received since the last request was written, or since the connection became idle.
    private(set) var received = 0
    /// Where the bytes of the read that is being parsed end in memory: a body that ends elsewhere has others behind it.
    private(set) var endAddress: UInt = 0
    /// The read that is being parsed right now.
    private(set) var reading: ByteBuffer?
    /// The last four bytes received, over the borders of reads.
    private var lastFour: UInt32 = 0

    /// Whether what came last is an empty line: how a head, and a chunked body with or without trailers, must end.
    var endsWithEmptyLine: Bool { lastFour == 0x0D0A_0D0A }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        received &+= bytes.readableBytes
        endAddress = bytes.endAddress
        if let four = bytes.getInteger(at: bytes.writerIndex &- 4, as: UInt32.self), bytes.readableBytes >= 4 {
            lastFour = four
        } else {
            for byte in bytes.readableBytesView { lastFour = lastFour << 8 | UInt32(byte) }
        }
        reading = bytes
        context.fireChannelRead(data)
        reading = nil
    }

    /// Heads come only so that the decoder sees them pass.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.succeed(())
    }

    func startCounting() { received = 0 }

    func send(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }

    func flush() { context?.flush() }
}

extension ByteBuffer {
    /// The address just behind the readable bytes: only ever compared.
    var endAddress: UInt {
        withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) &+ UInt(bitPattern: $0.count) }
    }
}
