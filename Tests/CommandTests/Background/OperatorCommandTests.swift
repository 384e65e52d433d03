import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("jobs, mail and webhooks, the commands", .serialized)
struct OperatorCommandTests {
    private struct Sheet: Decodable {
        let id: String
        let state: String
        let kind: String
    }

    @Test(
        "jobs lists in 80 columns and JSON, shows, cancels, retries and discards; each act is in the trail",
        arguments: DatabaseEngine.allCases)
    func jobs(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        try workspace.configure()
        let address = try await workspace.migrated(engine)
        #expect(try await workspace.run("jobs", "list", "--database", address).out == "No jobs.\n")
        try await JobsBeside.with(address) { beside in
            var ids: [String] = []
            for _ in 0..<3 {
                ids.append(try await beside.enqueue(JobRequest("kind.of-tomorrow", payload: "{\"n\":1}")).rawValue)
            }
            // Those of one millisecond stand in any order.
            ids.sort()
            let list = try await workspace.run("jobs", "list", "--limit", "2", "--database", address)
            #expect(list.out.contains(ids[2]) && !list.out.contains(ids[0]) && list.out.contains("--before \(ids[1])"))
            for line in list.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            let page = try await workspace.run(
                "jobs", "list", "--before", ids[1], "--database", address, "--format", "json")
            let sheets = try JSONDecoder().decode([Sheet].self, from: Data(page.out.utf8))
            #expect(sheets.map(\.id) == [ids[0]] && sheets.first?.state == "ready")

            for (verb, state) in [("cancel", "cancelled"), ("retry", "ready"), ("cancel", "cancelled")] {
                let run = try await workspace.run("jobs", verb, ids[0], "--database", address, "--format", "json")
                #expect(run.status == 0, "\(run.err)")
                #expect(try JSONDecoder().decode(Sheet.self, from: Data(run.out.utf8)).state == state)
            }
            let twice = try await workspace.run("jobs", "cancel", ids[0], "--database", address)
            #expect(twice.status == 1 && twice.err.contains("has ended already"), "\(twice.err)")
            let ready = try await workspace.run("jobs", "discard", ids[1], "--database", address)
            #expect(ready.status == 1 && ready.err.contains("is ready: only a dead or cancelled job can be removed"))
            #expect(try await workspace.run("jobs", "discard", ids[0], "--database", address).status == 0)
            let gone = try await workspace.run("jobs", "show", ids[0], "--database", address)
            #expect(gone.status == 1 && gone.err.contains("there is no job"))
            #expect(
                try await beside.trail() == [
                    "job.cancelled", "job.retried-by-hand", "job.cancelled", "job.discarded",
                ])
        }
    }

    @Test(
        "What is wrong is said, with what would be valid and the right status",
        arguments: [
            (["jobs", "list", "--state", "sleeping"], 64, "ready, running, done, dead, cancelled"),
            (["jobs", "list", "--limit", "0"], 64, "1 to 200"),
            (["jobs", "retry"], 64, "either a job's id or --dead-of KIND"),
            (["jobs", "run", "nightly"], 1, "audit.retain, audit.verify"),
            (["jobs", "show", "'; DROP TABLE jobs; --"], 1, "there is no job"),
            (["mail", "list"], 78, "email.from names the address"),
            (["mail", "test", "nobody"], 64, "one @ between"),
            (["mail", "suppress", "a@example.test", "--cause", "mood"], 64, "manual, complaint, bounce"),
            (["webhooks", "enable", "x"], 1, "there is no webhook"),
        ] as [([String], Int32, String)])
    func refused(_ arguments: [String], _ status: Int32, _ words: String) async throws {
        let workspace = try Workspace()
        let address = try await workspace.migrated(.sqlite)
        let run = try await workspace.start(arguments + ["--database", address]).finish(within: .seconds(20))
        #expect(run.status == status && run.err.contains(words), "\(run.status) \(run.err)")
        #expect(run.out.isEmpty)
    }

    @Test("A database that isn't there, lacks its schema or can't be used for mail is said with its status")
    func database() async throws {
        let workspace = try Workspace()
        let old = try await workspace.run("jobs", "list", "--database", workspace.path("new.db"))
        #expect(old.status == 78 && old.err.contains("seaworthy migrate up"), "\(old.err)")
        let away = try await workspace.run("jobs", "list", "--database", "postgres://nobody@127.0.0.1:1/none")
        #expect(away.status == 69, "\(away.err)")
        #expect(try await workspace.run("jobs", "list", "--database", "none").status == 78)
        try workspace.write("seaworthy.yaml", "email.from: app@example.test\nenvironment: production\n")
        let address = try await workspace.migrated(.sqlite)
        let secretless = try await workspace.run("mail", "list", "--database", address)
        #expect(secretless.status == 78 && secretless.err.contains("secret-key"), "\(secretless.err)")
    }
}
