import TestKit
import Testing
import TradingDeskApp

@testable import Readiness

@Suite("What nobody declared is found, where a run may look for it", .timeLimit(.minutes(3)))
struct DiscoveryTests {
    private func desk(
        _ flaws: String, only: [String], yaml: String = "", writes: Bool = true
    ) async throws -> Report {
        var configuration = DeskConfiguration()
        configuration.bcryptCost = 4
        configuration.requestsPerMinute = 0
        configuration.flaws = try FlawSelection(parsing: flaws)
        let desk = try await TradingDesk.start(configuration)
        var readiness = try ReadinessConfiguration(yaml: yaml)
        readiness.allowsWrites = writes
        var run = ReadinessRun(
            target: try #require(SiteURL(desk.url)), configuration: readiness, circumstances: try circumstances())
        run.only = only
        let report = try await run.run()
        await desk.stop()
        return report
    }

    private static let ids = ["session.ends-at-sign-out", "race.lost-update", "race.overdraft", "race.double-use"]

    @Test("with nothing declared, a sound app's sign-in, sign-up, sign-out and races are found, and hold")
    func sound() async throws {
        let report = try await desk("none", only: Self.ids)
        for check in report.checks { #expect(check.outcome == .holds, "\(check.id): \(check.summary)") }
        let notes = report.notes.joined(separator: "\n")
        #expect(notes.contains("sign-in POST /") && notes.contains("two accounts were opened"), "\(notes)")
        #expect(report.notes.count { $0.contains("`races` in readiness.yaml: - { name: ") } >= 2, "\(notes)")
    }

    @Test(
        "with nothing declared, each fault is found",
        arguments: [
            ("session-survives-sign-out", "session.ends-at-sign-out"), ("lost-update-balance", "race.lost-update"),
            ("transaction-race", "race.overdraft"), ("double-execution", "race.double-use"),
        ])
    func flawed(flaw: String, id: String) async throws {
        let report = try await desk(flaw, only: [id])
        #expect(report[check: id]?.outcome == .fails, "\(report[check: id]?.summary ?? "")")
    }

    /// Another app, with other words and shapes: a login without a page, ids that are called otherwise, one-time things by
    /// address and by a member of a body, one that refuses the second use and one that takes it and changes nothing.
    private func office(_ flaws: [String]) async throws -> Report {
        let office = try await ForeignApp(.ticketOffice, flaws: flaws)
        defer { office.stop() }
        var readiness = ReadinessConfiguration()
        readiness.allowsWrites = true
        var run = ReadinessRun(
            target: try #require(SiteURL("http://127.0.0.1:\(office.port)")), configuration: readiness,
            circumstances: try circumstances())
        run.only = ["session.ends-at-sign-out", "race.double-use"]
        return try await run.run()
    }

    @Test("on an app that is none of ours a sound sign-out and sound one-time things hold")
    func foreign() async throws {
        let report = try await office([])
        for check in report.checks { #expect(check.outcome == .holds, "\(check.id): \(check.summary)") }
        let races = report[check: "race.double-use"]?.observations.map(\.subject) ?? []
        #expect(
            Set(races) == ["/v1/vouchers/{code}/redemption (found)", "/v1/admissions (found)"],
            "\(races) \(report.notes)")
        let notes = report.notes.joined(separator: "\n")
        #expect(notes.contains("sign-out POST /v1/auth/finish") && notes.contains("moves-once: 25"), "\(notes)")
    }

    @Test(
        "on an app that is none of ours each fault is found, and nothing else is said to fail",
        arguments: [
            ("kept-session", "session.ends-at-sign-out"), ("double-voucher", "race.double-use"),
            ("double-admission", "race.double-use"),
        ])
    func foreignFlaw(flaw: String, id: String) async throws {
        let report = try await office([flaw])
        for check in report.checks {
            #expect((check.outcome == .fails) == (check.id == id), "\(check.id): \(check.outcome) \(check.summary)")
        }
    }

    @Test("without leave to write no account is opened, and the check says what it lacks")
    func noLeave() async throws {
        let report = try await desk("none", only: ["session.ends-at-sign-out"], writes: false)
        #expect(report.checks.map(\.outcome) == [.notAvailable] && !report.notes.joined().contains("opened"))
    }

    @Test("people who are declared need no word of how they sign in; guesses go to a name that no account has")
    func credentials() async throws {
        let people =
            "identities: [{ name: ann, user: alice@example.test, password: correct horse battery alice }]"
        let ids = ["session.ends-at-sign-out", "identity.throttling"]
        let report = try await desk("none", only: ids, yaml: people, writes: false)
        let throttling = try #require(report[check: ids[1]])
        #expect([.holds, .notAvailable].contains(throttling.outcome))
        #expect(throttling.summary.contains("a name that no account has"), "\(throttling.summary)")
    }

    @Test("forms: a page with both a sign-in and a sign-up keeps them apart")
    func forms() throws {
        let html =
            "<form method=post action=/enter><input name=user><input type=password name=pw></form>"
            + "<form method=post action=/register><input type=hidden name=csrf value=1><input name=email type=email>"
            + "<input type=password name=p1><input type=password name=p2><input type=checkbox name=terms></form>"
        let page = Sighting(
            request: .get("/welcome"),
            answer: Answer(
                status: 200, reason: "", version: "", fields: [], body: [], bodyBytes: 0, ending: .complete,
                interim: [], bodyBytesSent: 0, milliseconds: 0),
            evidence: Evidence(
                request: "", requestHeaders: [], response: "", responseHeaders: [], excerpt: "", curl: ""))
        let found = Discovery(
            forms: PageScan(html: html).forms.map { .init(form: $0, path: $0.action, page: page) })
        #expect(found.login?.operation.description == "POST /enter" && found.login?.page == "/welcome")
        guard case .form(let fields)? = found.signUp?.body else { return #expect(Bool(false), "no form") }
        #expect(fields.map(\.name) == ["email", "p1", "p2", "terms"])
        #expect(fields.map(\.value) == ["{user}", "{password}", "{password}", "on"])
        #expect(found.signUp?.page == "/welcome")
    }
}
