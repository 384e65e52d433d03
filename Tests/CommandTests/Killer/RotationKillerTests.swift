import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("A rotation of keys killed at seeded points", .serialized)
struct RotationKillerTests {
    private struct Key: Decodable {
        let id, purpose, state: String
    }

    private static func keys(_ bench: BackupBench, _ point: String) async throws -> [String: [String]] {
        let run = try await bench.run("secrets", "list", "--format", "json")
        #expect(run.status == 0, "\(point): \(run.err)")
        let keys = try JSONDecoder().decode([Key].self, from: Data(run.out.utf8))
        return Dictionary(grouping: keys, by: \.purpose).mapValues { $0.map(\.id) }
    }

    /// A database whose ring was opened a week ago.
    private static func opened(_ engine: DatabaseEngine) async throws -> BackupBench {
        let bench = try await BackupBench(engine)
        bench.set("SEAWORTHY_SECRET_KEY", SecretStartTests.keys[0])
        let shifted = try await bench.workspace.shifted(days: -7)
        let running = try bench.workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:9", "--set", "worker=none"] + ServeTests.anyPort,
            environment: bench.environment.merging(shifted) { $1 })
        _ = try await running.doors()
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
        return bench
    }

    @Test(
        "leaves each purpose its old key, at most one new one, and the next run ends it",
        arguments: DatabaseEngine.allCases)
    func rotation(_ engine: DatabaseEngine) async throws {
        let template = try await Self.opened(engine)
        let before = try await Self.keys(template, "before")
        #expect(before.count > 3)
        try await KillerBench(name: "key rotation", engine: engine).kill(
            prepare: { try await BackupBench(copying: template) }, arguments: { _ in ["secrets", "rotate", "--all"] },
            check: { bench, point in
                let left = try await Self.keys(bench, point)
                for (purpose, old) in before {
                    let now = left[purpose] ?? []
                    #expect(Set(now).isSuperset(of: old) && now.count <= old.count + 1, "\(point): \(purpose) \(now)")
                }
                let again = try await bench.run("secrets", "rotate", "--all")
                #expect(again.status == 0, "\(point): \(again.err)")
                let after = try await Self.keys(bench, point)
                for (purpose, old) in before {
                    let now = after[purpose] ?? []
                    #expect(Set(now).isSuperset(of: left[purpose] ?? []), "\(point): \(purpose) lost a key")
                    #expect(now.count <= old.count + 1, "\(point): \(purpose) doubled: \(now)")
                }
                try await bench.theTrailIsWhole(point)
            })
    }
}
