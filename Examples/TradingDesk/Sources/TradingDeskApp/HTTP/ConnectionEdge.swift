import Foundation
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// HTTP/1.1 with one handler of ours beneath the framework: what never becomes a request there (a method that the
/// parser doesn't know, a malformed head) is answered here, in the desk's own shape.
struct DeskChannel: HTTPChannelHandler {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let listener: Listener
    let flaws: FlawSelection

    var responder: HTTPChannelHandler.Responder { base.responder }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(
                ConnectionEdge(listener: listener, flaws: flaws), position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

/// Rewrites the framework's bare parser errors, answers `Expect: 100-continue`, and lets a refused upload read its answer.
final class ConnectionEdge: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let listener: Listener
    private let flaws: FlawSelection
    private var parserError: HTTPParserError?
    private var isReplacing = false
    private var closesAfterEnd = false
    private var isDraining = false

    init(listener: Listener, flaws: FlawSelection) {
        self.listener = listener
        self.flaws = flaws
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isDraining { return }
        if case .head(var head) = unwrapInboundIn(data), !head.uri.hasPrefix("/"), head.uri != "*" {
            // A target that names a host of its own: without Host the front desk refuses it as naming two.
            head.headers.remove(name: "Host")
            return context.fireChannelRead(wrapInboundOut(.head(head)))
        }
        if case .head(let head) = unwrapInboundIn(data),
            head.headers.first(name: "Expect")?.lowercased() == "100-continue",
            FrontDesk.mayContinue(contentLength: head.headers.first(name: "Content-Length"), flaws: flaws)
        {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isDraining { return }
        if let error = error as? HTTPParserError { parserError = error }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        // Every answer of the desk has a Date; the framework's answer to a parser error has none.
        case .head(let head) where !head.headers.contains(name: "Date") && head.status == .badRequest:
            isReplacing = true
            closesAfterEnd = true
            let (head, body) = parserAnswer()
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: promise)
        case .head(let head):
            closesAfterEnd = head.headers.first(name: "Connection")?.lowercased() == "close"
            context.write(data, promise: promise)
        case .body where isReplacing:
            promise?.succeed()
        case .end where closesAfterEnd:
            isDraining = true
            context.writeAndFlush(data, promise: promise)
            linger(context)
        default:
            context.write(data, promise: promise)
        }
    }

    /// Says goodbye, then throws away what still comes for a second: a reset would take the answer from the client.
    private func linger(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(mode: .all, promise: nil) }
    }

    private func parserAnswer() -> (HTTPResponseHead, ByteBuffer) {
        var status = HTTPResponseStatus.badRequest
        var detail = "The request can't be read."
        if parserError == .invalidMethod {
            status = flaws.contains(.anyMethod) ? .ok : .notImplemented
            detail = "The method isn't known here."
        }
        let identifier = UUID().uuidString.lowercased()
        var headers = HTTPHeaders()
        let fields = SecurityHeaders.fields(flaws: flaws, isSecure: listener == .tls, status: Int(status.code))
        for (name, value) in fields { headers.add(name: name, value: value) }
        if !flaws.contains(.missingRequestID) { headers.add(name: "X-Request-ID", value: identifier) }
        if flaws.contains(.serverBanner) {
            for (name, value) in FrontDesk.banner { headers.add(name: name, value: value) }
        }
        headers.add(name: "Date", value: HTTPDate.format(Date.now))
        headers.add(name: "Cache-Control", value: "no-store")
        headers.add(name: "Connection", value: "close")
        let text: String
        if status == .ok {
            text = "OK"
            headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        } else if flaws.contains(.inconsistentErrors) {
            text = status.reasonPhrase
            headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        } else {
            text = ErrorShape.problem(
                status: Int(status.code), title: status.reasonPhrase,
                code: status == .badRequest ? "malformed-request" : "method-not-implemented", detail: detail,
                requestID: identifier, instance: nil)
            headers.add(name: "Content-Type", value: "application/problem+json")
        }
        headers.add(name: "Content-Length", value: String(text.utf8.count))
        return (HTTPResponseHead(version: .http1_1, status: status, headers: headers), ByteBuffer(string: text))
    }
}

/// Dates as HTTP writes them (RFC 9110 section 5.6.7).
enum HTTPDate {
    static func format(_ date: Date) -> String {
        let style = Date.VerbatimFormatStyle(
            format: """
                \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT
                """,
            locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
        return date.formatted(style)
    }
}
