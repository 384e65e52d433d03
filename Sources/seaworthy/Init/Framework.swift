/// What an app is probably built with, by what it gives away.
enum Framework: String, CaseIterable {
    case flask = "Flask"
    case fastAPI = "FastAPI or Starlette"
    case django = "Django"
    case pythonServer = "Python's http.server"
    case express = "Express"
    case next = "Next.js"
    case rails = "Rails"
    case laravel = "Laravel"
    case php = "PHP"
    case spring = "Spring"
    case aspNet = "ASP.NET"
    case goHTTP = "Go's net/http"
    case vapor = "Vapor"

    /// The first that fits, the most telling signs first.
    ///
    /// - Parameter seen: cookies that other pages set.
    static func guess(start: PlainClient.Answer, missing: PlainClient.Answer?, seen: [String] = []) -> Framework? {
        let servers = [start, missing].compactMap { $0?.first("server")?.lowercased() }.joined(separator: " ")
        let powered = [start, missing].compactMap { $0?.first("x-powered-by")?.lowercased() }.joined(separator: " ")
        let cookies = start.cookieNames + (missing?.cookieNames ?? []) + seen
        let body = missing?.body ?? ""
        let signs: [(Framework, Bool)] = [
            (.next, powered.contains("next.js")),
            (.laravel, cookies.contains("laravel_session")),
            (
                .django,
                cookies.contains("csrftoken") || body.contains("The requested resource was not found on this server")
            ),
            (.pythonServer, servers.contains("simplehttp")),
            (.flask, servers.contains("werkzeug") || body.contains("The requested URL was not found on the server.")),
            (.fastAPI, servers.contains("uvicorn") || body.contains(#"{"detail":"Not Found"}"#)),
            (.express, powered.contains("express") || body.contains("Cannot GET /")),
            (.spring, cookies.contains("JSESSIONID") || body.contains("Whitelabel Error Page")),
            (.aspNet, powered.contains("asp.net") || servers.contains("kestrel")),
            (.php, powered.contains("php") || cookies.contains("PHPSESSID")),
            (
                .rails,
                start.first("x-runtime") != nil || cookies.contains { $0.hasPrefix("_") && $0.hasSuffix("_session") }
            ),
            (.vapor, body.contains(#"{"error":true,"reason":"Not Found"}"#)),
            (.goHTTP, body.hasPrefix("404 page not found")),
        ]
        return signs.first(where: \.1)?.0
    }
}
