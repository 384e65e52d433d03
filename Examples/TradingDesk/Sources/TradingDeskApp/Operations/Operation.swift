import HTTPTypes
import Hummingbird
import HummingbirdCore

/// One route: what it is for, who may use it, and what answers.
///
/// The list of operations is the single source of the router, of 405 with Allow, and of `/openapi.json`.
struct Operation: Sendable {
    /// Who may call it.
    enum Access: String, Sendable { case anyone, member, admin }

    var method: HTTPRequest.Method
    /// With `{name}` for captured segments.
    var path: String
    var id: String
    var summary: String
    var tag: String
    var access: Access
    /// A page or a form for browsers: left out of the API description.
    var isPage = false
    var input: Input?
    var query: [Parameter] = []
    /// Status of success and the name of the answer's schema; nil for an empty answer.
    var success: (status: Int, schema: String?)
    /// Statuses of failure beyond those that every operation can have.
    var failures: [Int] = []
    var handler: @Sendable (DeskRequest) async throws -> Response

    /// A request body.
    enum Input: Sendable {
        /// A JSON object with these members.
        case json([Member])
        /// A bank statement, raw or as a multipart field called `file`.
        case statement
    }

    /// A member of a JSON body.
    struct Member: Sendable {
        var name: String
        var type: String
        var isRequired = true
        var about: String
        var example: JSONValue?
        var values: [String] = []
    }

    /// A query parameter.
    struct Parameter: Sendable {
        var name: String
        var about: String
        var isRequired = false
    }
}

extension Operation {
    /// An operation of the JSON API.
    static func api(
        _ method: HTTPRequest.Method, _ path: String, _ id: String, _ summary: String, tag: String, access: Access,
        input: [Member]? = nil, query: [Parameter] = [], success: (Int, String?), failures: [Int] = [],
        handler: @escaping @Sendable (DeskRequest) async throws -> Response
    ) -> Operation {
        Operation(
            method: method, path: path, id: id, summary: summary, tag: tag, access: access,
            input: input.map { .json($0) }, query: query, success: (success.0, success.1), failures: failures,
            handler: handler)
    }

    /// A page, or the form on one.
    static func page(
        _ method: HTTPRequest.Method, _ path: String, access: Access = .member,
        handler: @escaping @Sendable (DeskRequest) async throws -> Response
    ) -> Operation {
        Operation(
            method: method, path: path, id: "\(method.rawValue) \(path)", summary: "", tag: "pages", access: access,
            isPage: true, success: (200, nil), handler: handler)
    }
}

/// All operations, by path.
struct RouteTable: Sendable {
    let operations: [Operation]
    private let entries: [Entry]

    private struct Entry: Sendable {
        var segments: [String]
        var operations: [Operation]
    }

    /// What answers at a path.
    struct Match: Sendable {
        var operations: [Operation]
        /// The path as the router takes it: captured segments percent-encoded.
        var path: String
        var methods: [HTTPRequest.Method] { operations.map(\.method) }
        /// The value of `Allow`.
        var allow: String {
            var names = methods.map(\.rawValue)
            if names.contains("GET") { names.append("HEAD") }
            return (names + ["OPTIONS"]).joined(separator: ", ")
        }
    }

    init(_ operations: [Operation]) {
        self.operations = operations
        var entries: [Entry] = []
        for operation in operations {
            let segments = operation.path.split(separator: "/").map(String.init)
            if let index = entries.firstIndex(where: { $0.segments == segments }) {
                entries[index].operations.append(operation)
            } else {
                entries.append(Entry(segments: segments, operations: [operation]))
            }
        }
        self.entries = entries
    }

    /// The operations at `path` (decoded); literal segments before captured ones.
    func match(_ path: String) -> Match? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        let wanted = segments == [""] ? [] : segments
        let fitting = entries.filter { entry in
            entry.segments.count == wanted.count
                && zip(entry.segments, wanted).allSatisfy { $0.hasPrefix("{") ? !$1.isEmpty : $0 == $1 }
        }
        let best = fitting.min { left, right in
            left.segments.count { $0.hasPrefix("{") } < right.segments.count { $0.hasPrefix("{") }
        }
        guard let best else { return nil }
        let encoded = "/" + wanted.map { PercentCoding.encode($0).replacing("/", with: "%2F") }.joined(separator: "/")
        return Match(operations: best.operations, path: encoded)
    }

    /// The Hummingbird router over all operations.
    func router(desk: Desk) -> some HTTPResponder<DeskContext> {
        let router = Router(context: DeskContext.self)
        for operation in operations {
            let handler = operation.handler
            router.on(RouterPath(operation.path), method: operation.method) { request, context -> Response in
                try await handler(DeskRequest(request: request, context: context, desk: desk))
            }
        }
        return router.buildResponder()
    }
}
