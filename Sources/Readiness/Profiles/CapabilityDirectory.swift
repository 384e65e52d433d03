/// The ids of the gateway's capabilities that checklists may name. This room can't see the gateway: a test holds the
/// ids that are said to exist against the manifests.
public enum CapabilityDirectory {
    /// All that the catalogue of the product knows.
    static let ids: [String] = areas.flatMap { area, names in names.map { "\(area).\($0)" } }

    private static let areas: [(String, [String])] = [
        (
            "identity",
            [
                "password", "sign-up", "adopt", "session", "token", "refresh", "api-key", "lockout", "two-factor",
                "oidc",
                "roles", "projects", "administration",
            ]
        ),
        (
            "protection",
            [
                "headers", "https", "cors", "csrf", "request-shape", "upload", "inspection", "rate-limit", "quota",
                "errors", "error-scrubbing", "correlation", "websocket", "cache", "compression", "serialisation",
                "ownership", "versioning", "maintenance", "cookies", "exposure", "host", "client-address",
                "header-hygiene", "route-policy",
            ]
        ),
        (
            "privacy",
            [
                "data-map", "export", "erasure", "anonymise", "consent", "retention", "breach", "audit", "at-rest",
                "pipelines",
            ]
        ),
        (
            "observability",
            ["log", "security-events", "metrics", "trace", "health", "alerts", "analytics", "client-errors"]
        ),
        (
            "operations",
            [
                "database", "locking", "migrations", "backup", "secrets", "jobs", "email", "search", "administration",
                "deploy",
            ]
        ),
        ("guidance", ["gates", "help", "tips", "tours", "onboarding", "assistant", "client"]),
        (
            "readiness",
            [
                "probes", "authorization", "race", "prove", "rehearse", "pages", "checklist", "load", "source",
                "imports",
                "claims", "levels", "uat", "watch", "report",
            ]
        ),
    ]
}
