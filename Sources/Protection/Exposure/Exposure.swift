/// Paths that frameworks, servers and tools open by themselves and that nobody means to publish.
public enum ExposureArea: String, Sendable, CaseIterable {
    case debug
    case dotFiles = "dot-files"
    case metrics
    case listing
    case backups

    /// Lower-case patterns; a request is held against them in every reading of its path.
    var patterns: [String] {
        switch self {
        case .debug:
            [
                "/debug", "/debug/**", "/_debug/**", "/__debug__/**", "/_debugbar/**", "/actuator", "/actuator/**",
                "/phpinfo", "/phpinfo.php", "/info.php", "/server-status", "/server-info", "/nginx_status",
                "/_profiler/**", "/_ignition/**", "/telescope/**", "/horizon/api/**", "/rails/info/**", "/rails/mailers/**",
                "/__clockwork/**", "/console/h2/**", "/h2-console/**", "/trace.axd", "/elmah.axd", "/jolokia/**",
                "/heapdump", "/threaddump", "/_cat/**", "/solr/admin/**", "/manager/html", "/cgi-bin/**",
                "/.well-known/debug/**", "/__inspect/**", "/_next/webpack-hmr", "/werkzeug/**",
            ]
        case .metrics: ["/metrics", "/metrics/**", "/prometheus", "/prometheus/metrics", "/stats/prometheus"]
        case .backups:
            [
                "/backup.sql", "/dump.sql", "/database.sql", "/db.sql", "/backup.zip", "/backup.tar.gz", "/site.tar.gz",
                "/wp-config.php.bak", "/web.config", "/composer.lock", "/docker-compose.yml", "/dockerfile",
            ]
        case .dotFiles, .listing: []
        }
    }
}

/// Which paths are kept from strangers. Exact and prefix matches by hash: the table is long, the look-up must not be.
struct ExposureRule: Sendable {
    private var exact: Set<String> = []
    private var below: Set<String> = []
    private let hidesDotFiles: Bool
    let hidesListings: Bool

    init(areas: Set<ExposureArea>) {
        hidesDotFiles = areas.contains(.dotFiles)
        hidesListings = areas.contains(.listing)
        for pattern in areas.flatMap(\.patterns) {
            if pattern.hasSuffix("/**") { below.insert(String(pattern.dropLast(3))) } else { exact.insert(pattern) }
        }
    }

    /// Whether a path (in lower case) lies in one of the areas. `/.well-known/` never counts as a dot file.
    func hides(_ path: String) -> Bool {
        if hidesDotFiles && ExposureRule.hasDotSegment(path) { return true }
        if exact.contains(path) { return true }
        // At most the first two segments name an area.
        var slashes = 0
        for index in path.utf8.indices where path.utf8[index] == 0x2F {
            slashes += 1
            if slashes > 1, below.contains(String(path[..<index])) { return true }
            if slashes > 3 { break }
        }
        return false
    }

    private static func hasDotSegment(_ path: String) -> Bool {
        var previous: UInt8 = 0
        for index in path.utf8.indices {
            let byte = path.utf8[index]
            if byte == 0x2E, previous == 0x2F {
                let segment = path[index...].prefix(while: { $0 != "/" })
                if segment != ".well-known" { return true }
            }
            previous = byte
        }
        return false
    }

    /// Whether an HTML page is a directory listing that a server made by itself.
    static func isListing(_ page: String) -> Bool {
        let start = page.prefix(4096).lowercased()
        let markers = [
            "<title>index of /", "<h1>index of /", "<title>directory listing for", "<h1>directory listing for",
            "<title>listing directory", "<h1>directory: /", "<title>directory: /", "<title>files within",
        ]
        return markers.contains { start.contains($0) }
    }
}
