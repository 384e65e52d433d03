import TestKit
import Testing

@testable import Readiness

extension LoadTests {
    @Test("a visit signs itself in with a form, keeps its cookies, and carries a token that it took")
    func ownSignIn() async throws {
        let server = try await server { request in
            switch (request.method, request.target) {
            case ("GET", "/"): return Self.ok
            case ("GET", "/login"):
                let page = "<form method=post><input type=hidden name=csrf value=c0ffee><input name=user></form>"
                return
                    "HTTP/1.1 200 OK\r\nSet-Cookie: seed=1; Path=/\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)"
            case ("POST", "/login"):
                let isGood = request.value("Cookie") == "seed=1" && text(of: request.body).contains("csrf=c0ffee")
                return isGood
                    ? "HTTP/1.1 303 See Other\r\nLocation: /home\r\nSet-Cookie: seed=; Max-Age=0\r\nSet-Cookie: sid=s1\r\nContent-Length: 0\r\n\r\n"
                    : Self.refused
            case ("GET", "/home"):
                return request.value("Cookie") == "sid=s1" ? Self.json(#"{"token":"t0"}"#) : Self.refused
            case ("GET", "/api"):
                return request.value("Authorization") == "Bearer t0" && request.value("X-Where") == "/home"
                    ? Self.ok : Self.refused
            default: return Self.refused
            }
        }
        let plan = try LoadPlan(
            yaml: """
                rate: 20
                duration: 600ms
                warm-up: 0
                repeats: 1
                scenarios:
                  - steps:
                      - { send: GET /login, take: { csrf: field csrf } }
                      - { send: POST /login, form: { user: "u{n}", csrf: "{csrf}" }, expect: 303, take: { where: header Location, sid: cookie sid } }
                      - { send: GET /home, take: { token: /token } }
                      - { send: GET /api, headers: { Authorization: "Bearer {token}", X-Where: "{where}" } }
                """)
        let summary = try await run(server.port, plan)
        #expect(summary.all.failures.isEmpty, "\(summary.all.failures)")
        #expect(summary.routes.contains { $0.route == "GET /api" && $0.requests > 0 })
        await server.stop()
    }

    @Test("a value that an answer doesn't hold fails its step, and ends the visit")
    func missingValue() async throws {
        let server = try await server { _ in Self.json(#"{"order":null}"#) }
        let plan = try LoadPlan(
            yaml: """
                rate: 20
                duration: 500ms
                warm-up: 0
                repeats: 1
                scenarios: [{ steps: [{ send: GET /orders, take: { id: /order/id } }, { send: "GET /orders/{id}" }] }]
                """)
        let summary = try await run(server.port, plan)
        #expect(Array(summary.all.failures.keys) == ["no `id` at /order/id"])
        #expect(summary.routes.map(\.route) == ["GET /orders"])
        await server.stop()
    }

    @Test("a rate of the ramp holds only where the targets of its routes do")
    func rampOfRoutes() async throws {
        let server = try await server { request in
            if request.target == "/slow", request.value("User-Agent") == "seaworthy-load" {
                try await Task.sleep(for: .milliseconds(60))
            }
            return Self.ok
        }
        var plan = try LoadPlan(
            yaml: """
                targets: { p95: 5s }
                warm-up: 0
                scenarios: [{ steps: [{ send: GET /slow, p95: 20ms }] }]
                ramp: { from: 10/s, to: 20/s, steps: 2, each: 300ms }
                """)
        plan.pause = 0
        let summary = try await run(server.port, plan)
        #expect(summary.knee == nil)
        #expect(summary.exitCode == 1)
        await server.stop()
    }
}
