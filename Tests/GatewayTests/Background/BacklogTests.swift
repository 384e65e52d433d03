import Kernel
import Observability
import Store
import TestKit
import Testing

@testable import Gateway

@Suite("The backlog in the metrics")
struct BacklogTests {
    @Test(
        "is counted once for all who ask, again after 15 s, and what was counted stays while the database is away",
        arguments: DatabaseEngine.allCases)
    func counted(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Schema.migrations) { database in
            let clock = ManualClock()
            let ports = SystemPorts(
                wallClock: clock, monotonicClock: clock, random: SeededRandomSource(seed: 4))
            let queue = JobQueue(clock: clock, random: ports.random)
            for kind: JobKind in ["a.b", "a.b", "c.d"] {
                try await database.transaction("test.enqueue") { db in
                    try queue.enqueue(JobRequest(kind, payload: "{}"), in: db)
                }
            }
            clock.advance(by: .seconds(5))
            let backlog = Backlog(database, ports)
            await withTaskGroup { group in
                for _ in 0..<32 {
                    group.addTask {
                        let figures = await backlog.figures()
                        #expect(figures?.jobs["a.b"]?.ready == 2 && figures?.jobs["c.d"]?.ready == 1)
                    }
                }
            }
            #expect(database.metrics.snapshot["backlog.count"]?.count == 1)
            var text = MetricsText()
            await backlog.write(to: &text)
            #expect(text.text.contains("seaworthy_jobs_oldest_due_seconds{kind=\"a.b\"} 5\n"), "\(text.text)")

            let cancelled = try await database.transaction("test.cancel") { db in
                let job = try queue.list(kind: "c.d", in: db).first
                return try job.map { try queue.cancel($0.id, in: db) }
            }
            #expect(cancelled == .cancelled)
            #expect(await backlog.figures()?.jobs["c.d"]?.ready == 1)
            clock.advance(by: .seconds(16))
            let later = await backlog.figures()
            #expect(later?.jobs["c.d"]?.ready == 0 && later?.jobs["c.d"]?.ended == ["cancelled": 1])
            #expect(database.metrics.snapshot["backlog.count"]?.count == 2)

            try await database.transaction("test.break") { db in
                try db.execute("ALTER TABLE emails RENAME TO emails_away")
            }
            clock.advance(by: .seconds(16))
            #expect(await backlog.figures()?.jobs["a.b"]?.ready == 2)
            #expect(await backlog.failures == 1)
        }
    }
}
