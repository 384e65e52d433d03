/// Why something was refused: a stable id that stands in the log, the metric and the problem document alike,
/// such as `csrf.cross-site` or `request-shape.both-lengths`. Lower case, words by `-`, area by `.`.
public struct ReasonID: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }
}

/// A refusal or failure as everybody may see it (RFC 9457), with a private cause that only the log sees.
///
/// `type`, `instance`, the request id and the time are added where it is rendered, because only there they are known.
public struct Problem: Error, Sendable, Equatable {
    /// Who is to blame, so that a reader of the log knows where to look (Pingora's error source).
    public enum Source: String, Sendable, Codable {
        case client
        case edge
        case upstream
    }

    public let reason: ReasonID
    /// HTTP status, 400…599.
    public let status: Int
    /// One short sentence that never changes for this reason.
    public let title: String
    /// What is wrong with this very request and what would be valid. Never internals.
    public var detail: String?
    public var source: Source
    /// Seconds for `Retry-After`, where trying again makes sense.
    public var retryAfter: Int?
    /// Further response headers that this status asks for (`Allow`, `RateLimit`, …), name and value.
    public var headers: [(name: String, value: String)]
    /// For the log only; never leaves the server.
    public var cause: String?
    /// Whether the connection must not be used again after this answer (framing is in doubt).
    public var closesConnection: Bool

    public init(
        _ reason: ReasonID, status: Int, title: String, detail: String? = nil, source: Source = .client,
        retryAfter: Int? = nil, headers: [(name: String, value: String)] = [], cause: String? = nil,
        closesConnection: Bool = false
    ) {
        self.reason = reason
        self.status = status
        self.title = title
        self.detail = detail
        self.source = source
        self.retryAfter = retryAfter
        self.headers = headers
        self.cause = cause
        self.closesConnection = closesConnection
    }

    public static func == (a: Problem, b: Problem) -> Bool {
        a.reason == b.reason && a.status == b.status && a.title == b.title && a.detail == b.detail
            && a.source == b.source && a.retryAfter == b.retryAfter && a.cause == b.cause
            && a.headers.elementsEqual(b.headers, by: { $0 == $1 }) && a.closesConnection == b.closesConnection
    }
}
