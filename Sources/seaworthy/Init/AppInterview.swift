import Foundation
import Gateway

/// A few questions to an app over HTTP, and what its answers say about how it should be fronted. Reads only; at most 15.
struct AppInterview {
    let client: PlainClient
    /// A path that no app has.
    let nonce: String
    private(set) var requests = 0
    private var pages: [(path: String, answer: PlainClient.Answer)] = []

    init(client: PlainClient, nonce: String) {
        self.client = client
        self.nonce = nonce
    }

    mutating func run() throws -> AppFindings {
        guard let start = try ask("GET", "/") else {
            throw PlainClient.Unreachable(reason: "something listens there that doesn't answer in HTTP/1.1")
        }
        var findings = AppFindings(authority: client.authority)
        findings.startStatus = start.status
        pages.append(("/", start))
        let missing = try askForNothing()
        findings.missing = AppInterview.missing(missing)
        findings.ownHeaders = AppInterview.securityHeaders.filter { start.first($0) != nil }
        try lookAtCrossOrigin(&findings)
        try lookAtMethodsAndHosts(&findings, start: start)
        try lookForSignIn(&findings, start: start)
        try lookForPlaces(&findings)
        findings.sessionCookies = orderedSet(pages.flatMap { $0.answer.cookieNames })
        findings.framework = Framework.guess(start: start, missing: missing, seen: findings.sessionCookies)
        findings.takesUploads = pages.contains { AppInterview.mentionsUpload($0.answer.body) }
        if pages.contains(where: { AppInterview.mentionsWebSocket($0.answer.body) }) { findings.usesWebSockets = true }
        for page in pages { findings.pageNeeds.look(at: page.answer, authority: client.authority) }
        findings.requests = requests
        return findings
    }

    /// What would guard the app's own login, for `try`: a few questions; nothing where it shows no form.
    static func loginLines(_ client: PlainClient, start: PlainClient.Answer?) -> [String] {
        guard let start else { return [] }
        var interview = AppInterview(client: client, nonce: "seaworthy-try")
        var findings = AppFindings(authority: client.authority)
        try? interview.lookForSignIn(&findings, start: start)
        guard let form = findings.loginForm else { return [] }
        let cookies = start.cookieNames + interview.pages.flatMap { $0.answer.cookieNames }
        if let answer = try? interview.ask("GET", "/openapi.json"), answer.status == 200 {
            findings.describedCookie = LoginFormFinding.described(in: answer.body)
        }
        let framework = Framework.guess(start: start, missing: nil, seen: cookies)
        let cookie = LoginFormFinding.sessionCookie(of: framework, seen: cookies, described: findings.describedCookie)
        return form.lines(cookie: cookie, logout: findings.logoutPath, framework: framework)
    }

    private mutating func ask(
        _ method: String, _ target: String, host: String? = nil, _ fields: [(String, String)] = []
    ) throws -> PlainClient.Answer? {
        requests += 1
        return try client.ask(method, target, host: host, fields)
    }

    /// A page that doesn't exist. Some apps (Django's `APPEND_SLASH`) lead every path to the one with a slash before they
    /// look: that says nothing yet.
    private mutating func askForNothing() throws -> PlainClient.Answer? {
        let missing = try ask("GET", "/\(nonce)")
        guard let missing, (300..<400).contains(missing.status),
            AppInterview.ownPath(missing.first("location")) == "/\(nonce)/"
        else { return missing }
        return try ask("GET", "/\(nonce)/") ?? missing
    }

    private static func missing(_ answer: PlainClient.Answer?) -> AppFindings.Missing {
        guard let answer, answer.status < 400 else { return .refused }
        return (300..<400).contains(answer.status) ? .ledElsewhere : .answered
    }

    private mutating func lookAtCrossOrigin(_ findings: inout AppFindings) throws {
        let foreign = "https://\(nonce).example"
        guard let answer = try ask("GET", "/", [("Origin", foreign)]) else { return }
        switch answer.first("access-control-allow-origin") {
        case "*"?: findings.crossOrigin = .anybody
        case foreign?:
            findings.crossOrigin =
                answer.first("access-control-allow-credentials")?.lowercased() == "true"
                ? .reflectsWithCredentials : .reflects
        case let origin?: findings.crossOrigin = .fixed(String(origin.prefix(200)))
        case nil: findings.crossOrigin = .none
        }
    }

    private mutating func lookAtMethodsAndHosts(_ findings: inout AppFindings, start: PlainClient.Answer) throws {
        findings.answersTrace = try ask("TRACE", "/").map { (200..<300).contains($0.status) } ?? false
        let stranger = try ask("GET", "/", host: "\(nonce).example")
        findings.takesAnyHost = stranger.map { $0.status == start.status } ?? false
        let upgrade = try ask(
            "GET", "/ws",
            [
                ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "c2Vhd29ydGh5LWluaXQtMQ=="), ("Origin", "http://\(client.authority)"),
            ])
        findings.usesWebSockets = upgrade?.status == 101
    }

    private mutating func lookForSignIn(_ findings: inout AppFindings, start: PlainClient.Answer) throws {
        findings.logoutPath = AppInterview.link(to: ["logout", "signout", "sign-out", "log-out"], in: start.body)
        if AppInterview.hasPasswordField(start.body) {
            findings.signInPath = "/"
            findings.loginForm = LoginFormFinding(in: start.body, page: "/")
            return
        }
        // An app that asks everybody to sign in leads there from its start page.
        let led = (300..<400).contains(start.status) ? AppInterview.ownPath(start.first("location")) : nil
        let linked = AppInterview.link(to: ["login", "signin", "sign-in", "sign_in", "session"], in: start.body)
        for path in orderedSet([led, linked, "/login", "/signin"].compactMap { $0 }).prefix(3) {
            if try isSignIn(path, &findings) { return }
        }
        // A front end that makes its form in the browser shows a program none, but the page has such a name and is a page.
        guard findings.missing != .answered else { return }
        findings.drawnSignInPath =
            pages.first { page in
                page.path != "/" && page.answer.status == 200 && page.answer.body.contains("<script")
                    && ["login", "signin", "sign-in", "sign_in"].contains(where: page.path.lowercased().contains)
            }?.path
    }

    /// Whether a page has a form to sign in, or a part of one.
    private mutating func isSignIn(_ path: String, _ findings: inout AppFindings) throws -> Bool {
        guard let answer = try ask("GET", path), answer.status < 400 else { return false }
        pages.append((path, answer))
        note(path, answer, &findings)
        try follow(answer, &findings)
        return findings.signInPath != nil
    }

    private func note(_ path: String, _ answer: PlainClient.Answer, _ findings: inout AppFindings) {
        guard answer.status < 400, AppInterview.hasPasswordField(answer.body) else { return }
        findings.signInPath = path
        findings.loginForm = LoginFormFinding(in: answer.body, page: path)
    }

    /// Where a closed place leads to, in two steps at most: `/admin` to `/admin/` to its login.
    private mutating func follow(_ answer: PlainClient.Answer, _ findings: inout AppFindings) throws {
        var led = answer
        for _ in 0..<2 where findings.signInPath == nil && requests < 15 && (300..<400).contains(led.status) {
            guard let path = AppInterview.ownPath(led.first("location")), let next = try ask("GET", path) else {
                return
            }
            pages.append((path, next))
            note(path, next, &findings)
            led = next
        }
    }

    private mutating func lookForPlaces(_ findings: inout AppFindings) throws {
        // An app that answers every path alike says nothing by answering one of these.
        guard findings.missing == .refused else { return }
        // First what may lead to the sign-in.
        for path in ["/admin", "/openapi.json", "/health", "/healthz", "/metrics"] {
            guard requests < 15, let answer = try ask("GET", path) else { continue }
            guard answer.status < 400 || answer.status == 401 || answer.status == 403 else { continue }
            if path == "/openapi.json", answer.status == 200 {
                findings.describedCookie = LoginFormFinding.described(in: answer.body)
            }
            if path == "/admin" { try follow(answer, &findings) }
            // Only a slash behind it: that says nothing of whether it is there.
            let isSlash = AppInterview.ownPath(answer.first("location")) == path + "/"
            if !isSlash || path == "/admin" && findings.signInPath?.hasPrefix(path) == true {
                findings.places.append(AppFindings.Place(path: path, status: answer.status))
            }
        }
    }

    private static let securityHeaders = [
        "strict-transport-security", "content-security-policy", "x-content-type-options", "x-frame-options",
        "referrer-policy", "permissions-policy", "cross-origin-opener-policy", "cross-origin-resource-policy",
    ]

    private static func hasPasswordField(_ html: String) -> Bool {
        html.range(of: #"type\s*=\s*["']?password"#, options: [.regularExpression, .caseInsensitive]) != nil
    }

    private static func mentionsUpload(_ html: String) -> Bool {
        html.range(of: #"multipart/form-data|type\s*=\s*["']?file"#, options: [.regularExpression, .caseInsensitive])
            != nil
    }

    private static func mentionsWebSocket(_ html: String) -> Bool {
        html.contains("new WebSocket(") || html.contains("wss://") || html.contains("socket.io")
    }

    /// The first link whose path has one of these words in it.
    private static func link(to words: [String], in html: String) -> String? {
        links(in: html).first { link in words.contains { link.lowercased().contains($0) } }
    }

    /// The path of a `Location` on this site, without its query.
    private static func ownPath(_ location: String?) -> String? {
        guard let location else { return nil }
        let path = location.firstMatch(of: /^(?:https?:\/\/[^\/]*)?(\/[A-Za-z0-9_\-.\/]{0,100})/)?.output.1
        return path.flatMap { $0.hasPrefix("//") || $0 == "/" ? nil : String($0) }
    }

    /// Paths of links on this site, such as `/login`; at most 200.
    private static func links(in html: String) -> [String] {
        html.matches(of: /href\s*=\s*["']?(\/[A-Za-z0-9_\-.\/]{0,100})/.ignoresCase()).prefix(200).map {
            String($0.output.1)
        }
        .filter { !$0.hasPrefix("//") }
    }
}

func orderedSet(_ items: [String]) -> [String] {
    var seen: Set<String> = []
    return items.filter { seen.insert($0).inserted }
}
