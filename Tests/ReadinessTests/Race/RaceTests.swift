import TestKit
import Testing
import TradingDeskApp

@testable import Readiness

@Suite("Races are found, told from other faults, and witnessed by two requests", .serialized)
struct RaceTests {
    /// A counter that is read and written with a gap between, or in one step.
    private func counter(hasGap: Bool, perWrite: Int = 1) async throws -> RawUpstream {
        let value = Counter()
        return try await RawUpstream.start { connection, _ in
            guard let request = await connection.request(within: .seconds(10)) else { return }
            if request.method == "POST" {
                if hasGap {
                    let seen = await value.read()
                    // Others are let in until two have read, or nobody else comes.
                    await value.wait(forReaders: 2)
                    await value.write(seen + perWrite)
                } else {
                    await value.add(perWrite)
                }
            }
            let body = "{\"count\": \(await value.now())}"
            try await connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
        }
    }

    private actor Counter {
        private var value = 0
        private var readers = 0
        func now() -> Int { value }
        func read() -> Int {
            readers += 1
            return value
        }
        func wait(forReaders count: Int) async {
            for _ in 0..<200 where readers < count { try? await Task.sleep(for: .milliseconds(1)) }
        }
        func write(_ new: Int) {
            value = new
            readers = 0
        }
        func add(_ number: Int) { value += number }
    }

    private let rule = """
        login: { path: /session, json: { user: "{user}", password: "{password}" } }
        sign-up: { path: /accounts, json: { user: "{user}", password: "{password}" } }
        races:
          - { name: count, write: POST /count, read: GET /count, pointer: /count, adds: 1 }
        """

    private func finding(_ server: RawUpstream, promise: RaceRule.Promise? = nil) async throws
        -> RaceExamination.Finding
    {
        let site = try #require(SiteURL("http://127.0.0.1:\(server.port)"))
        let configuration = try ReadinessConfiguration(yaml: rule)
        let target = Reconnaissance(
            site: site, configuration: configuration, nonce: "n0nce", client: try ProbeClient(limit: .seconds(5)))
        await target.assume(who: "ann")
        var race = try #require(configuration.race.first)
        race.identity = "ann"
        if let promise { race.promise = promise }
        return try await RaceExamination(rule: race).run(target)
    }

    @Test("a read and a write with a gap between lose one, and two requests are the witness")
    func gap() async throws {
        let server = try await counter(hasGap: true)
        guard case .lost(let trial, let count, _) = try await finding(server) else {
            Issue.record("nothing was lost")
            return
        }
        #expect(count == 2)
        #expect(trial.exchanges.count == 2)
        #expect(trial.exchanges[0].overlaps(trial.exchanges[1]))
        #expect(trial.interleaving.contains("A sent +"))
        await server.stop()
    }

    @Test("one step loses nothing")
    func oneStep() async throws {
        let server = try await counter(hasGap: false)
        guard case .kept(let acknowledged, let rounds, _) = try await finding(server) else {
            Issue.record("not kept")
            return
        }
        #expect(acknowledged == 6)
        #expect(rounds == 2)
        await server.stop()
    }

    @Test("a number that doesn't add up one after the other either is no race")
    func misdeclared() async throws {
        let server = try await counter(hasGap: false, perWrite: 2)
        guard case .unclear(let why, _) = try await finding(server) else {
            Issue.record("judged all the same")
            return
        }
        #expect(why.contains("no race"))
        await server.stop()
    }

    @Test("what is acknowledged again one after the other is no one-time thing")
    func repeatable() async throws {
        let server = try await counter(hasGap: false)
        guard case .unclear(let why, _) = try await finding(server, promise: .atMost(1)) else {
            Issue.record("judged all the same")
            return
        }
        #expect(why.contains("no race"))
        await server.stop()
    }

    @Test(
        "TradingDesk's six unlocked operations are each found, and none in the sound build",
        arguments: [
            ("deposit", Flaw.lostUpdateBalance), ("transfer of shares", .lostUpdatePosition),
            ("withdrawal", .transactionRace), ("execution of an order", .doubleExecution),
            ("deletion of an account", .deletionRace), ("consent", .consentLostUpdate),
        ])
    func tradingDesk(rule: String, flaw: Flaw) async throws {
        for flaws in [FlawSelection([flaw]), .none] {
            var configuration = DeskConfiguration()
            configuration.bcryptCost = 4
            configuration.requestsPerMinute = 0
            configuration.flaws = flaws
            let desk = try await TradingDesk.start(configuration)
            var session = RaceSession(
                target: try #require(SiteURL(desk.url)),
                configuration: try ReadinessConfiguration(yaml: TradingDeskConfiguration.yaml),
                circumstances: try circumstances())
            session.only = [rule]
            session.runs = 2
            let rows = try await session.run()
            await desk.stop()
            let row = try #require(rows.first)
            if flaws == .none {
                #expect(row.kept == 2 && row.lost == 0, "\(row.seen)")
            } else {
                #expect(row.lost == 2, "\(row.seen)")
                #expect(row.curl.count == 2)
            }
            for line in RaceSession.text(rows).split(separator: "\n") where !line.contains("curl") {
                #expect(line.count <= 80)
            }
        }
    }

    @Test("another machine, an unknown rule and no rules at all are refused before anything is sent")
    func refusals() async throws {
        var session = RaceSession(
            target: try #require(SiteURL("http://example.test")), configuration: try ReadinessConfiguration(yaml: rule),
            circumstances: try circumstances())
        await #expect(throws: RaceSession.Refusal.self) { try await session.run() }
        session.target = try #require(SiteURL("http://127.0.0.1:1"))
        session.only = ["cuont"]
        do {
            _ = try await session.run()
            Issue.record("ran")
        } catch let refusal as RaceSession.Refusal {
            #expect(refusal.description.contains("did you mean `count`"))
            #expect(refusal.exitCode == 78)
        }
        session.only = []
        session.configuration = .init()
        await #expect(throws: RaceSession.Refusal.self) { try await session.run() }
    }

    @Test(
        "a rule that promises nothing, or two things, says what it may promise",
        arguments: [
            ("{ write: POST /x }", "must promise exactly one"),
            ("{ write: POST /x, at-most: 1, exclusive: true }", "must promise exactly one"),
            ("{ write: POST /x, adds: 1, pointer: /x }", "is missing: where it is read back"),
            ("{ write: POST /x, read: GET /x, adds: none, pointer: /x }", "must be the number that one write adds"),
            ("{ write: POST /x, at-most: 0 }", "must be a whole number from 1"),
            ("{ write: POST /x, exclusive: true }", "must be true, on a rule with `writes`"),
            ("{ writes: [{ send: POST /x }], exclusive: true }", "must be at least two different writes"),
            ("{ at-most: 1 }", "is missing (or `writes`"),
            ("{ write: POST /x, at-most: 1, as: newcomer }", "needs `sign-up`"),
            ("{ write: POST /x, at-most: 1, before: [{ send: POST /y, take: 3 }] }", "must be a map of names"),
        ])
    func mistakes(rule: String, valid: String) {
        #expect {
            _ = try ReadinessConfiguration(yaml: "races: [\(rule)]")
        } throws: {
            "\($0)".contains(valid)
        }
    }

    @Test(
        "a step of a pointer may choose an item of a list by a member",
        arguments: [("/p/s=B/q", Int64(2)), ("/p/0/q", 1), ("/p/s=C/q", nil), ("/p/q=2/q", 2), ("/p/=/q", nil)])
    func pointer(pointer: String, expected: Int64?) throws {
        let value = try #require(JSONValue(bytes: Array(#"{"p":[{"s":"A","q":1},{"s":"B","q":2}]}"#.utf8)))
        #expect(value.at(pointer) == expected.map { .integer($0) })
    }
}

extension Reconnaissance {
    /// Takes somebody for signed in with a cookie of ours; for apps that ask nobody who they are.
    func assume(who name: String) {
        let identity = Identity(name: name, user: name, password: "", role: nil)
        newcomers.append(identity)
        let request = ProbeRequest.get("/")
        let answer = Answer(
            status: 200, reason: "", version: "HTTP/1.1", fields: [], body: [], bodyBytes: 0, ending: .complete,
            interim: [], bodyBytesSent: 0, milliseconds: 0)
        sessions[name] = .success(
            Session(
                identity: identity, cookies: [SetCookie(field: "readiness=1")].compactMap { $0 },
                signIn: evidence(request, answer)))
    }
}
