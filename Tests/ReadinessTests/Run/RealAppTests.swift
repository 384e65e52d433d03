import TestKit
import Testing

@testable import Readiness

/// What real apps do that checks took for a fault: each case is an app of docs/accuracy.md, made small.
@Suite("What real apps do isn't mistaken for a fault")
struct RealAppTests {
    private func outcome(
        _ id: String, yaml: String = "", _ rule: @escaping @Sendable (RawRequest) -> String
    ) async throws -> CheckReport {
        let server = try await answering(rule)
        let report = try await check(
            port: server.port, only: [id], configuration: try ReadinessConfiguration(yaml: yaml))
        await server.stop()
        return try #require(report[check: id])
    }

    private static let form =
        "<form method=post action=/enter><input type=hidden name=csrf_token value=0123456789abcdef>"
        + "<input name=user><input type=password name=password></form>"

    @Test(
        "a write from another site that gets another refusal than its own is refused, 404 included",
        arguments: [(404, Outcome.holds), (403, .holds), (401, .fails), (200, .fails)])
    func hiddenRefusal(status: Int, expected: Outcome) async throws {
        let seen = try await outcome("csrf.cross-site-write") { request in
            guard request.method == "POST" else { return page("200 OK", Self.form) }
            return page(request.value("Origin")?.contains("evil") == true ? "\(status) X" : "401 Unauthorized", "no")
        }
        #expect(seen.outcome == expected, "\(seen.summary)")
    }

    @Test("a form with a token that comes back to everybody shows nothing; one without a token is a fault")
    func formComesBack() async throws {
        let guarded = try await outcome("csrf.cross-site-write") { _ in page("200 OK", Self.form) }
        #expect(guarded.outcome == .notAvailable, "\(guarded.summary)")
        let bare = Self.form.replacing("csrf_token", with: "lang")
        let open = try await outcome("csrf.cross-site-write") { _ in page("200 OK", bare) }
        #expect(open.outcome == .fails, "\(open.summary)")
    }

    @Test(
        "a health address is found below the folder that the app lives in, where a description names it, or nowhere",
        arguments: [
            ("start: /v1/", "/v1/__heartbeat__", Outcome.holds), ("", "/api/4/status", .holds), ("", "/up", .holds),
            ("", "/somewhere", .fails),
        ])
    func health(yaml: String, place: String, expected: Outcome) async throws {
        let seen = try await outcome("health.live", yaml: yaml) { request in
            switch request.target {
            case "/", "/v1/": page("200 OK", "<h1>Hello</h1>")
            case "/openapi.json":
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 56\r\nConnection: close\r\n\r\n"
                    + #"{"openapi":"3.1.0","paths":{"/api/4/status":{"get":{}}}}"#
            case place: page("200 OK", "{}")
            default: page("404 Not Found", "no")
            }
        }
        #expect(seen.outcome == expected, "\(seen.summary)")
    }
}
