import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// The outermost responder: everything that holds for every response, thrown errors included, is decided here.
struct FrontDesk: HTTPResponder {
    typealias Context = DeskContext

    let desk: Desk
    let listener: Listener
    let routes: RouteTable
    let router: any HTTPResponder<DeskContext>

    private var flaws: FlawSelection { desk.flaws }

    static let banner = [
        ("Server", "TradingDesk/1.4 Hummingbird/2.28 (Linux)"), ("X-Powered-By", "Swift/6.3 GRDB/7.10"),
    ]
    static let bodyLimit = 10_485_760

    func respond(to request: Request, context: DeskContext) async throws -> Response {
        var context = context
        context.listener = listener
        context.isSecure =
            listener == .tls
            || (context.peerIsLoopback && request.headers[.forwardedProto]?.lowercased() == "https")
        context.requestID = requestID(request)
        context.path = String((request.head.path ?? "").prefix { $0 != "?" })
        if listener != .operations { desk.served.add() }
        let limit = countRequest(request, context)
        var response: Response
        do {
            response = try await admit(request, &context, limit)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            response = ErrorShape.response(
                deskError(error, context), path: context.path, accept: request.headers[.accept], context: context,
                desk: desk)
        }
        await finish(&response, request, context, limit)
        return response
    }

    // MARK: On the way in

    private func admit(_ request: Request, _ context: inout DeskContext, _ limit: RequestLimit.Decision?) async throws
        -> Response
    {
        if let limit, !limit.isAllowed {
            throw DeskError(.tooManyRequests, "too-many-requests", "Slow down and try again in \(limit.seconds) s.")
        }
        try checkHost(request)
        if listener == .operations { return try operations(context) }
        context.path = try judgePath(request)
        if let response = try checkMethod(request) { return response }
        if listener == .plain, let redirect = secureRedirect(request, context) { return redirect }
        context.content = try await collect(request)
        try checkCrossSite(request, context)
        if request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true,
            context.content.readableBytes > 0
        {
            _ = try Self.parseJSON(context.content, flaws: flaws)
        }
        if let response = preflight(request) { return response }
        if let response = exposure(request, context) { return response }
        if let token = Cookies.value(SessionCookie.name, in: request.headers[.cookie]) {
            context.person = try await desk.accounts.person(session: token)
        } else if let field = request.headers[.authorization], field.lowercased().hasPrefix("bearer ") {
            context.person = try await desk.accounts.person(bearer: String(field.dropFirst(7)))
        }
        return try await route(request, context)
    }

    private func route(_ request: Request, _ context: DeskContext) async throws -> Response {
        let match = routes.match(context.path)
        guard let match else {
            if flaws.contains(.verboseNotFound) {
                throw DeskError.crash(
                    "index", "no route matches the path: RouterError.notFound in /srv/tradingdesk/Sources")
            }
            throw DeskError.notFound
        }
        let method = request.method == .head ? .get : request.method
        if request.method == .options, !match.methods.contains(.options) {
            return Answer.empty(.noContent, headers: [.allow: match.allow])
        }
        guard let operation = match.operations.first(where: { $0.method == method }) else {
            if flaws.contains(.hiddenMethod), method == .put, context.path == "/api/notes" {
                return try Answer.json(["notes": []])
            }
            if flaws.contains(.methodCrash) {
                throw DeskError.crash("dispatch", "unexpectedly found nil while unwrapping handler for method")
            }
            throw DeskError(
                .methodNotAllowed, "method-not-allowed", "This path takes \(match.allow).",
                headers: [.allow: match.allow])
        }
        try authorise(operation, request, context)
        var head = request.head
        head.method = method
        head.path = match.path + (request.uri.query.map { "?" + $0 } ?? "")
        return try await router.respond(
            to: Request(head: head, body: RequestBody(buffer: context.content)), context: context)
    }

    private func authorise(_ operation: Operation, _ request: Request, _ context: DeskContext) throws {
        if operation.access == .anyone { return }
        if operation.id == "prices", flaws.contains(.forgottenGuard) { return }
        if operation.access == .admin, flaws.contains(.unprotectedAdmin) { return }
        guard let person = context.person else {
            guard operation.isPage else { throw DeskError.signInRequired }
            let target = request.method == .get ? "?next=\(PercentCoding.encode(context.path))" : ""
            throw DeskError(.seeOther, "sign-in-required", "Sign in first.", headers: [.location: "/sign-in\(target)"])
        }
        if operation.access == .admin, person.role != .admin { throw DeskError.forbidden }
    }

    private func deskError(_ error: any Error, _ context: DeskContext) -> DeskError {
        if let error = error as? DeskError { return error }
        if let error = error as? any HTTPResponseError {
            return error.status == .notFound
                ? .notFound : DeskError(error.status, "request-refused", "The request can't be served.")
        }
        desk.logger.error("request failed", metadata: ["id": "\(context.requestID)", "error": "\(error)"])
        return .internalError
    }

    private func requestID(_ request: Request) -> String {
        let given = request.headers[.requestID]
        if flaws.contains(.echoesRequestID), let given { return given }
        return RequestIdentifier.validated(given) ?? UUID().uuidString.lowercased()
    }

    private func countRequest(_ request: Request, _ context: DeskContext) -> RequestLimit.Decision? {
        guard !flaws.contains(.noRateLimit), let limit = desk.requestLimit else { return nil }
        var client = context.peer ?? "unknown"
        if flaws.contains(.trustsForwardedFor), let forwarded = request.headers[.forwardedFor] {
            client = String(forwarded.prefix { $0 != "," })
        }
        return limit.count(client, at: .now, consume: !context.path.hasPrefix("/health/"))
    }

    // MARK: On the way out

    private func finish(
        _ response: inout Response, _ request: Request, _ context: DeskContext, _ limit: RequestLimit.Decision?
    ) async {
        let fields = SecurityHeaders.fields(flaws: flaws, isSecure: context.isSecure, status: response.status.code)
        for (name, value) in fields { setField(name, value, on: &response) }
        if flaws.contains(.serverBanner) {
            for (name, value) in Self.banner { setField(name, value, on: &response) }
        }
        if !flaws.contains(.missingRequestID) { response.headers[.requestID] = context.requestID }
        if let limit, !flaws.contains(.silentRateLimit), let quota = desk.requestLimit?.perMinute {
            response.headers[.rateLimitPolicy] = "\"address\";q=\(quota);w=60"
            response.headers[.rateLimit] = "\"address\";r=\(limit.remaining);t=\(limit.seconds)"
            if response.status == .tooManyRequests { response.headers[.retryAfter] = String(limit.seconds) }
        }
        if response.headers[.cacheControl] == nil {
            response.headers[.cacheControl] =
                flaws.contains(.cacheablePrivatePages) && response.status.code < 400
                ? "public, max-age=600" : "no-store"
        }
        shareAcrossOrigins(&response, request)
        if let location = response.headers[.location], location.hasPrefix("/"),
            let host = Self.claimedHost(request.head, flaws: flaws)
        {
            response.headers[.location] = "\(context.isSecure ? "https" : "http")://\(host)\(location)"
        }
        await compress(&response, request)
        if response.status == .contentTooLarge { response.headers[.connection] = "close" }
        if request.method == .head { response = response.createHeadResponse() }
        if response.status == .noContent || response.status == .notModified { response.headers[.contentLength] = nil }
    }

    private func setField(_ name: String, _ value: String, on response: inout Response) {
        guard let name = HTTPField.Name(name) else { return }
        response.headers[name] = value
    }

    private func compress(_ response: inout Response, _ request: Request) async {
        guard Compression.isText(response.headers[.contentType]), !flaws.contains(.noCompression),
            response.headers[.contentEncoding] == nil
        else { return }
        response.headers[.vary] = "Accept-Encoding"
        guard (response.body.contentLength ?? 0) >= 1000, Compression.isAccepted(request.headers[.acceptEncoding])
        else { return }
        let collector = BodyCollector()
        guard (try? await response.body.write(collector)) != nil, let packed = Compression.gzip(collector.content)
        else { return }
        response.body = .init(byteBuffer: packed)
        response.headers[.contentEncoding] = "gzip"
    }

    /// A response of ours shares nothing with other origins; the CORS flaws share everything.
    private func shareAcrossOrigins(_ response: inout Response, _ request: Request) {
        guard let origin = request.headers[.origin] else { return }
        guard
            flaws.contains(.corsReflectsOrigin) || (flaws.contains(.corsNullOrigin) && origin == "null")
        else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlAllowCredentials] = "true"
        response.headers[.vary] = "Origin"
    }

    private func preflight(_ request: Request) -> Response? {
        guard request.method == .options, let origin = request.headers[.origin],
            flaws.contains(.corsReflectsOrigin) || (flaws.contains(.corsNullOrigin) && origin == "null")
        else { return nil }
        return Answer.empty(
            .noContent,
            headers: [
                .accessControlAllowMethods: "GET, POST, PUT, PATCH, DELETE",
                .accessControlAllowHeaders: request.headers[.accessControlRequestHeaders] ?? "content-type",
            ])
    }
}

extension HTTPField.Name {
    static let requestID = Self("X-Request-ID") ?? .date
    static let forwardedFor = Self("X-Forwarded-For") ?? .date
    static let forwardedHost = Self("X-Forwarded-Host") ?? .date
    static let forwardedProto = Self("X-Forwarded-Proto") ?? .date
    static let rateLimit = Self("RateLimit") ?? .date
    static let rateLimitPolicy = Self("RateLimit-Policy") ?? .date
    static let fetchSite = Self("Sec-Fetch-Site") ?? .date
}
