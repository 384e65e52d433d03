/// Every figure that a criterion can be decided by: its id, its unit and what it counts.
public enum FigureCatalogue {
    public struct Entry: Sendable {
        public let id: String
        public let unit: String?
        public let title: String
        /// Words in the name of a test that make it one of these; empty for figures that count no tests.
        public let words: [String]
    }

    public static let all: [Entry] = [
        entry("tests.pass-rate", "%", "tests that passed, of those that ran"),
        entry("tests.errors", nil, "tests that ended in an error"),
        entry("tests.total", nil, "tests that ran"),
        entry("tests.integration-pass-rate", "%", "integration tests that passed"),
        entry("tests.properties", nil, "properties tested with random inputs", "propert"),
        topic("email", "e-mail", "email", "mail", "smtp"),
        topic("upload", "uploads and file validation", "upload", "filevalid", "multipart"),
        topic("websocket", "WebSocket sign-in", "websocket", "socketauth"),
        topic("search", "search against injection", "search", "sqlinjection"),
        topic("monitoring", "monitoring endpoints", "monitor", "health", "metric", "alert"),
        topic("analytics", "the analytics engine", "analytic"),
        topic("pipeline", "the pipeline executor", "pipeline", "executor"),
        topic("schema", "schema introspection and mapping", "schema", "mapping", "introspect"),
        topic("builder-page", "the pipeline builder page", "builder"),
        topic("user-pages", "user management pages", "userpage", "usermanag", "userlist"),
        topic("charts", "charts", "chart"),
        topic("admin-pages", "administration and maintenance pages", "admin", "maintenance"),
        topic("workflows", "API workflows", "workflow"),
        topic("journeys", "journeys in a real browser", "journey", "e2e", "endtoend"),
        topic("security-controls", "headers, limits and input validation", "header", "ratelimit", "inputvalid"),
        topic("gdpr", "data protection", "gdpr", "consent", "erasure"),
        topic("log-events", "monitoring of headers, GDPR requests and limits", "securityevent", "auditlog", "monitor"),
        topic("cache", "the cache", "cache"),
        entry("coverage.lines", "%", "lines covered by tests"),
        entry("coverage.service", "%", "lines of services covered by tests"),
        entry("coverage.api", "%", "lines of the API covered by tests"),
        entry("coverage.front-end", "%", "lines of the front end covered by tests"),
        entry("types.coverage", "%", "expressions that have a type"),
        entry("types.errors", nil, "errors of the type checker"),
        entry("load.api-p95", "ms", "95th percentile of API answers"),
        entry("load.page-time", "ms", "time until a page is loaded"),
        entry("load.database-p95", "ms", "95th percentile of database statements"),
        entry("load.export-p95", "ms", "95th percentile of a data export"),
        entry("load.consent-p95", "ms", "95th percentile of reading one's consent"),
        entry("load.header-overhead", "ms", "what the security headers cost per request"),
        entry("load.errors", "%", "requests under load that failed"),
        entry("load.users", nil, "people at once under load"),
        entry("load.statements-per-request", nil, "most database statements of one request"),
        entry("browser.memory", "MB", "memory of the heaviest page"),
        entry("browser.long-tasks", nil, "tasks of more than 50 ms while charts are drawn"),
        entry("browser.component-score", nil, "score of page components"),
        entry("browser.accessibility-violations", nil, "violations that axe finds"),
        entry("scan.critical", nil, "critical findings of scanners"),
        entry("scan.vulnerabilities", nil, "dependencies with a known vulnerability"),
        entry("scan.secrets", nil, "secrets found in the source"),
        entry("scan.unwired", nil, "middleware, guards and routes that nothing uses"),
        entry("scan.unlocked-updates", nil, "read-modify-write sequences without a lock"),
        entry("claims.contradictions", nil, "statements of the documentation that the source contradicts"),
        entry("artefacts.missing", nil, "build artefacts that are missing"),
        entry("artefacts.differing", nil, "build artefacts that aren't the same when built again"),
        entry("routes.refusing", "%", "protected routes that refuse a missing, expired, re-signed and foreign token"),
        entry("availability.uptime", "%", "time in which the app answered"),
        entry("availability.errors", "%", "requests that failed, over time"),
        entry("uat.items", nil, "items of the acceptance plan that were worked through"),
        entry("uat.components", nil, "components with an acceptance plan"),
        entry("uat.pass-rate", "%", "items of the acceptance plan that passed"),
        entry("uat.compatibility", "%", "browsers and devices that passed"),
    ]

    public static func unit(of id: String) -> String? { all.first { $0.id == id }?.unit }

    /// How many of these test names belong to each topic that counts tests; letters and digits alone are compared.
    public static func topics(of names: some Sequence<String>) -> [String: Int] {
        var counts: [String: Int] = [:]
        for name in names {
            let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
            for entry in all where entry.words.contains(where: plain.contains) { counts[entry.id, default: 0] += 1 }
        }
        return counts
    }

    private static func entry(_ id: String, _ unit: String?, _ title: String, _ words: String...) -> Entry {
        Entry(id: id, unit: unit, title: title, words: words)
    }

    private static func topic(_ id: String, _ title: String, _ words: String...) -> Entry {
        Entry(id: "tests.\(id)", unit: nil, title: "tests of \(title)", words: words)
    }
}
