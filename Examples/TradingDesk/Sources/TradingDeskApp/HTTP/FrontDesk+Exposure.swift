import HTTPTypes
import Hummingbird
import HummingbirdCore

/// What a careless deployment leaves lying about. Nothing here answers unless its flaw is on.
extension FrontDesk {
    private var flaws: FlawSelection { desk.flaws }

    func exposure(_ request: Request, _ context: DeskContext) -> Response? {
        guard request.method == .get || request.method == .head else { return nil }
        let plain = "text/plain; charset=utf-8"
        switch context.path {
        case "/debug/config", "/debug/vars", "/actuator/env":
            guard flaws.contains(.debugRoutes) else { return nil }
            return Answer.text(
                #"{"DATABASE_URL":"sqlite:///srv/tradingdesk/desk.sqlite","SESSION_SECRET":"example-not-a-secret","flaws":true,"cwd":"/srv/tradingdesk"}"#,
                type: "application/json")
        case "/debug/routes":
            guard flaws.contains(.debugRoutes) else { return nil }
            return Answer.text(
                routes.operations.map { "\($0.method.rawValue) \($0.path)" }.joined(separator: "\n"), type: plain)
        case "/static", "/static/":
            guard flaws.contains(.directoryListing) else { return nil }
            let items = StaticFiles.all.keys.sorted().map { #"<li><a href="/static/\#($0)">\#($0)</a></li>"# }
            return Answer.text(
                "<!doctype html><title>Index of /static/</title><h1>Index of /static/</h1><ul><li><a href=\"../\">../</a></li>\(items.joined())</ul>",
                type: "text/html; charset=utf-8")
        case "/.env":
            guard flaws.contains(.dotFiles) else { return nil }
            return Answer.text(
                "APP_ENV=production\nDATABASE_URL=sqlite:///srv/tradingdesk/desk.sqlite\nSESSION_SECRET=example-not-a-secret\n",
                type: plain)
        case "/.git/config":
            guard flaws.contains(.dotFiles) else { return nil }
            return Answer.text(
                "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n\turl = git@git.example:tradingdesk.git\n",
                type: plain)
        case "/.git/HEAD":
            guard flaws.contains(.dotFiles) else { return nil }
            return Answer.text("ref: refs/heads/main\n", type: plain)
        case "/metrics":
            guard flaws.contains(.publicMetrics) else { return nil }
            return Answer.text(
                "# HELP tradingdesk_requests_total Requests served.\n# TYPE tradingdesk_requests_total counter\ntradingdesk_requests_total 1284\n# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 48234496\n",
                type: "text/plain; version=0.0.4")
        case "/internal/status":
            guard flaws.contains(.internalRoutes) else { return nil }
            return Answer.text(
                #"{"queue":"settlement","pending":3,"lastRun":"ok","database":"desk.sqlite"}"#, type: "application/json"
            )
        default:
            return traversal(context.path)
        }
    }

    /// What the operations listener answers: metrics, and nothing of the desk itself.
    func operations(_ context: DeskContext) throws -> Response {
        guard context.path == "/metrics" else { throw DeskError.notFound }
        let count = flaws.contains(.frozenMetrics) ? 0 : desk.served.value
        return Answer.text(
            "# HELP tradingdesk_requests_total Requests served.\n# TYPE tradingdesk_requests_total counter\ntradingdesk_requests_total \(count)\n",
            type: "text/plain; version=0.0.4")
    }

    /// The host that links and redirects name, where a flaw takes it from the client.
    static func claimedHost(_ request: HTTPRequest, flaws: FlawSelection) -> String? {
        if flaws.contains(.trustsForwardedHost), let claimed = request.headerFields[.forwardedHost] { return claimed }
        return flaws.contains(.trustsHostHeader) ? request.authority : nil
    }

    /// Follows `..` out of any folder, as a file server over an unchecked path does. The files are made up.
    private func traversal(_ path: String) -> Response? {
        guard flaws.contains(.decodesDotDot) else { return nil }
        let decoded = PercentCoding.decode(path, plusIsSpace: false) ?? path
        guard decoded.split(whereSeparator: { $0 == "/" || $0 == "\\" }).contains("..") else { return nil }
        let files = [
            "etc/passwd": "root:x:0:0:root:/root:/bin/sh\ntradingdesk:x:998:998::/srv/tradingdesk:/usr/sbin/nologin\n"
        ]
        let text = files.first { decoded.hasSuffix($0.key) }?.value
        return Answer.text(
            text
                ?? "database: /srv/tradingdesk/desk.sqlite\nsession-secret: example-not-a-secret\nlisten: 0.0.0.0:5000\n",
            type: "text/plain; charset=utf-8")
    }
}
