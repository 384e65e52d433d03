import HTTPTypes

/// A refusal or failure that the desk answers with: one shape for every route.
struct DeskError: Error, Sendable {
    var status: HTTPResponse.Status
    /// Stable, for programs: `order-not-open`.
    var code: String
    /// For people; never internals.
    var detail: String
    var headers: HTTPFields = [:]
    /// What a flawed desk shows instead: a debug page with stack frames. Nil in every sound answer.
    var exposedTrace: String?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, headers: HTTPFields = [:],
        exposedTrace: String? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.exposedTrace = exposedTrace
    }

    static func invalid(_ code: String, _ detail: String) -> DeskError { .init(.unprocessableContent, code, detail) }
    static func malformed(_ code: String, _ detail: String) -> DeskError { .init(.badRequest, code, detail) }
    static func conflict(_ code: String, _ detail: String) -> DeskError { .init(.conflict, code, detail) }
    static let notFound = DeskError(.notFound, "not-found", "There is nothing here, or it isn't yours.")
    static let signInRequired = DeskError(.unauthorized, "sign-in-required", "Sign in first.")
    static let forbidden = DeskError(.forbidden, "forbidden", "Your account may not do this.")
    static let internalError = DeskError(
        .internalServerError, "internal-error", "Something went wrong on our side. Quote the request id.")
}

extension DeskError {
    /// What a careless framework shows in development: the kind of page that the trace flaws leave open.
    static func crash(_ code: String, _ message: String, sql: String? = nil) -> DeskError {
        var trace = """
            Fatal error: \(message)
            Traceback (most recent call first):
              at TradingDesk.Router.dispatch (/srv/tradingdesk/Sources/Router.swift:214:17)
              at TradingDesk.Handlers.\(code) (/srv/tradingdesk/Sources/Handlers.swift:88:9)
              at Hummingbird.RouterResponder.respond (/srv/tradingdesk/.build/checkouts/hummingbird/Router.swift:41:32)
            """
        if let sql { trace += "\nStatement: \(sql)" }
        return DeskError(.internalServerError, code, message, exposedTrace: trace)
    }
}
