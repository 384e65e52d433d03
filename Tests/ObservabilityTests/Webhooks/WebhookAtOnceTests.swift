import Kernel
import Observability
import Store
import TestKit
import Testing

@Suite("Deliveries to one webhook, by 32 at once")
struct WebhookAtOnceTests {
    @Test(
        "failures switch it off once, and one of 32 switches it on again",
        arguments: DatabaseEngine.allCases)
    func failing(_ engine: DatabaseEngine) async throws {
        let gone = try await RawUpstream.start { connection, _ in
            guard await connection.request(within: .seconds(60)) != nil else { return }
            try await connection.send(Array("HTTP/1.1 410 X\r\nContent-Length: 0\r\n\r\n".utf8))
        }
        try await TestDatabase.with(engine, migrations: WebhookTests.migrations) { database in
            let bench = try WebhookTests.Bench(database, port: gone.port)
            for _ in 0..<32 { try await bench.act("job.dead") }
            let jobs = try await bench.jobs()
            #expect(jobs.count == 32)
            // 410 is an error to the queue, whoever gets it.
            _ = await AtOnce.outcomes { try await bench.delivery.run(jobs[$0]) }
            let log = try await bench.log()
            #expect(log.count == 32 && log.allSatisfy { $0.attempts <= 1 && $0.state != "waiting" })
            #expect(log.contains { $0.state == "failed" })
            #expect(try await bench.endpoint()?.disabledReason == "gone")
            #expect(try await bench.kinds().count { $0 == "webhook.disabled" } == 1)
            let enabled = try await AtOnce.run { _ in
                try await database.transaction("test") { db in
                    try bench.register.enable("watch", by: "ada", in: db)
                }
            }
            #expect(enabled.count { $0 } == 1)
            #expect(try await bench.kinds().count { $0 == "webhook.enabled" } == 1)
        }
        await gone.stop()
    }
}
