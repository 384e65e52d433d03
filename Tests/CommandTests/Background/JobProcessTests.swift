import Foundation
import Kernel
import Store
import TestKit
import Testing

/// Jobs in workers that are processes: killed, side by side, asked to end.
@Suite("Jobs, in real workers", .serialized)
struct JobProcessTests {
    @Test(
        "One whose worker is killed in the middle is taken up by another: nothing lost, and told to be the same",
        arguments: DatabaseEngine.allCases)
    func killed(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        let receiver = try await WebhookReceiver.start { $0 == 0 ? .silence : .status(204) }
        try workspace.configure(receiver)
        let address = try await workspace.migrated(engine)
        let first = try await workspace.worker(address)
        #expect(try await workspace.run("jobs", "run", "webhooks.retain", "--database", address).status == 0)
        try await first.wait("the job's middle") { receiver.requests.count == 1 }
        first.signal(SIGKILL)
        #expect(try await first.finish(within: .seconds(10)).wasKilled)
        let second = try await workspace.worker(address)
        try await JobsBeside.with(address) { beside in
            try await beside.wait("the job's end", "webhook.deliver") { $0.first?.state == .done }
            let jobs = try await beside.jobs("webhook.deliver")
            #expect(jobs.count == 1 && jobs.first?.attempts == 2)
            #expect(jobs.first?.worker?.hasSuffix(":\(second.pid)") == true)
        }
        #expect(receiver.ids.count == 2 && Set(receiver.ids).count == 1)
        #expect(second.out.contains("\"event\":\"jobs-taken-back\""))
        second.signal(SIGTERM)
        #expect(try await second.finish(within: .seconds(20)).status == 0)
        await receiver.stop()
    }

    @Test("Two workers do each once", arguments: DatabaseEngine.allCases)
    func together(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        let receiver = try await WebhookReceiver.start { _ in .status(200) }
        try workspace.configure(receiver)
        let address = try await workspace.migrated(engine)
        let workers = [try await workspace.worker(address), try await workspace.worker(address)]
        try await JobsBeside.with(address) { beside in
            try await beside.deliveries(40)
            try await beside.wait("all", "webhook.deliver") { $0.count == 40 && $0.allSatisfy { $0.state == .done } }
            #expect(try await beside.jobs("webhook.deliver").allSatisfy { $0.attempts == 1 })
        }
        #expect(receiver.ids.sorted() == (0..<40).map { "delivery-\($0)" }.sorted())
        for worker in workers {
            worker.signal(SIGTERM)
            #expect(try await worker.finish(within: .seconds(20)).status == 0)
        }
        await receiver.stop()
    }

    @Test(
        "A payload of a newer version is left alone, and seen: in the list and in the metrics; a full queue keeps ready green",
        arguments: DatabaseEngine.allCases)
    func newer(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        let receiver = try await WebhookReceiver.start { _ in .status(200) }
        try workspace.configure(receiver)
        let address = try await workspace.migrated(engine)
        try await JobsBeside.with(address) { beside in
            var newer = JobRequest("webhook.deliver", payload: "{\"to\":\"somewhere\"}")
            newer.payloadVersion = 99
            let id = try await beside.enqueue(newer)
            for _ in 0..<300 { try await beside.enqueue(JobRequest("kind.of-tomorrow", payload: "{}")) }
            let running = try workspace.serving(address)
            _ = try await running.worker()
            // What came later was done, so the newer one was passed over.
            try await beside.deliveries(1)
            try await beside.wait("the later one", "webhook.deliver") { $0.contains { $0.state == .done } }
            let left = try await beside.jobs("webhook.deliver").first { $0.id == id }
            #expect(left?.state == .ready && left?.attempts == 0)

            // The worker says so, once for each kind.
            try await running.wait("a word of the worker") {
                running.out.contains("\"event\":\"jobs-left-to-newer-worker\"")
                    && running.out.contains("\"kind\":\"kind.of-tomorrow\"")
            }
            let list = try await workspace.run("jobs", "show", id.rawValue, "--database", address)
            #expect(
                list.status == 0 && list.out.contains("version     99") && list.out.contains("ready"), "\(list.out)")
            #expect(try await running.operatorAnswer("/health/ready").text.contains("\"worker\""))
            for dependency in ["worker", "database"] {
                #expect(try await running.dependency(dependency)?.holds == true)
            }
            let metrics = try await running.operatorAnswer("/metrics").text
            #expect(metrics.contains("seaworthy_jobs{kind=\"webhook.deliver\",state=\"ready\"} 1"), "\(metrics)")
            #expect(metrics.contains("seaworthy_jobs{kind=\"kind.of-tomorrow\",state=\"ready\"} 300"))
            let age = metrics.firstMatch(of: /seaworthy_jobs_oldest_due_seconds\{kind="webhook.deliver"\} ([0-9.]+)/)
            #expect(age.flatMap { Double($0.1) } ?? 0 > 0)
            running.signal(SIGTERM)
            #expect(try await running.finish(within: .seconds(20)).status == 0)
        }
        await receiver.stop()
    }

    @Test(
        "A worker that is asked to end gives back what it hasn't done: the try doesn't count",
        arguments: DatabaseEngine.allCases)
    func drained(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        let receiver = try await WebhookReceiver.start { _ in .silence }
        try workspace.configure(receiver, "operations.jobs.drain-limit: 0s")
        let address = try await workspace.migrated(engine)
        let worker = try await workspace.worker(address)
        try await JobsBeside.with(address) { beside in
            try await beside.deliveries(2)
            try await worker.wait("both jobs' middle") { receiver.requests.count == 2 }
            worker.signal(SIGTERM)
            #expect(try await worker.finish(within: .seconds(20)).status == 0)
            let jobs = try await beside.jobs("webhook.deliver")
            #expect(jobs.map(\.state) == [.ready, .ready] && jobs.map(\.attempts) == [0, 0], "\(jobs)")
        }
        #expect(
            worker.out.contains("\"event\":\"jobs-given-back\"") && worker.out.contains("\"event\":\"work-stopped\""))
        await receiver.stop()
    }

    @Test("One that is given up is an event of the trail, and a line of the log", arguments: DatabaseEngine.allCases)
    func dead(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        try workspace.configure(nil, "email.from: app@example.test", Workspace.secretKey)
        let address = try await workspace.migrated(engine)
        let worker = try await workspace.worker(address)
        try await JobsBeside.with(address) { beside in
            let id = try await beside.enqueue(JobRequest("email.deliver", payload: "no mail"))
            try await beside.wait("its end", "email.deliver") { $0.first?.state == .dead }
            try await worker.wait("the event") { worker.out.contains("\"type\":\"job.dead\"") }
            #expect(worker.out.contains("\"event\":\"job-dead\"") && worker.out.contains(id.rawValue))
            #expect(try await beside.trail().contains("job.dead"))
            let again = try await workspace.run("jobs", "retry", id.rawValue, "--database", address)
            #expect(again.status == 0, "\(again.err)")
            #expect(try await beside.trail().contains("job.retried-by-hand"))
        }
        worker.signal(SIGTERM)
        #expect(try await worker.finish(within: .seconds(20)).status == 0)
    }

    @Test("A worker whose PostgreSQL breaks away goes on when that is back: what was queued meanwhile is done")
    func databaseGone() async throws {
        let postgres = try PostgresServer()
        defer { postgres.remove() }
        let workspace = try Workspace()
        let receiver = try await WebhookReceiver.start { _ in .status(200) }
        try workspace.configure(receiver)
        let address = try postgres.makeDatabase()
        #expect(try await workspace.run("migrate", "up", "--database", address).status == 0)
        let worker = try await workspace.worker(address)
        postgres.crash()
        try await worker.wait("a complaint") { worker.out.contains("\"event\":\"jobs-store-failed\"") }
        try postgres.start()
        try await JobsBeside.with(address) { beside in
            try await beside.deliveries(3)
            try await beside.wait("all", "webhook.deliver") { $0.count == 3 && $0.allSatisfy { $0.state == .done } }
        }
        #expect(worker.isRunning && receiver.ids.count == 3)
        worker.signal(SIGTERM)
        #expect(try await worker.finish(within: .seconds(20)).status == 0)
        await receiver.stop()
    }

    @Test("A worker with the role of least privilege does all of its work, pruning the trail among it")
    func leastPrivilege() async throws {
        let server = try PostgresServer.ofThisRun
        let workspace = try Workspace()
        try workspace.configure(
            nil, Workspace.secretKey, "email.from: app@example.test",
            "operations.backup.to: \(workspace.path("backups"))",
            "operations.backup.passphrase: nine violet otters row home 1847")
        let address = try await workspace.migrated(.postgres)
        let name = String(address.split(separator: "/").last ?? "")
        let role = "worker_\(UInt32.random(in: 0 ... .max))"
        try server.sql("CREATE ROLE \(role) LOGIN")
        try server.sql(try await workspace.run("migrate", "grants", "--role", role).out, database: name)
        // A row that is past its time, written before the role has anything to do with it.
        try await JobsBeside.with(address) { beside in
            let journal = Journal(clock: ManualClock(), random: SeededRandomSource(seed: 8))
            let old = Timestamp(nanosecondsSinceEpoch: 1_000_000_000_000_000_000)
            let past = Journal(clock: ManualClock(start: old), random: SeededRandomSource(seed: 8))
            try await beside.database.transaction("test.old") { db in
                try past.append(AuditEvent("job.dead", actor: "worker", details: ["kind": "k"]), in: db)
            }
            try await beside.database.transaction("test.new") { db in
                try journal.append(AuditEvent("job.dead", actor: "worker", details: ["kind": "k"]), in: db)
            }
            let runtime = server.url(name, user: role)
            let worker = try await workspace.worker(runtime)
            let schedules = ["audit.retain", "backup", "email.retain", "secrets.upkeep", "webhooks.retain"]
            for schedule in schedules {
                let run = try await workspace.run("jobs", "run", schedule, "--database", runtime)
                #expect(run.status == 0, "\(schedule): \(run.err)")
            }
            for kind: JobKind in ["audit.retain", "backup.run", "email.retain", "secrets.upkeep", "webhooks.retain"] {
                try await beside.wait("\(kind.rawValue)", kind) { $0.first?.state == .done }
            }
            let left = try await beside.database.read("test.left") { db in
                try db.value("SELECT count(*) FROM audit_entries WHERE kind = 'job.dead'") as Int64?
            }
            #expect(left == 1, "the row that is past its time is gone, the other isn't")
            #expect(!worker.out.contains("\"event\":\"audit-not-pruned\""), "\(worker.out)")
            #expect(!worker.out.contains("\"event\":\"job-failed\""), "\(worker.out)")
            worker.signal(SIGTERM)
            #expect(try await worker.finish(within: .seconds(20)).status == 0)
        }
    }
}
