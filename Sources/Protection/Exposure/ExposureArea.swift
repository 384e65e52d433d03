/// Paths that frameworks, servers and tools open by themselves and that nobody means to publish.
public enum ExposureArea: String, Sendable, CaseIterable {
    /// Debuggers, profilers, configuration dumps.
    case debug
    /// `.env`, `.git/…`, `.htpasswd`, and anything of the site's root that begins with a dot.
    case dotFiles = "dot-files"
    /// Figures for a monitoring system.
    case metrics
    /// Copies that editors, people and tools leave beside the app.
    case backups
    /// Folders whose files a server lists by itself.
    case listing

    /// In lower case; `/**` at the end stands for everything below and the path itself.
    var patterns: [String] {
        switch self {
        case .debug:
            [
                "/debug/**", "/_debug/**", "/__debug__/**", "/_debugbar/**", "/debugbar/**", "/actuator/**",
                "/phpinfo", "/phpinfo.php", "/info.php", "/test.php", "/server-status", "/server-info", "/nginx_status",
                "/_profiler/**", "/_wdt/**", "/_ignition/**", "/telescope/telescope-api/**", "/rails/info/**",
                "/rails/mailers/**", "/rails/conductor/**", "/__clockwork/**", "/h2-console/**", "/trace.axd",
                "/elmah.axd", "/jolokia/**", "/heapdump", "/threaddump", "/_cat/**", "/_cluster/**", "/__inspect/**",
                "/q/dev/**", "/q/dev-ui/**", "/__vite_ping", "/_dev/**", "/silk/**", "/__werkzeug__/**",
            ]
        case .metrics: ["/metrics", "/prometheus", "/prometheus/metrics", "/stats/prometheus", "/q/metrics/**"]
        case .backups:
            [
                "/backup.sql", "/dump.sql", "/database.sql", "/db.sql", "/db.sqlite3", "/backup.zip", "/backup.tar.gz",
                "/site.tar.gz", "/www.zip", "/wp-config.php.bak", "/web.config", "/composer.lock",
                "/docker-compose.yml",
                "/docker-compose.yaml", "/dockerfile", "/id_rsa",
            ]
        case .dotFiles, .listing: []
        }
    }

    /// Below hidden paths, what is meant to be asked by a balancer or a monitor.
    static let shown = ["/actuator/health/**"]

    /// Names with a dot that hold secrets wherever they are. Other such names are hidden at the site's root only: apps
    /// that show repositories and files have them in their addresses.
    static let secretNames: Set<String> = [
        ".env", ".git", ".svn", ".hg", ".bzr", ".htpasswd", ".htaccess", ".aws", ".ssh", ".npmrc", ".netrc", ".pgpass",
        ".my.cnf", ".ds_store", ".bash_history", ".dockercfg", ".kube", ".gnupg",
    ]
}
