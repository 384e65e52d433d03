import FoundationEssentials
import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Logging
import NIOCore
import Web

/// One route of our own: where, how, what for, and what answers.
struct OwnRoute: Sendable {
    typealias Answer = @Sendable (Hummingbird.Request, OwnContext) async throws -> Hummingbird.Response

    let door: Door
    let method: HTTPRequest.Method
    /// In the router's syntax, such as `/users/:id`.
    let path: String
    /// The path is one under the gateway's own prefix.
    var isUnderPrefix = false
    /// One sentence, for the index.
    let summary: String
    /// Statements that one request may send to the database: a number that doesn't grow with what is in it.
    let budget: Int
    /// What it asks of its caller.
    var access = OwnAccess.open
    let answer: Answer

    init(
        _ door: Door, _ method: HTTPRequest.Method, _ path: String, _ summary: String, underPrefix: Bool = false,
        budget: Int = 8, answer: @escaping Answer
    ) {
        self.budget = budget
        self.door = door
        isUnderPrefix = underPrefix
        self.method = method
        self.path = path
        self.summary = summary
        self.answer = answer
    }
}

/// What a route of ours asks of its caller.
enum OwnAccess: Sendable, Equatable {
    /// Nothing; a route that asks for the caller all the same gets only one with a session.
    case open
    /// Somebody who is signed in by a session: what hurts isn't done by keys and tokens.
    case session
    /// Somebody who is signed in, whatever shows it: a session, a token, a key of any scope.
    case anyCredential
    /// Somebody whose role, and whose API key where one was shown, has this permission.
    case permission(Permission)
}

/// What own routes ask of the running gateway.
public struct OwnRoutePorts: Sendable {
    /// Whether the gateway should be sent requests just now.
    public var readiness: @Sendable () async -> Readiness
    /// Prometheus's text format.
    public var metrics: @Sendable () async -> String
    /// Where our own pages are on both doors, without the slash at its end.
    public var prefix: String
    /// Where statements are counted that requests send.
    let ledger: StatementLedger
    /// nil where nobody signs in here.
    var identity: IdentityFlows?
    /// nil where there is no console.
    var console: ConsoleDesk?

    public init(
        prefix: String = "/seaworthy", readiness: @escaping @Sendable () async -> Readiness,
        metrics: @escaping @Sendable () async -> String
    ) {
        self.init(prefix: prefix, ledger: StatementLedger(), readiness: readiness, metrics: metrics)
    }

    init(
        prefix: String, ledger: StatementLedger, readiness: @escaping @Sendable () async -> Readiness,
        metrics: @escaping @Sendable () async -> String
    ) {
        self.ledger = ledger
        self.prefix = prefix
        self.readiness = readiness
        self.metrics = metrics
    }
}

/// The answer of `/health/ready`.
public struct Readiness: Sendable, Encodable {
    /// One thing that must hold.
    public struct Dependency: Sendable, Encodable {
        public let name: String
        public let holds: Bool
        /// Why not; free of addresses and secrets.
        public let detail: String?
        public init(name: String, holds: Bool, detail: String? = nil) {
            self.name = name
            self.holds = holds
            self.detail = detail
        }
    }
    public let status: String
    public let dependencies: [Dependency]
    public var isReady: Bool { dependencies.allSatisfy(\.holds) }

    public init(_ dependencies: [Dependency]) {
        self.dependencies = dependencies
        self.status = dependencies.allSatisfy(\.holds) ? "ready" : "not-ready"
    }
}

extension OwnRoute {
    /// The whole path, in the router's syntax.
    func path(under prefix: String) -> String { isUnderPrefix ? prefix + path : path }

    /// Whether a path is one of this route, whatever the method.
    func covers(_ path: some StringProtocol, under prefix: String) -> Bool {
        let pattern = self.path(under: prefix).split(separator: "/")
        let parts = path.split(separator: "/")
        return pattern.count == parts.count && zip(pattern, parts).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
    }
}

/// The answer of `/health/live`.
struct Liveness: Encodable {
    let status = "live"
}

/// What an own route knows of its exchange; nothing of it travels in headers.
struct OwnContext: RequestContext {
    struct Origin: RequestContextSource {
        let logger: Logger
        let requestID: String
        let door: Door
        let ports: OwnRoutePorts
        var client: IPAddress?
        var isSecure = false
        var caller: SignedIn?
        var enrolling: SignedIn?
    }

    typealias Source = Origin

    var coreContext: CoreRequestContextStorage
    let requestID: String
    let door: Door
    let ports: OwnRoutePorts
    /// Who is asking, by address.
    let client: IPAddress?
    /// Whether the client spoke HTTPS to us or to a trusted hop.
    let isSecure: Bool
    /// nil for whoever isn't signed in with us.
    let caller: SignedIn?
    /// Who must set up a second factor before anything else.
    let enrolling: SignedIn?

    init(source: Origin) {
        client = source.client
        isSecure = source.isSecure
        caller = source.caller
        enrolling = source.enrolling
        coreContext = CoreRequestContextStorage(source: source)
        requestID = source.requestID
        door = source.door
        ports = source.ports
    }
}

extension Hummingbird.Response {
    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Hummingbird.Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Hummingbird.Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }
}
