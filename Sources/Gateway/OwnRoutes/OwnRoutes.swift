import HTTPTypes
import Hummingbird
import Kernel
import Logging
public import NIOCore
import NIOHTTP1
import Store
public import Web

/// Where requests end that are answered by ourselves: a router called in place, without a second HTTP codec.
public struct OwnRoutes: Terminal {
    private let responders: [Door: RouterResponder<OwnContext>]
    private let routes: [OwnRoute]
    private let ports: OwnRoutePorts
    private let logger: Logger

    /// - Parameter logger: what the router may tell; nothing of a request leaves through it by default.
    public init(ports: OwnRoutePorts) {
        self.init(routes: Routes.list + (ports.identity == nil ? [] : IdentityRoutes.list), ports: ports)
    }

    init(routes: [OwnRoute], ports: OwnRoutePorts) {
        self.routes = routes
        self.ports = ports
        self.logger = Logger(label: "seaworthy.own-routes", factory: { _ in SwiftLogNoOpLogHandler() })
        var responders: [Door: RouterResponder<OwnContext>] = [:]
        for door in [Door.public, .operator] {
            let router = Router(context: OwnContext.self, options: .autoGenerateHeadEndpoints)
            router.add(middleware: ErrorEscort())
            for route in routes where route.door == door {
                router.on(RouterPath(route.path(under: ports.prefix)), method: route.method) { request, context in
                    try await ports.ledger.counting(route) { try await route.answer(request, context) }
                }
            }
            responders[door] = router.buildResponder()
        }
        self.responders = responders
    }

    public func open(
        _ exchange: inout Exchange, answering sink: any ResponseSink, on eventLoop: any EventLoop
    ) -> Opening {
        let door = exchange.connection.door
        guard let responder = responders[door], let head = HTTPRequest(exchange.request) else {
            return .refused(OwnRoutes.notFound)
        }
        var logger = logger
        // `RequestContext.id` force-unwraps it.
        logger[metadataKey: "hb.request.id"] = .string(exchange.requestID)
        let context = OwnContext(
            source: .init(
                logger: logger, requestID: exchange.requestID, door: door, ports: ports,
                client: exchange.clientAddress, isSecure: exchange.externalScheme == .https, caller: exchange.caller,
                enrolling: exchange.enrolling))
        let request = OwnRequest(sink: sink, eventLoop: eventLoop)
        let explain = { @Sendable (error: any Error) in problem(for: error, door: door, head: head) }
        request.start { body, answer in
            do {
                let response = try await responder.respond(to: Request(head: head, body: body), context: context)
                try await answer.send(response)
            } catch {
                answer.fail(explain(error))
            }
        }
        return .streaming(request)
    }

    /// The mapping of this room's errors; whatever isn't mapped is a 500 that shows nothing.
    private func problem(for error: any Error, door: Door, head: HTTPRequest) -> Problem {
        let error = (error as? ErrorEscort.Escorted)?.error ?? error
        if let problem = error as? Problem { return problem }
        if let error = error as? DatabaseError { return error.problem }
        guard let error = error as? any HTTPResponseError else {
            return Problem(
                "own.failed", status: 500, title: "This page failed.", source: .edge, cause: String(describing: error))
        }
        switch error.status.code {
        case 404:
            let path = (head.path ?? "/").prefix { $0 != "?" }
            let allowed = routes.filter { $0.door == door && $0.covers(path, under: ports.prefix) }
                .map(\.method.rawValue)
            guard !allowed.isEmpty, !allowed.contains(head.method.rawValue) else { return OwnRoutes.notFound }
            var allow = allowed
            if allowed.contains("GET") { allow.append("HEAD") }
            return Problem(
                "own.method", status: 405, title: "This page does not take that method.",
                headers: [("allow", allow.joined(separator: ", "))])
        case 400..<500:
            return Problem("own.bad-request", status: error.status.code, title: "The request was not understood.")
        default:
            return Problem(
                "own.failed", status: 500, title: "This page failed.", source: .edge, cause: String(describing: error))
        }
    }

    private static let notFound = Problem("own.not-found", status: 404, title: "There is no such page here.")
}

/// Brings errors out of the router as they were: it would turn those that know a status, its own 404 too, into
/// responses that are no problem documents.
private struct ErrorEscort: RouterMiddleware {
    struct Escorted: Error { let error: any Error }

    func handle(
        _ request: Hummingbird.Request, context: OwnContext,
        next: (Hummingbird.Request, OwnContext) async throws -> Hummingbird.Response
    ) async throws -> Hummingbird.Response {
        do {
            return try await next(request, context)
        } catch {
            throw Escorted(error: error)
        }
    }
}

extension HTTPRequest {
    /// The head in the router's own terms; nil where the method or a name is none.
    fileprivate init?(_ head: RequestHead) {
        guard let method = HTTPRequest.Method(rawValue: head.method.rawValue) else { return nil }
        self.init(method: method, scheme: head.scheme.rawValue, authority: head.first(.host), path: head.target)
        headerFields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            guard let name = HTTPField.Name(name) else { return nil }
            headerFields.append(HTTPField(name: name, value: value))
        }
    }
}
