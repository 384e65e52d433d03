import Foundation
import Kernel
import Store
import TestKit
import Testing

/// A worker that is a process, ended with SIGKILL at seeded points of its work. Which of its threads comes first is chance,
/// so a seed names the same number of effects again, not always the same one.
@Suite("A worker killed at seeded points", .serialized)
struct WorkerKillerTests {
    private static let jobs = 12

    @Test(
        "loses no job and does none that nobody took up again twice; the trail stays whole",
        arguments: DatabaseEngine.allCases)
    func work(_ engine: DatabaseEngine) async throws {
        let receiver = try await WebhookReceiver.start { _ in .status(204) }
        let effects = try await round(engine, .counting, receiver, "not killed").effects
        #expect(effects > 10, "only \(effects) effects: is the library in it?")
        var (killed, points, again) = (0, Set<String>(), 0)
        for seed in KillerBench.seeds {
            let point = KillPoint(seed: seed, of: effects)
            let seen = try await round(
                engine, point, receiver, "job run on \(engine), seed \(seed): \(point) of \(effects)")
            points.insert("\(point)")
            if seen.wasKilled { killed += 1 }
            again += seen.again
        }
        #expect(killed > 0, "nothing was killed")
        KillerBench(name: "job run (\(again) taken up again)", engine: engine)
            .report(effects: effects, points: points.count, killed: killed, finished: KillerBench.seeds.count - killed)
        await receiver.stop()
    }

    private func round(
        _ engine: DatabaseEngine, _ point: KillPoint, _ receiver: WebhookReceiver, _ name: String
    ) async throws -> (effects: Int, wasKilled: Bool, again: Int) {
        let workspace = try Workspace()
        try workspace.configure(receiver)
        let address = try await workspace.migrated(engine)
        let before = receiver.ids.count
        let count = workspace.path("effects")
        var seen = (effects: 0, wasKilled: false, again: 0)
        try await JobsBeside.with(address) { beside in
            try await beside.deliveries(WorkerKillerTests.jobs)
            let worker = try workspace.start(
                ["work", "--database", address], environment: try point.environment(count: count))
            var isDone = false
            while worker.isRunning, !isDone {
                isDone = try await beside.jobs("webhook.deliver").allSatisfy { $0.state == .done }
                if !isDone { try await Task.sleep(for: .milliseconds(20)) }
            }
            seen.effects = KillPoint.effects(in: count)
            worker.signal(SIGTERM)
            seen.wasKilled = try await worker.finish(within: .seconds(20)).wasKilled
            let second = try await workspace.worker(address)
            try await beside.wait("all of them: \(name)", "webhook.deliver") { $0.allSatisfy { $0.state == .done } }
            second.signal(SIGTERM)
            #expect(try await second.finish(within: .seconds(20)).status == 0, "\(name)")
            seen.again = try await check(beside, calls: Array(receiver.ids.dropFirst(before)), name)
        }
        return seen
    }

    /// - Returns: how many jobs were taken up again.
    private func check(_ beside: JobsBeside, calls: [String], _ name: String) async throws -> Int {
        let expected = Set((0..<WorkerKillerTests.jobs).map { "delivery-\($0)" })
        #expect(Set(calls) == expected, "\(name): lost")
        let jobs = try await beside.jobs("webhook.deliver")
        #expect(jobs.count == WorkerKillerTests.jobs, "\(name)")
        let repeated = jobs.reduce(0) { $0 + $1.attempts - 1 }
        #expect(calls.count - expected.count <= repeated, "\(name): doubled without a second try")
        let states = try await beside.database.read("test.states") { db in
            try db.rows("SELECT state FROM webhook_deliveries").map { try $0["state"] as String }
        }
        #expect(states.count == WorkerKillerTests.jobs && Set(states) == ["delivered"], "\(name): \(states)")
        let trail = try await AuditVerifier(database: beside.database).verify()
        #expect(trail.isIntact, "\(name): \(trail.findings)")
        return jobs.count { $0.attempts > 1 }
    }
}
