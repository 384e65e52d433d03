import FoundationEssentials
import TestKit
import Testing

@testable import Readiness

@Suite("Load comes whether or not it is served, and is counted from when it was due", .serialized)
struct LoadTests {
    func plan(rate: Double, seconds: Double, connections: Int = 500) -> LoadPlan {
        var plan = LoadPlan(path: "/")
        plan.arrival = .rate(rate)
        plan.duration = seconds
        plan.warmUp = 0
        plan.repeats = 1
        plan.connections = connections
        plan.timeout = 5
        return plan
    }

    func run(_ port: Int, _ plan: LoadPlan, _ configuration: ReadinessConfiguration = .init()) async throws
        -> LoadSummary
    {
        var run = LoadRun(
            target: try #require(SiteURL("http://127.0.0.1:\(port)/")), plan: plan, startedAt: "2026-11-26T12:00:00Z",
            nonce: "n0nce", seed: 7)
        run.configuration = configuration
        return try await run.run()
    }

    /// Answers requests on kept-alive connections by a rule that may wait.
    func server(_ rule: @escaping @Sendable (RawRequest) async throws -> String) async throws -> RawUpstream {
        try await RawUpstream.start { connection, _ in
            while let request = await connection.request(within: .seconds(10)) {
                try await connection.send(rule(request))
            }
        }
    }

    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private actor Crowd {
        private var waiting = 0
        private var isOpen = false
        private var continuations: [CheckedContinuation<Void, Never>] = []
        let size: Int
        init(_ size: Int) { self.size = size }
        func wait() async {
            waiting += 1
            if waiting >= size { isOpen = true }
            if isOpen {
                for continuation in continuations { continuation.resume() }
                continuations = []
                return
            }
            await withCheckedContinuation { continuations.append($0) }
        }
    }

    @Test("people keep coming while nobody is served: a closed loop would wait for ever here")
    func open() async throws {
        let crowd = Crowd(30)
        let server = try await server { request in
            // The first request only asks whether anybody is there.
            if request.value("User-Agent") == "seaworthy-load" { await crowd.wait() }
            return Self.ok
        }
        let summary = try await run(server.port, plan(rate: 100, seconds: 1))
        #expect(summary.all.requests > 60)
        #expect(summary.all.failed == 0)
        #expect(summary.peakPeople >= 30)
        await server.stop()
    }

    @Test("a stall is charged with every request that was due in it, though one connection carries them all")
    func coordinatedOmission() async throws {
        let stalled = Counter()
        let server = try await server { request in
            if request.value("User-Agent") == "seaworthy-load", await stalled.next() == 10 {
                try await Task.sleep(for: .milliseconds(600))
            }
            return Self.ok
        }
        let summary = try await run(server.port, plan(rate: 100, seconds: 1.5, connections: 1))
        // About sixty were due during the stall, a third of all: the median of those waited 300 ms. A generator that counts
        // from when it sends would show a single slow request, and a p95 near nothing.
        #expect(summary.all.requests > 100)
        #expect(summary.all.p95.value >= 400)
        #expect(summary.all.maximum >= 550)
        await server.stop()
    }

    private actor Counter {
        private var count = 0
        func next() -> Int {
            count += 1
            return count
        }
    }

    @Test("known latencies come out as they are")
    func known() async throws {
        let number = Counter()
        let server = try await server { request in
            if request.value("User-Agent") == "seaworthy-load", await number.next() % 4 == 0 {
                try await Task.sleep(for: .milliseconds(200))
            }
            return Self.ok
        }
        let summary = try await run(server.port, plan(rate: 60, seconds: 1))
        #expect(summary.all.p95.value >= 190)
        #expect(summary.all.p50.value < summary.all.p95.value)
        await server.stop()
    }

    @Test("refused connections, wrong statuses and answers that never come are failures of their kind")
    func failures() async throws {
        let number = Counter()
        let server = try await server { request in
            guard request.value("User-Agent") == "seaworthy-load" else { return Self.ok }
            switch await number.next() % 3 {
            case 0: return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
            case 1: return Self.ok
            default:
                try await Task.sleep(for: .seconds(2))
                return Self.ok
            }
        }
        var plan = plan(rate: 30, seconds: 0.8)
        plan.timeout = 0.5
        plan.target = LoadTarget(errors: 0.01)
        let summary = try await run(server.port, plan)
        #expect(summary.all.failures.keys.contains("status 503"))
        #expect(summary.all.failures.keys.contains { $0.hasPrefix("no answer in") })
        #expect(summary.verdicts.first?.outcome == .fails)
        #expect(summary.exitCode == 1)
        await server.stop()
    }

    @Test("a scenario signs people in, takes ids out of answers and counts routes, not addresses")
    func scenario() async throws {
        let server = try await server { request in
            switch (request.method, request.target) {
            case ("POST", "/session"):
                return "HTTP/1.1 200 OK\r\nSet-Cookie: sid=ann1\r\nContent-Length: 0\r\n\r\n"
            case ("GET", "/things"):
                return request.value("Cookie") == "sid=ann1" ? Self.json(#"{"things":[{"id":42}]}"#) : Self.refused
            case ("GET", "/things/42"): return Self.ok
            case ("POST", "/things/42/notes"): return request.body.isEmpty ? Self.refused : Self.ok
            default: return Self.refused
            }
        }
        let configuration = try ReadinessConfiguration(
            yaml: """
                login: { path: /session, json: { user: "{user}", password: "{password}" } }
                identities: [{ name: ann, user: ann, password: secret }]
                """)
        var plan = try LoadPlan(
            yaml: """
                people: 5
                duration: 1s
                warm-up: 0
                repeats: 2
                pause: 10ms
                targets: { errors: 0% }
                scenarios:
                  - name: reader
                    as: [ann]
                    think: 50ms..100ms
                    steps:
                      - { send: GET /, route: home, expect: [404], think: 0 }
                      - { send: GET /things, take: { id: /things/0/id }, p95: 5s }
                      - { send: "GET /things/{id}" }
                      - { send: "POST /things/{id}/notes", json: { text: "number {n}" } }
                """)
        plan.timeout = 5
        let summary = try await run(server.port, plan, configuration)
        #expect(
            Set(summary.routes.map(\.route)) == ["home", "GET /things", "GET /things/{id}", "POST /things/{id}/notes"])
        #expect(summary.all.failures.isEmpty, "\(summary.all.failures)")
        #expect(summary.repeats == 2)
        #expect(summary.verdicts.contains { $0.route == "GET /things" && $0.figure == "p95" && $0.outcome == .holds })
        await server.stop()
    }

    static let refused = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    static func json(_ text: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }

    @Test("a hundred people at once, each kept waiting, are all inside")
    func hundred() async throws {
        let crowd = Crowd(100)
        let server = try await server { request in
            if request.value("User-Agent") == "seaworthy-load" { await crowd.wait() }
            return Self.ok
        }
        let summary = try await run(server.port, plan(rate: 200, seconds: 1))
        #expect(summary.peakPeople >= 100)
        #expect(summary.all.failed == 0)
        await server.stop()
    }

    @Test("the ramp stops behind the knee, and the knee is the last rate that held")
    func ramp() async throws {
        // One at a time, 20 ms each: fifty a second is all it can do.
        let server = try await server { request in
            if request.value("User-Agent") == "seaworthy-load" { try await Task.sleep(for: .milliseconds(20)) }
            return Self.ok
        }
        var plan = plan(rate: 1, seconds: 1, connections: 1)
        plan.target = LoadTarget(p95: 150)
        plan.ramp = .init(from: 5, to: 500, steps: 5, each: 1)
        let summary = try await run(server.port, plan)
        let knee = try #require(summary.knee)
        #expect(knee < 60)
        // Three more between 15.8 and 50 a second, or 50 and 158.
        #expect(summary.stages.count <= 7)
        #expect(summary.stages.map(\.offered) == summary.stages.map(\.offered).sorted())
        // However many came, it answered no more than fifty a second.
        #expect(summary.stages.allSatisfy { $0.served < 60 })
        #expect(LoadReport.render(summary).contains("The knee: targets held up to"))
        #expect(LoadReport.render(summary).contains("The most that it answered well: "))
        await server.stop()
    }

    @Test("cancelled, it keeps what was measured and says so")
    func cancelled() async throws {
        let server = try await server { _ in Self.ok }
        let target = try #require(SiteURL("http://127.0.0.1:\(server.port)/"))
        let seen = Counter()
        let plan = plan(rate: 200, seconds: 600)
        let task = Task {
            try await LoadRun(target: target, plan: plan, startedAt: "", nonce: "n", seed: 1).run { progress in
                if case .phase = progress { Task { _ = await seen.next() } }
            }
        }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        let summary = try await task.value
        #expect(summary.isInterrupted)
        #expect(summary.all.requests > 0)
        #expect(summary.exitCode == 2)
        await server.stop()
    }

    @Test("another machine, a dead one, and people who can't sign in are refused before any load")
    func refusals() async throws {
        func refusal(_ url: String, _ plan: LoadPlan, _ yaml: String = "") async throws -> LoadRun.Refusal? {
            var run = LoadRun(target: try #require(SiteURL(url)), plan: plan, startedAt: "", nonce: "n", seed: 1)
            run.configuration = try ReadinessConfiguration(yaml: yaml)
            do {
                _ = try await run.run()
                return nil
            } catch let refusal as LoadRun.Refusal {
                return refusal
            }
        }
        let one = plan(rate: 1, seconds: 0.1)
        #expect(try await refusal("http://example.test/", one)?.exitCode == 2)
        #expect(try await refusal("http://127.0.0.1:\(try await FreePort.next())/", one)?.exitCode == 69)
        let server = try await server { _ in Self.refused }
        var signedIn = one
        signedIn.scenarios[0].identities = ["anna"]
        let yaml = """
            login: { path: /session, json: { user: "{user}", password: "{password}" } }
            identities: [{ name: ann, user: ann, password: secret }]
            """
        let unknown = try await refusal("http://127.0.0.1:\(server.port)/", signedIn, yaml)
        #expect(unknown?.exitCode == 78)
        #expect(unknown?.description.contains("did you mean `ann`") == true)
        signedIn.scenarios[0].identities = ["ann"]
        #expect(try await refusal("http://127.0.0.1:\(server.port)/", signedIn, yaml)?.exitCode == 69)
        await server.stop()
    }

    @Test(
        "a scenario that can't be meant says what would be valid",
        arguments: [
            ("name: x", "`scenarios`: is missing"), ("rate: 0\nscenarios: []", "must be a rate such as 50/s"),
            ("people: 99999\nscenarios: []", "must be a whole number from 1 to 5000"),
            ("rate: 5\npeople: 5\nscenarios: []", "must not stand beside `people`"),
            ("duration: soon\nscenarios: []", "must be a time such as 200ms"),
            ("targets: { errors: 200% }\nscenarios: []", "must be a share such as 0.1%"),
            ("scenarios: [{ name: a }]", "is missing: a list of requests"),
            ("scenarios: [{ steps: [{ send: FETCH / }] }]", "must be a method and a path"),
            ("scenarios: [{ weight: -1, steps: [{ send: GET / }] }]", "must be a number above zero"),
            ("scenarios: [{ steps: [{ send: GET /, think: 3s..1s }] }]", "must be a time or a range"),
            ("scenarios: [{ steps: [{ send: GET /, expect: 99 }] }]", "must be a status such as 201"),
            ("scenarios: [{ steps: [{ send: GET /, take: { a: b } }] }]", "must be a JSON pointer such as `/id`, or"),
            ("scenarios: [{ steps: [{ send: GET /, take: id }] }]", "must be names with places"),
            ("scenarios: [{ steps: [{ send: 'GET /{id}' }] }]", "no step before it takes `id`"),
            (
                "scenarios: [{ steps: [{ send: POST /, form: { t: '{csrf}' }, take: { csrf: field csrf } }] }]",
                "no step before it takes `csrf`"
            ),
            ("scenarios: [{ weight: 0, steps: [{ send: FETCH / }] }]", "must be a method and a path"),
            (
                "scenarios: [{ steps: [{ send: GET /, headers: { Host: x } }] }]",
                "must be a field that a request may carry"
            ),
            ("scenarios: [{ steps: [{ send: GET /, headers: x }] }]", "must be names with values"),
            ("ramp: { from: 9, to: 3 }\nscenarios: []", "must be above `from`"), ("[", "is no valid YAML"),
        ])
    func mistakes(yaml: String, valid: String) {
        #expect {
            _ = try LoadPlan(yaml: yaml)
        } throws: {
            "\($0)".contains(valid)
        }
    }

    @Test("a summary survives being written and read, and what is none is refused with the reason")
    func summaries() async throws {
        let server = try await server { _ in Self.ok }
        let summary = try await run(server.port, plan(rate: 50, seconds: 0.3))
        await server.stop()
        #expect(try LoadSummary(json: Data(try summary.json().utf8)) == summary)
        for (text, reason) in [
            ("[", "no JSON object"), ("{}", "`schema` is nothing"), (#"{"schema":"k6/1"}"#, "`schema` is `k6/1`"),
            (#"{"schema":"seaworthy.load/1"}"#, "it has no `"),
        ] {
            #expect {
                _ = try LoadSummary(json: Data(text.utf8))
            } throws: {
                "\($0)".contains(reason)
            }
        }
        for line in LoadReport.render(summary).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test(
        "the interval of three repeats is Student's",
        arguments: [([10.0, 10, 10], 10.0, 10.0), ([9, 10, 11], 7.516, 12.484), ([5], 5, 5)])
    func interval(values: [Double], low: Double, high: Double) {
        let figure = LoadSummary.interval(values)
        #expect(abs(figure.low - low) < 0.01)
        #expect(abs(figure.high - high) < 0.01)
    }
}
