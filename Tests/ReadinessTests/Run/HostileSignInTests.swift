import TestKit
import Testing

@testable import Readiness

/// What a hostile target does with whoever signs in; the whole catalogue runs against each.
enum Hostility: String, CaseIterable, Sendable {
    case closes, lyingLength, overlong, otherHost, circle, escapes, notJSON, deepJSON, hugeNumbers, manyCookies,
        endlessHead

    /// What it sends for a request; nil closes.
    func answer(_ request: RawRequest, elsewhere: Int) -> String? {
        let signsIn = request.target == "/session"
        let cookie = signsIn ? "Set-Cookie: sid=s3cr3t-cookie\r\n" : ""
        switch self {
        case .closes: return nil
        case .lyingLength:
            return
                "HTTP/1.1 200 OK\r\n\(cookie)Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{\"id\":1}"
        case .overlong:
            return
                "HTTP/1.1 200 OK\r\n\(cookie)Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsmuggled!"
        case .otherHost:
            return
                "HTTP/1.1 307 Temporary Redirect\r\n\(cookie)Location: http://127.0.0.1:\(elsewhere)/caught\r\nContent-Length: 0\r\n\r\n"
        case .circle: return "HTTP/1.1 302 Found\r\n\(cookie)Location: \(request.target)x\r\nContent-Length: 0\r\n\r\n"
        case .escapes: return page("200 \u{1B}[2J", "\u{1B}]0;owned\u{7}<script>alert(1)</script>", cookie)
        case .notJSON: return page("200 OK", "<html>", cookie)
        case .deepJSON: return json(String(repeating: "[", count: 60_000), cookie)
        case .hugeNumbers: return json(#"{"things":[{"id":1e999999}],"n":99999999999999999999999999}"#, cookie)
        case .manyCookies:
            return "HTTP/1.1 200 OK\r\n"
                + (0..<400).map { "Set-Cookie: c\($0)=\(String(repeating: "v", count: 100))\r\n" }.joined()
                + "Content-Length: 2\r\n\r\nok"
        case .endlessHead: return "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 20_000)
        }
    }

    private func json(_ text: String, _ cookie: String) -> String {
        "HTTP/1.1 200 OK\r\n\(cookie)Content-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }
}

@Suite("A hostile target learns no credentials, costs bounded time, and passes nothing behind its sign-in", .serialized)
struct HostileSignInTests {
    private let yaml = """
        login: { path: /session, json: { user: "{user}", password: "{password}" }, sign-out: POST /out }
        sign-up: { path: /accounts, json: { user: "{user}", password: "{password}" } }
        identities: [{ name: ann, user: ann, password: s3cr3t-password }, { name: bob, user: bob, password: s3cr3t-other }]
        routes: [GET /things, "GET /things/{id}", "PATCH /things/{id}"]
        objects: [{ name: thing, learn: GET /things, pointer: /things/0/id, read: "GET /things/{id}" }]
        token: { path: /token, json: { user: "{user}" }, pointer: /token }
        search: { operation: "GET /search?q={value}", value: a }
        races:
          - { name: a, write: POST /things, read: GET /things, pointer: /n, adds: 1 }
          - { name: b, write: POST /things, at-most: 1 }
          - { name: c, as: newcomer, writes: [{ send: DELETE /me }, { send: POST /things }], exclusive: true }
        """

    @Test("each of them", .timeLimit(.minutes(2)), arguments: Hostility.allCases)
    func each(hostility: Hostility) async throws {
        let elsewhere = try await answering { _ in page("200 OK", "caught") }
        let server = try await RawUpstream.start { connection, _ in
            guard let request = await connection.request(within: .seconds(5)) else { return }
            guard let answer = hostility.answer(request, elsewhere: elsewhere.port) else {
                return await connection.close()
            }
            try await connection.send(answer)
        }
        var configuration = try ReadinessConfiguration(yaml: yaml)
        configuration.allowsWrites = true
        let ids = CheckCatalogue.sheets.filter { [.authorization, .race, .injection, .identity].contains($0.area) }.map(
            \.id)
        let report = try await check(
            port: server.port, only: ids, configuration: configuration, exchange: .milliseconds(300),
            total: .seconds(30))
        #expect(report.exitCode != 0)
        #expect(report.traffic.requests <= 800)
        #expect(report.seconds < 60)
        let passed = report.checks.filter { $0.outcome == .holds }.map(\.id)
        #expect(passed.isEmpty, "\(passed)")
        // Nothing that we know left for another origin, and nothing secret or obeyed is in any report.
        #expect(elsewhere.connectionCount == 0)
        for text in [TerminalReport.render(report), try HTMLReport.render(report), try report.json()] {
            #expect(!text.contains("s3cr3t"))
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0.value != 0x0A })
        }
        #expect(!(try HTMLReport.render(report)).contains("<script"))
        await server.stop()
        await elsewhere.stop()
    }
}
