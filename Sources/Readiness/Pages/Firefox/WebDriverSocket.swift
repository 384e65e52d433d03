import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// The WebSocket (RFC 6455) over which a Firefox on this machine is spoken to.
final class WebDriverSocket: Sendable {
    /// What it says, message by message; ends with the connection.
    let messages: AsyncStream<[UInt8]>
    private let channel: any Channel

    /// A message longer than this is no answer to anything that is asked here.
    private static let longestMessage = 64 * 1_048_576

    private init(channel: any Channel, messages: AsyncStream<[UInt8]>) {
        self.channel = channel
        self.messages = messages
    }

    static func connect(port: Int, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) async throws
        -> WebDriverSocket
    {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingNewest(20_000))
        let upgraded = try await ClientBootstrap(group: group).connectTimeout(.seconds(5))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, port: port, continuation)
                }
            }
        guard let channel = try await upgraded.get() else {
            continuation.finish()
            throw BrowserStartFailure(description: "it answered with something else than a WebSocket")
        }
        return WebDriverSocket(channel: channel, messages: stream)
    }

    private static func configure(
        _ channel: any Channel, port: Int, _ continuation: AsyncStream<[UInt8]>.Continuation
    ) throws -> EventLoopFuture<(any Channel)?> {
        let upgrader = NIOTypedWebSocketClientUpgrader<(any Channel)?>(
            maxFrameSize: longestMessage,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 100_000,
                            maxAccumulatedFrameSize: longestMessage),
                        WebDriverHandler(continuation),
                    ])
                    return channel
                }
            })
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/session", headers: ["Host": "127.0.0.1:\(port)"])
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(
                upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                    upgradeRequestHead: head, upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.close(promise: nil)
                        return channel.eventLoop.makeSucceededFuture(nil)
                    })))
    }

    func send(_ message: [UInt8]) {
        // A mask is there to keep proxies from being misled (RFC 6455, 10.3), and there is none between.
        let frame = WebSocketFrame(
            fin: true, opcode: .text, maskKey: [0x5A, 0xC3, 0x1F, 0x88], data: ByteBuffer(bytes: message))
        channel.writeAndFlush(frame, promise: nil)
    }

    func close() { channel.close(promise: nil) }
}

private final class WebDriverHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let continuation: AsyncStream<[UInt8]>.Continuation

    init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary: continuation.yield(Array(frame.unmaskedData.readableBytesView))
        case .ping:
            let answer = WebSocketFrame(
                fin: true, opcode: .pong, maskKey: [0x5A, 0xC3, 0x1F, 0x88], data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        case .connectionClose: context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
        context.fireChannelInactive()
    }
}
