import Synchronization
import TestKit
import Testing

@testable import Readiness

@Suite("An app of pages and forms, of which only the people are declared, is judged behind its sign-in", .serialized)
struct FormAppTests {
    private let people = """
        identities:
          - { name: ann, user: ann@example.test, password: a long word of ann, role: member }
          - { name: bob, user: bob@example.test, password: a long word of bob, role: member }
          - { name: eve, user: eve@example.test, password: a long word of eve, role: admin }
        """
    private static let ids = [
        "authorization.every-read", "authorization.every-object", "authorization.foreign-writes", "session.altered",
        "session.protected-routes", "session.ends-at-sign-out", "injection.stored-script", "identity.common-password",
        "abuse.server-side-request", "identity.enumeration", "csrf.cross-site-write", "redirects.open",
    ]

    private func look(
        _ flaws: [String], yaml: String? = nil, only: [String] = FormAppTests.ids
    ) async throws -> Report {
        let app = try await ForeignApp(.notebook, flaws: flaws)
        defer { app.stop() }
        var configuration = try ReadinessConfiguration(yaml: yaml ?? people)
        configuration.allowsWrites = true
        return try await check(port: app.port, only: only, configuration: configuration)
    }

    @Test("sound: each of them holds, by what was seen to work and not by refusals")
    func sound() async throws {
        let report = try await look([])
        for id in Self.ids {
            let row = try #require(report[check: id])
            #expect(row.outcome == .holds, "\(id): \(row.summary)")
        }
    }

    @Test(
        "each fault alone is found, and nothing else fails",
        arguments: [
            ("foreign-page", "authorization.every-object"), ("foreign-form", "authorization.foreign-writes"),
            ("foreign-removal", "authorization.foreign-writes"), ("raw-text", "injection.stored-script"),
            ("common-passwords", "identity.common-password"), ("altered-session", "session.altered"),
            ("everybodys-staff", "authorization.every-object"), ("fetches", "abuse.server-side-request"),
            ("names-strangers", "identity.enumeration"), ("leads-anywhere", "redirects.open"),
            ("no-token", "csrf.cross-site-write"),
        ])
    func each(flaw: String, id: String) async throws {
        let report = try await look(
            [flaw], only: Array(Set([id, "authorization.every-object", "identity.enumeration"])))
        let failed = report.checks.filter { $0.outcome == .fails }.map(\.id)
        #expect(failed.contains(id), "\(report[check: id]?.summary ?? "")")
        let others = failed.filter { $0 != id }
        #expect(others.isEmpty, "\(others)")
    }

    @Test(
        "a field that the sign-up doesn't ask for and that makes somebody staff is found; without it nothing is claimed"
    )
    func slippedField() async throws {
        let id = "authorization.mass-assignment"
        #expect(try await look(["slipped-field"], only: [id])[check: id]?.outcome == .fails)
        #expect(try await look([], only: [id])[check: id]?.outcome == .notAvailable)
    }

    @Test("who is refused by a message on the next page isn't signed in: nothing behind the sign-in is a pass")
    func refusedByAMessage() async throws {
        let login = """
            login: { path: /enter, page: /enter, form: { mail: "{user}", word: "{password}" } }

            """
        let report = try await look([], yaml: login + people.replacing("a long word", with: "a wrong word"))
        #expect(report.checks.allSatisfy { $0.outcome != .holds && $0.outcome != .fails })
        #expect(report[check: "session.altered"]?.summary.contains("could not sign in") == true)
    }

    @Test("a declared sign-in leaves how people sign out and sign up to be found")
    func completed() async throws {
        let login = """
            login: { path: /enter, page: /enter, form: { mail: "{user}", word: "{password}" } }

            """
        let ids = ["session.ends-at-sign-out", "identity.common-password"]
        let report = try await look([], yaml: login + people, only: ids)
        for id in ids { #expect(report[check: id]?.outcome == .holds, "\(report[check: id]?.summary ?? "")") }
        let notes = report.notes.joined(separator: "\n")
        #expect(notes.contains("Found, not declared: sign-out POST /"), "\(notes)")
        #expect(notes.contains(", sign-up POST /"), "\(notes)")
        let flawed = try await look(["common-passwords"], yaml: login + people, only: ids)
        #expect(flawed[check: ids[1]]?.outcome == .fails && flawed[check: ids[0]]?.outcome == .holds)
    }

    /// Two people with a thing each, behind a cookie; writes take a token in a header.
    private func program(showsToken: Bool, forgetsOwner: Bool) async throws -> RawUpstream {
        let texts = Mutex(["1": "of ann", "2": "of bob"])
        return try await answering { request in
            func json(_ status: String, _ body: String, _ fields: String = "") -> String {
                "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(fields)Content-Length: \(body.utf8.count)\r\n"
                    + "Connection: close\r\n\r\n\(body)"
            }
            let body = String(decoding: request.body, as: UTF8.self)
            if request.target == "/session" {
                guard request.value("Content-Type") == "application/json" else {
                    return json("415 Unsupported Media Type", "{}")
                }
                let shown = showsToken ? #"{"csrfToken":"tttttttttt"}"# : "{}"
                return json("200 OK", shown, "Set-Cookie: sid=\(body.contains("ann") ? 1 : 2)\r\n")
            }
            let cookie = request.value("Cookie") ?? ""
            guard let own = ["1", "2"].first(where: { cookie.contains("sid=\($0)") }) else {
                return json("401 Unauthorized", "{}")
            }
            if request.target == "/things" { return json("200 OK", #"[{"id":\#(own)}]"#) }
            let id = String(request.target.split(separator: "/").last ?? "")
            if request.method == "GET" {
                guard id == own else { return json("404 Not Found", "{}") }
                return json("200 OK", #"{"id":\#(own),"title":"\#(texts.withLock { $0[own] ?? "" })"}"#)
            }
            if request.value("X-CSRF-Token") != "tttttttttt" {
                return json("403 Forbidden", "{}")
            }
            guard id == own || forgetsOwner else { return json("404 Not Found", "{}") }
            texts.withLock { $0[id] = "changed" }
            return json("200 OK", "{}")
        }
    }

    @Test(
        "a write that lacks a token is refused for that: no pass; one that brings it is judged by whose thing it is",
        arguments: [(false, false, Outcome.notAvailable), (true, false, .holds), (true, true, .fails)])
    func tokenInAHeader(shows: Bool, forgets: Bool, outcome: Outcome) async throws {
        let server = try await program(showsToken: shows, forgetsOwner: forgets)
        var configuration = try ReadinessConfiguration(
            yaml: """
                login: { path: /session, json: { user: "{user}", password: "{password}" } }
                identities: [{ name: ann, user: ann, password: one }, { name: bob, user: bob, password: two }]
                routes: [GET /things, "GET /things/{id}", "PATCH /things/{id}"]
                """)
        configuration.allowsWrites = true
        let report = try await check(
            port: server.port, only: ["authorization.foreign-writes", "csrf.cross-site-write"],
            configuration: configuration)
        await server.stop()
        let row = try #require(report[check: "authorization.foreign-writes"])
        #expect(row.outcome == outcome, "\(row.summary)")
        // What only takes JSON called JSON, no other site's form can send.
        #expect(report[check: "csrf.cross-site-write"]?.outcome == .holds)
    }

    @Test("a page that blocks everybody is no judgement, whoever is declared")
    func blocked() async throws {
        let server = try await answering { _ in page("403 Forbidden", "<h1>You have been blocked</h1>") }
        let login = """
            login: { path: /enter, page: /enter, form: { mail: "{user}", word: "{password}" } }

            """
        let report = try await check(
            port: server.port, configuration: try ReadinessConfiguration(yaml: login + people))
        await server.stop()
        #expect(report.exitCode == 2, "\(report.checks.filter { $0.outcome == .fails }.map(\.id))")
    }
}
