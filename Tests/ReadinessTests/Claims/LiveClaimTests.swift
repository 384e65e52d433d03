import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("Documented endpoints are asked of a running app")
struct LiveClaimTests {
    private static func app() async throws -> RawUpstream {
        try await RawUpstream.start { connection, _ in
            while let request = await connection.request(within: .seconds(10)) {
                let status =
                    switch request.target {
                    case "/", "/health", "/api/things": "200 OK"
                    case "/api/me": "401 Unauthorized"
                    case "/api/orders": "405 Method Not Allowed"
                    default: "404 Not Found"
                    }
                try await connection.send("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
            }
        }
    }

    private func live(_ document: String, at port: Int) async throws -> LiveClaims {
        let site = try #require(SiteURL("http://127.0.0.1:\(port)/"))
        return try await LiveClaims(
            RepositoryTree(files: ["README.md": document, "a.py": "x = 1"]), at: site, limit: .seconds(5))
    }

    @Test("what it answers 404 or 405 to is found where it stands, what asks for a sign-in exists")
    func asked() async throws {
        let app = try await Self.app()
        let found = try await live(
            """
            - `GET /health`
            - `GET /api/things`
            - `GET /api/me`
            - `GET /api/invoices`
            - `GET /api/orders`
            - `GET /api/things/{id}`
            - `POST /api/refunds`
            - `GET /api/logout`
            """, at: app.port)
        #expect(
            found.findings.map { "\($0.line) \($0.claimed): \($0.seen)" } == [
                "4 GET /api/invoices: the running app answers 404", "5 GET /api/orders: the running app answers 405",
            ])
        #expect(found.asked == 5)
        await app.stop()
    }

    @Test("a document about another app is left alone, and an app that isn't there is said to be")
    func other() async throws {
        let app = try await Self.app()
        let found = try await live("- `GET /v9/a`\n- `GET /v9/b`\n- `GET /v9/c`", at: app.port)
        #expect(found.findings.isEmpty && found.asked == 3)
        await app.stop()
        let site = try #require(SiteURL("http://127.0.0.1:1/"))
        let gone = try await LiveClaims(RepositoryTree(files: ["README.md": "`GET /a`"]), at: site, limit: .seconds(2))
        #expect(!gone.isReached && gone.asked == 0)
    }
}
