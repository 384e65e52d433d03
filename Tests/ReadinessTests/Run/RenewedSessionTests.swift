import TestKit
import Testing

@testable import Readiness

/// Signed cookies hold what they say and the second when, so two sign-ins in one second get the same bytes.
@Suite("A session that only its second tells from the one before is a new one")
struct RenewedSessionTests {
    private func outcome(_ value: @escaping @Sendable () -> String) async throws -> CheckReport? {
        let server = try await answering { request in
            guard request.method == "POST", request.target == "/login" else { return page("200 OK", "hello") }
            return page("302 Found", "", "Location: /\r\nSet-Cookie: session=\(value()); HttpOnly; Path=/\r\n")
        }
        let id = "session.renewed-at-sign-in"
        let yaml = """
            login: { path: /login, form: { user: "{user}", password: "{password}" } }
            identities: [{ name: ann, user: ann, password: a long password of ann }]
            """
        let configuration = try ReadinessConfiguration(yaml: yaml)
        let report = try await check(port: server.port, only: [id], configuration: configuration)
        await server.stop()
        return report[check: id]
    }

    @Test("a cookie of person and second holds")
    func bySecond() async throws {
        let start = ContinuousClock.now
        let seen = try await outcome { "ann.\((ContinuousClock.now - start).components.seconds).signature-of-both" }
        #expect(seen?.outcome == .holds, "\(seen?.summary ?? "")")
    }

    @Test("one that the account keeps fails")
    func kept() async throws {
        let seen = try await outcome { "ann.signature-of-her" }
        #expect(seen?.outcome == .fails && seen?.summary == "two sign-ins got the same session")
    }
}
