/// What a check comes to. Only `Evaluation` turns these into a score and a verdict.
public enum Outcome: String, Sendable, Codable, CaseIterable {
    /// Seen to hold: positive evidence, and at least one thing looked at.
    case holds
    /// Seen to be broken.
    case fails
    /// There is nothing here that the check is about.
    case notApplicable
    /// It could not look: not configured, not reachable, not told apart from something else.
    case notAvailable
    /// The check itself went wrong, or the target answered with something that is no HTTP.
    case error
    /// It failed, and somebody has signed for that until a date. Never a pass.
    case waived
}

/// Who can mend it: a layer in front of the app, or only the app.
public enum Side: String, Sendable, Codable { case edge, app }

/// How much it matters. A critical failure is NO-GO at any score and at every level.
public enum Severity: String, Sendable, Codable, Comparable {
    case minor, major, critical

    /// Weight in the score.
    public var weight: Int {
        switch self {
        case .minor: 2
        case .major: 5
        case .critical: 10
        }
    }

    public static func < (one: Severity, other: Severity) -> Bool { one.weight < other.weight }
}

/// The part of an app that a check belongs to; the score is broken down by it.
public enum Area: String, Sendable, Codable, CaseIterable {
    case headers, transport, cookies
    case crossOrigin = "cross-origin"
    case errors, correlation, requests, limits, exposure
    case delivery, identity, authorization, injection, race, pages, evidence, source

    public var title: String {
        switch self {
        case .headers: "Response headers"
        case .transport: "Transport"
        case .cookies: "Cookies and caching"
        case .crossOrigin: "Cross-origin"
        case .errors: "Errors"
        case .correlation: "Correlation"
        case .requests: "Requests"
        case .limits: "Limits"
        case .exposure: "Exposure"
        case .delivery: "Delivery and health"
        case .identity: "Identity and sessions"
        case .authorization: "Authorization"
        case .injection: "Injection and uploads"
        case .race: "Concurrency"
        case .pages: "Pages in a browser"
        case .evidence: "Imported evidence"
        case .source: "Source"
        }
    }
}
