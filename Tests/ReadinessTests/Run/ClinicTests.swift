import TestKit
import Testing

@testable import Readiness

/// An app that is none of ours, whose programs carry a bearer token: only its description and three people are declared.
@Suite("An app whose people carry tokens is judged like one with cookies", .serialized, .timeLimit(.minutes(5)))
struct ClinicTests {
    private static let yaml = """
        openapi: /openapi.json
        identities:
          - { name: ann, user: ann@clinic.test, password: a long password of ann, role: patient }
          - { name: bob, user: bob@clinic.test, password: a long password of bob, role: patient }
          - { name: cat, user: cat@clinic.test, password: a long password of cat, role: admin }
        """
    private static let ids = [
        "authorization.unprotected-routes", "authorization.every-read", "authorization.every-object",
        "authorization.foreign-writes", "authorization.mass-assignment", "session.altered", "session.ends-at-sign-out",
        "session.renewed-at-sign-in", "token.signature", "token.key", "cookies.attributes", "csrf.cross-site-write",
        "injection.stored-script", "abuse.slow-input", "race.lost-update", "race.overdraft",
    ]

    private func report(_ flaws: [String], only: [String], yaml: String = yaml) async throws -> Report {
        let clinic = try await ForeignApp(.clinic, flaws: flaws)
        defer { clinic.stop() }
        var configuration = try ReadinessConfiguration(yaml: yaml)
        configuration.allowsWrites = true
        return try await check(port: clinic.port, only: only, configuration: configuration)
    }

    @Test("the sound app holds wherever there is something to judge, and says what doesn't apply to tokens")
    func sound() async throws {
        let report = try await report([], only: Self.ids)
        let byHeader = ["session.renewed-at-sign-in", "cookies.attributes", "csrf.cross-site-write"]
        for check in report.checks {
            let expected: Outcome = byHeader.contains(check.id) ? .notApplicable : .holds
            let isSlow = check.id == "abuse.slow-input"
            #expect(
                check.outcome == expected || (isSlow && check.outcome == .notAvailable), "\(check.id): \(check.summary)"
            )
        }
        #expect(report.notes.joined().contains("sign-in POST /token"), "\(report.notes)")
        let evidence = report.checks.flatMap(\.observations).flatMap(\.evidence)
        #expect(!evidence.contains { $0.curl.contains("Bearer eyJ") || $0.excerpt.contains("eyJ") })
    }

    @Test(
        "each fault is found, and nothing else is said to fail",
        arguments: [
            ("foreign-read", "authorization.every-object"), ("lying-write", "authorization.foreign-writes"),
            ("slipped-field", "authorization.mass-assignment"), ("sign-up-role", "authorization.mass-assignment"),
            ("stored-script", "injection.stored-script"), ("lost-credit", "race.lost-update"),
            ("overdraft", "race.overdraft"), ("open-list", "authorization.every-read"),
            ("staff-for-all", "authorization.every-object"), ("kept-token", "session.ends-at-sign-out"),
            ("slow-postcode", "abuse.slow-input"),
        ])
    func flawed(flaw: String, id: String) async throws {
        let only = [id, "authorization.unprotected-routes", "session.altered", "token.signature"]
        let report = try await report([flaw], only: only)
        #expect(report[check: id]?.outcome == .fails, "\(report[check: id]?.summary ?? "")")
        let others = report.checks.filter { $0.outcome == .fails && $0.id != id }.map { "\($0.id): \($0.summary)" }
        #expect(others.isEmpty)
    }

    @Test("a token that is believed without its signature is found by every check that alters one")
    func unsigned() async throws {
        let report = try await report(["unsigned-token"], only: ["session.altered", "token.signature"])
        for check in report.checks { #expect(check.outcome == .fails, "\(check.id): \(check.summary)") }
    }

    @Test("with nothing declared but that writes are allowed, accounts are opened and the same is found")
    func undeclared() async throws {
        let report = try await report(
            ["lost-credit", "foreign-read"], only: ["race.lost-update", "authorization.every-object"], yaml: "")
        #expect(report[check: "authorization.every-object"]?.outcome == .fails, "\(report.checks.map(\.summary))")
        #expect(report[check: "race.lost-update"]?.outcome == .fails, "\(report.notes)")
        #expect(report.notes.joined().contains("two accounts were opened"), "\(report.notes)")
    }
}

/// People who don't sign in at all: a key or a name and password go along with every request.
@Suite("Identities that bring a header of their own")
struct HeaderIdentityTests {
    private func api(_ wanted: String, _ yaml: String) async throws -> Report {
        let name = String(wanted.prefix { $0 != ":" })
        let value = String(wanted.dropFirst(name.count + 2))
        let server = try await answering { request in
            switch request.target {
            case "/": page("200 OK", "<h1>Hello</h1>")
            case "/openapi.json" where request.value(name) != value: page("401 Unauthorized", "no")
            case "/openapi.json": json(#"{"openapi":"3.1.0","security":[{"k":[]}],"paths":{"/things":{"get":{}}}}"#)
            case "/things" where request.value(name) == value:
                json(#"[{"id":1}]"#)
            case "/things": page("401 Unauthorized", "no")
            default: page("404 Not Found", "no")
            }
        }
        let report = try await check(
            port: server.port, only: ["authorization.unprotected-routes", "session.altered"],
            configuration: try ReadinessConfiguration(yaml: "openapi: /openapi.json\n\(yaml)"))
        await server.stop()
        return report
    }

    private func json(_ text: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)"
    }

    @Test(
        "an API key, or name and password of RFC 7617, open what is protected, altered ones don't, and neither is shown",
        arguments: [
            ("X-API-Key: k3y-of-ann-123456", "identities: [{ name: ann, header: \"X-API-Key: k3y-of-ann-123456\" }]"),
            (
                "Authorization: Basic YW5uOm9wZW4gc2VzYW1l",
                "login: { path: /things, basic: true }\nidentities: [{ name: ann, user: ann, password: open sesame }]"
            ),
        ])
    func keys(wanted: String, yaml: String) async throws {
        let report = try await api(wanted, yaml)
        for check in report.checks { #expect(check.outcome == .holds, "\(check.id): \(check.summary)") }
        let secret = String(wanted.split(separator: " ").last ?? "")
        let evidence = report.checks.flatMap(\.observations).flatMap(\.evidence)
        #expect(!evidence.isEmpty)
        #expect(!evidence.contains { ($0.curl + $0.requestHeaders.joined()).contains(secret) })
    }

    @Test("addresses that end in a slash are asked for with it, lists and what stands in them")
    func slashes() async throws {
        let server = try await answering { request in
            let isKnown = request.value("X-Key") == "k3y-of-ann-123456"
            return switch request.target {
            case "/": page("200 OK", "<h1>Hello</h1>")
            case "/openapi.json":
                json(#"{"openapi":"3.1.0","security":[{"k":[]}],"paths":{"/a/":{"get":{}},"/a/{id}/":{"get":{}}}}"#)
            case "/a/" where isKnown: json(#"[{"id":7}]"#)
            case "/a/7/" where isKnown: json(#"{"id":7}"#)
            case "/a/", "/a/7/": page("401 Unauthorized", "no")
            default: page("404 Not Found", "no")
            }
        }
        let report = try await check(
            port: server.port, only: ["authorization.every-read"],
            configuration: try ReadinessConfiguration(
                yaml: "openapi: /openapi.json\nidentities: [{ name: ann, header: \"X-Key: k3y-of-ann-123456\" }]"))
        await server.stop()
        #expect(report.checks.first?.summary.hasPrefix("2 of 2 ") == true, "\(report.checks.first?.summary ?? "")")
    }

    @Test(
        "a header that is none, and a sign-in without a body, are named with what would be valid",
        arguments: [
            ("identities: [{ name: ann, header: \"no colon\" }]", "identities[0].header"),
            ("identities: [{ name: ann }]", "identities[0].user"),
            ("login: { path: /a, basic: maybe }", "login.basic"),
            ("login: { path: /a, json: {}, token: no-pointer }", "login.token"),
        ])
    func wrong(yaml: String, key: String) throws {
        let error = #expect(throws: ConfigurationProblems.self) { try ReadinessConfiguration(yaml: yaml) }
        #expect(error?.problems.contains { $0.key == key } == true, "\(error?.problems.map(\.key) ?? [])")
    }
}
