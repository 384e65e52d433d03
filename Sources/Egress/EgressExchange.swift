import Kernel
import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS

/// One request and its response on one connection. Counts what comes, and ends it all at the deadline.
final class EgressExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: [UInt8]
    private let isTLS: Bool
    /// The host's name; nil for an address.
    private let name: String?
    private let address: IPAddress
    private let settings: EgressSettings
    private let connectBy: NIODeadline
    private let deadline: NIODeadline
    private let result: EventLoopPromise<EgressResponse>
    private var isSent = false
    private var isDone = false
    private var timers: [Scheduled<Void>] = []
    private var response: HTTPResponseHead?
    private var bytes: [UInt8] = []

    init(
        head: HTTPRequestHead, body: [UInt8], isTLS: Bool, name: String?, address: IPAddress, settings: EgressSettings,
        connectBy: NIODeadline, deadline: NIODeadline, result: EventLoopPromise<EgressResponse>
    ) {
        self.head = head
        self.body = body
        self.isTLS = isTLS
        self.name = name
        self.address = address
        self.settings = settings
        self.connectBy = connectBy
        self.deadline = deadline
        self.result = result
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        timers.append(
            context.eventLoop.scheduleTask(deadline: deadline) {
                let (handler, context) = bound.value
                handler.fail(.timeout, "no complete answer in time", context)
            })
        guard isTLS else { return send(context) }
        timers.append(
            context.eventLoop.scheduleTask(deadline: connectBy) {
                let (handler, context) = bound.value
                if !handler.isSent { handler.fail(.timeout, "TLS wasn't agreed in time", context) }
            })
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            if isNamed(context) { send(context) } else { fail(.tls, "the certificate is somebody else's", context) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Whether the certificate names the host; an address in the URL was compared by NIOSSL.
    private func isNamed(_ context: ChannelHandlerContext) -> Bool {
        guard let name else { return true }
        let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        guard let certificate = handler?.peerCertificate else { return false }
        return CertificateName.matches(name, CertificateName.names(of: certificate))
    }

    private func send(_ context: ChannelHandlerContext) {
        guard !isSent, !isDone else { return }
        isSent = true
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            let size = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
            guard size <= settings.headerLimit else { return fail(.tooLarge, "its header is too large", context) }
            if let length = head.headers.first(name: "content-length").flatMap(Int.init), length > settings.bodyLimit,
                self.head.method != .HEAD
            {
                return fail(.tooLarge, "its body has \(length) bytes", context)
            }
            response = head
        case .body(var part):
            guard part.readableBytes <= settings.bodyLimit - bytes.count else {
                return fail(.tooLarge, "its body has more than \(settings.bodyLimit) bytes", context)
            }
            bytes += part.readBytes(length: part.readableBytes) ?? []
        case .end:
            guard let response else { return fail(.malformed, "an end without a beginning", context) }
            finish()
            result.succeed(
                EgressResponse(
                    status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
                    body: bytes,
                    address: address))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.invalidEOFState: fail(.connection, "the connection ended before the answer did", context)
        case is HTTPParserError: fail(.malformed, "what came isn't HTTP", context)
        case NIOSSLError.uncleanShutdown: fail(.connection, "the connection broke", context)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: fail(.tls, "TLS failed: \(error)", context)
        default: fail(.connection, "the connection broke", context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(isTLS && !isSent ? .tls : .connection, "the connection ended before the answer did", context)
        context.fireChannelInactive()
    }

    private func fail(_ code: EgressError.Code, _ detail: String, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        finish()
        result.fail(EgressError(code, "\(address): \(String(detail.prefix(300)))"))
        context.close(promise: nil)
    }

    private func finish() {
        isDone = true
        for timer in timers { timer.cancel() }
        timers = []
    }
}
