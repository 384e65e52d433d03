import NIOCore
import NIOHTTP1
import NIOSSL

/// What came of one request under load.
struct LoadAnswer {
    var status: Int?
    var failure: String?
    var body: [UInt8] = []
    var fields = HTTPHeaders()
    /// The connection was used before and closed without a byte: the server had given it up meanwhile.
    var wasStale = false
}

/// A connection that carries one request at a time; all of it lives on its event loop.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private var context: ChannelHandlerContext?
    private var finish: ((LoadAnswer) -> Void)?
    private var answer = LoadAnswer()
    private var keepsBody = false
    private var staysOpen = true
    private var served = 0
    private var hasBytes = false
    private(set) var isOpen = true
    /// Told once when the connection is gone.
    var closed: (() -> Void)?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func send(
        _ head: HTTPRequestHead, _ body: [UInt8], keepsBody: Bool, finish: @escaping (LoadAnswer) -> Void
    ) {
        guard let context, isOpen else {
            return finish(LoadAnswer(failure: "connection closed", wasStale: served > 0))
        }
        self.finish = finish
        self.keepsBody = keepsBody
        answer = LoadAnswer()
        staysOpen = true
        hasBytes = false
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Gives the request up; the connection can't be used again.
    func abandon() {
        finish = nil
        context?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasBytes = true
        switch unwrapInboundIn(data) {
        case .head(let head):
            // 1xx answers come before the real one.
            guard head.status.code >= 200 else { return }
            answer.status = Int(head.status.code)
            answer.fields = head.headers
            staysOpen = head.isKeepAlive
        case .body(let bytes):
            guard keepsBody, answer.body.count < 262_144 else { return }
            answer.body += Array(bytes.readableBytesView.prefix(262_144 - answer.body.count))
        case .end:
            guard answer.status != nil else { return }
            served += 1
            if !staysOpen {
                isOpen = false
                context.close(promise: nil)
            }
            settle(answer)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let failure = error as? NIOSSLError, case .uncleanShutdown = failure { return }
        isOpen = false
        settle(LoadAnswer(failure: failureWord(error), wasStale: served > 0 && !hasBytes))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOpen = false
        settle(LoadAnswer(failure: "connection closed", wasStale: served > 0 && !hasBytes))
        closed?()
        closed = nil
        context.fireChannelInactive()
    }

    private func settle(_ answer: LoadAnswer) {
        guard let finish else { return }
        self.finish = nil
        finish(answer)
    }
}

/// A few words, the same for the same kind of failure, so that they can be counted.
func failureWord(_ error: any Error) -> String { String(plainReason(error).prefix(60)) }
