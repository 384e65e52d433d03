import NIOCore
import NIOPosix
import Synchronization

/// A listener of ours on this machine that remembers who called and what they asked for: what a server-side request
/// forgery runs into.
final class CatchListener: Sendable {
    private let channel: any Channel
    private let log: CatchLog
    let port: Int

    private init(channel: any Channel, port: Int, log: CatchLog) {
        self.channel = channel
        self.port = port
        self.log = log
    }

    static func start(group: any EventLoopGroup) async throws -> CatchListener {
        let log = CatchLog()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(CatchHandler(log: log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return CatchListener(channel: channel, port: channel.localAddress?.port ?? 0, log: log)
    }

    /// First lines of what was asked for.
    var requests: [String] { log.lines.withLock { $0 } }

    func stop() async { try? await channel.close() }
}

final class CatchLog: Sendable {
    let lines = Mutex<[String]>([])
}

private final class CatchHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let log: CatchLog
    private var hasAnswered = false

    init(log: CatchLog) { self.log = log }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        hasAnswered = true
        let line = text(of: unwrapInboundIn(data).readableBytesView.prefix(200)).prefix {
            $0 != "\r" && $0 != "\n" && $0 != "\r\n"
        }
        log.lines.withLock { if $0.count < 100 { $0.append(String(line)) } }
        let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { _ in channel.close(promise: nil) }
    }
}
