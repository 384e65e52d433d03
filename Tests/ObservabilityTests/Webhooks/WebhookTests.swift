import Crypto
import Egress
import Foundation
import Kernel
import Observability
import Store
import Synchronization
import TestKit
import Testing

@Suite("Webhooks, on both engines")
struct WebhookTests {
    static let migrations =
        ChangeFeed.migrations + JobQueue.migrations + Journal.migrations + WebhookSettings.migrations
    static let secret = Secret("a-secret-of-the-tests-that-is-long-enough")
    static let old = Secret("whsec_" + Data("another secret, on its way out".utf8).base64EncodedString())

    /// Everything wired as the gateway wires it, with a real receiver on loopback.
    struct Bench {
        let database: Database
        let journal: Journal
        let delivery: WebhookDelivery
        let register: WebhookRegister
        let clock: ManualClock

        init(_ database: Database, port: Int, attempts: Int = 8) throws {
            let clock = ManualClock()
            let random = SeededRandomSource(seed: 3)
            var settings = WebhookSettings(endpoints: [
                WebhookEndpoint(
                    id: "watch", url: "http://127.0.0.1:\(port)/hook",
                    secrets: [WebhookTests.secret, WebhookTests.old],
                    events: ["backup.*", "job.dead"], severity: .warning)
            ])
            settings.attempts = attempts
            settings.disableAfter = .seconds(86_400)
            let queue = JobQueue(clock: clock, random: random)
            let journal = Journal(
                clock: clock, random: random, strictness: .throwing,
                outlets: [WebhookOutlet(settings: settings, queue: queue, random: random)])
            let egress = EgressSettings(
                allowed: [IPNetwork("127.0.0.0/8")].compactMap { $0 }, allowsPlainHTTP: true,
                connectTimeout: .seconds(8), totalTimeout: .seconds(8))
            delivery = WebhookDelivery(
                settings: settings, database: database, journal: journal, client: try EgressClient(settings: egress),
                clock: clock)
            register = WebhookRegister(journal: journal)
            self.database = database
            self.journal = journal
            self.clock = clock
        }

        func act(_ kind: String, _ details: [String: String] = [:]) async throws {
            try await database.transaction("test") { db in
                try journal.append(AuditEvent(kind, actor: "ada@example.org", details: details), in: db)
            }
        }

        /// The jobs that wait, as a worker would get them.
        func jobs(attempt: Int = 1) async throws -> [Job] {
            try await database.read("test") { db in
                try db.rows("SELECT * FROM jobs ORDER BY id").map { row in
                    Job(
                        id: UniqueID(rawValue: try row["id"]), kind: JobKind(rawValue: try row["kind"]),
                        payload: try row["payload"], payloadVersion: 1, attempt: attempt,
                        maxAttempts: try row["max_attempts"], createdAt: try row["created_at"])
                }
            }
        }

        func log() async throws -> [WebhookRegister.Delivery] {
            try await database.read("test") { db in try register.deliveries(to: "watch", in: db) }
        }

        func endpoint() async throws -> WebhookRegister.Endpoint? {
            try await database.read("test") { db in try register.endpoints(in: db).first }
        }

        func kinds() async throws -> [String] {
            try await database.read("test") { db in
                try db.rows("SELECT kind FROM audit_entries ORDER BY sequence").map { row -> String in try row["kind"] }
            }
        }
    }

    private static func receiver(_ answers: [String]) async throws -> (RawUpstream, Inbox) {
        let inbox = Inbox()
        let server = try await RawUpstream.start { connection, number in
            guard let request = await connection.request(within: .seconds(10)) else { return }
            inbox.requests.withLock { $0.append(request) }
            let answer = number < answers.count ? answers[number] : answers.last ?? "200 OK"
            if answer == "silence" { return try await Task.sleep(for: .seconds(20)) }
            try await connection.send(Array("HTTP/1.1 \(answer)\r\nContent-Length: 0\r\n\r\n".utf8))
        }
        return (server, inbox)
    }

    final class Inbox: Sendable {
        let requests = Mutex<[RawRequest]>([])
        var all: [RawRequest] { requests.withLock { $0 } }
    }

    @Test(
        "an event that an endpoint wants arrives signed, once, and names no person", arguments: DatabaseEngine.allCases)
    func delivered(_ engine: DatabaseEngine) async throws {
        let (server, inbox) = try await Self.receiver(["204 No Content"])
        try await TestDatabase.with(engine, migrations: Self.migrations) { database in
            let bench = try Bench(database, port: server.port)
            try await bench.act("backup.failed", ["reason": "disk “full”"])
            // Not wanted: another kind, and one below the severity.
            try await bench.act("role.granted")
            try await bench.act("backup.completed")
            let jobs = try await bench.jobs()
            #expect(jobs.count == 1 && !jobs[0].payload.contains("disk"))
            try await bench.delivery.run(jobs[0])
            // Taken up again after a crash: delivered already.
            try await bench.delivery.run(jobs[0])
            let request = try #require(inbox.all.first)
            #expect(inbox.all.count == 1 && request.method == "POST" && request.target == "/hook")
            let id = try #require(request.values("webhook-id").first)
            let time = try #require(request.values("webhook-timestamp").first)
            let signed = Data("\(id).\(time).".utf8) + Data(request.body)
            let signatures = try #require(request.values("webhook-signature").first).split(separator: " ")
            let keys = [Data(Self.secret.reveal().utf8), Data("another secret, on its way out".utf8)]
            #expect(signatures.count == 2)
            for (signature, key) in zip(signatures, keys) {
                let code = try #require(Data(base64Encoded: String(signature.dropFirst(3))))
                #expect(signature.hasPrefix("v1,"))
                #expect(
                    HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: SymmetricKey(data: key))
                )
            }
            #expect(time == "\(bench.clock.now().nanosecondsSinceEpoch / 1_000_000_000)")
            let text = String(decoding: request.body, as: UTF8.self)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
            let data = try #require(json["data"] as? [String: Any])
            #expect(json["type"] as? String == "backup.failed" && data["severity"] as? String == "critical")
            #expect((data["details"] as? [String: String])?["reason"] == "disk “full”")
            #expect(!text.contains("ada@example.org") && text.contains(#""actor":"p_"#))
            let log = try await bench.log()
            #expect(log.map(\.state) == ["delivered"] && log.first?.lastStatus == 204 && log.first?.attempts == 1)
        }
        await server.stop()
    }

    @Test("what fails is tried again, and given up with an event", arguments: DatabaseEngine.allCases)
    func retried(_ engine: DatabaseEngine) async throws {
        let (server, _) = try await Self.receiver(["500 No", "silence", "302 Found", "200 OK", "500 No"])
        try await TestDatabase.with(engine, migrations: Self.migrations) { database in
            let bench = try Bench(database, port: server.port, attempts: 4)
            try await bench.act("job.dead")
            let job = try #require(try await bench.jobs().first)
            for expected in ["500", "timeout", "302"] {
                await #expect(throws: JobFailure.self) { try await bench.delivery.run(job) }
                let log = try #require(try await bench.log().first)
                #expect(log.state == "waiting" && (log.lastStatus.map { "\($0)" } ?? log.lastError) == expected)
            }
            #expect(try await bench.endpoint()?.failingSince == bench.clock.now())
            try await bench.delivery.run(job)
            #expect(try await bench.log().first?.state == "delivered")
            #expect(try await bench.endpoint()?.failingSince == nil)
            // The last try of another.
            try await bench.act("job.dead")
            let last = try #require(try await bench.jobs(attempt: 4).first { $0.id != job.id })
            await #expect(throws: JobFailure.self) { try await bench.delivery.run(last) }
            #expect(try await bench.log().first?.state == "failed")
            #expect(try await bench.kinds() == ["job.dead", "job.dead", "webhook.failed"])
        }
        await server.stop()
    }

    @Test("410 switches an endpoint off, visibly, until somebody switches it on", arguments: DatabaseEngine.allCases)
    func gone(_ engine: DatabaseEngine) async throws {
        let (server, inbox) = try await Self.receiver(["410 Gone", "200 OK"])
        try await TestDatabase.with(engine, migrations: Self.migrations) { database in
            let bench = try Bench(database, port: server.port)
            try await bench.act("backup.failed")
            try await bench.act("backup.failed")
            let jobs = try await bench.jobs()
            await #expect(throws: JobFailure.self) { try await bench.delivery.run(jobs[0]) }
            #expect(try await bench.endpoint()?.disabledReason == "gone")
            try await bench.delivery.run(jobs[1])
            #expect(inbox.all.count == 1)
            #expect(Set(try await bench.log().map(\.state)) == ["failed", "skipped"])
            #expect(try await bench.kinds().suffix(2) == ["webhook.failed", "webhook.disabled"])
            let register = bench.register
            #expect(try await database.transaction("test") { db in try register.enable("watch", by: "ada", in: db) })
            #expect(
                try await database.transaction("test") { db in try register.enable("watch", by: "ada", in: db) }
                    == false)
            try await bench.act("backup.failed")
            // Those that ended already have nothing left to do.
            for job in try await bench.jobs() { try await bench.delivery.run(job) }
            #expect(inbox.all.count == 2)
        }
        await server.stop()
    }

    @Test("an endpoint that fails for days is switched off once", arguments: DatabaseEngine.allCases)
    func failing(_ engine: DatabaseEngine) async throws {
        let (server, _) = try await Self.receiver(["500 No"])
        try await TestDatabase.with(engine, migrations: Self.migrations) { database in
            let bench = try Bench(database, port: server.port)
            for _ in 0..<3 { try await bench.act("job.dead") }
            let jobs = try await bench.jobs()
            await #expect(throws: JobFailure.self) { try await bench.delivery.run(jobs[0]) }
            bench.clock.advance(by: .seconds(86_399))
            await #expect(throws: JobFailure.self) { try await bench.delivery.run(jobs[1]) }
            #expect(try await bench.endpoint()?.disabledAt == nil)
            bench.clock.advance(by: .seconds(2))
            // Several workers at once.
            await withTaskGroup { group in
                for _ in 0..<8 { group.addTask { try? await bench.delivery.run(jobs[2]) } }
            }
            #expect(try await bench.endpoint()?.disabledReason == "failing")
            #expect(try await bench.kinds().filter { $0 == "webhook.disabled" }.count == 1)
        }
        await server.stop()
    }

    @Test("an endpoint never hears of webhooks' own failures, and hears what it names")
    func wants() throws {
        func endpoint(_ events: [String], _ severity: EventSeverity = .info) -> WebhookEndpoint {
            WebhookEndpoint(id: "a", url: "https://example.org/", secrets: [], events: events, severity: severity)
        }
        let disabled = try #require(EventRegistry.kind("webhook.disabled"))
        let revoked = try #require(EventRegistry.kind("session.revoked"))
        let replayed = try #require(EventRegistry.kind("session.replayed"))
        #expect(!endpoint([]).wants(disabled) && !endpoint(["webhook.*"]).wants(disabled))
        #expect(!endpoint([]).wants(revoked) && endpoint([]).wants(replayed))
        #expect(endpoint(["session.*"]).wants(revoked) && endpoint(["session.revoked"]).wants(revoked))
        #expect(
            !endpoint(["session.*"], .critical).wants(revoked) && endpoint(["session.*"], .critical).wants(replayed))
        #expect(!endpoint(["sess.*", "session"]).wants(revoked))
        #expect(endpoint(["*"]).wants(revoked) && !endpoint(["*"]).wants(disabled))
    }

    @Test("endpoints are read from the configuration, and a short secret is refused without showing it")
    func configuration() {
        func read(_ secrets: String, events: String = "*") -> (WebhookSettings, [ConfigurationError]) {
            let node = ConfigurationNode.list([
                .mapping([
                    ConfigurationEntry(key: "id", value: .scalar("watch")),
                    ConfigurationEntry(key: "url", value: .scalar("https://example.org/hook")),
                    ConfigurationEntry(key: "secrets", value: .list([.scalar(secrets)])),
                    ConfigurationEntry(key: "severity", value: .scalar("warning")),
                    ConfigurationEntry(key: "events", value: .list([.scalar(events)])),
                ])
            ])
            var reader = ConfigurationReader(
                values: ["webhooks.endpoints": ConfigurationValue(node, origin: "test")], defaultMode: .enforce,
                environment: .production)
            return (WebhookSettings.read(&reader), reader.errors)
        }
        let (good, none) = read("a-secret-of-the-tests-that-is-long-enough")
        #expect(none.isEmpty && good.endpoints.first?.severity == .warning && good.endpoints.first?.secrets.count == 1)
        for events in ["session.*", "session.revoked"] {
            #expect(read("a-secret-of-the-tests-that-is-long-enough", events: events).1.isEmpty, "\(events)")
        }
        for nobody in ["sesion.*", "session", "**", ""] {
            #expect(read("a-secret-of-the-tests-that-is-long-enough", events: nobody).1.count == 1, "\(nobody)")
        }
        let (bad, errors) = read("short-secret")
        #expect(bad.endpoints.isEmpty && errors.count == 1 && !"\(errors)".contains("short-secret"))
    }
}
