import Foundation
import Store
import TestKit
import Testing

@Suite("seaworthy search")
struct SearchCommandTests {
    /// What somebody might type who wishes us ill.
    private static let hostile: [String] = [
        "'", "\"", "\\", "';DROP TABLE search_documents;--", "\" OR 1=1 --", "a' OR 'a'='a", "started\") OR (\"x",
        "title_words:started", "{title_words body_words}: started", "NEAR(process started, 5)",
        "started NOT process OR *", "^started", "start* AND *", "* * *", "(((((((((((", "a & b | !c <-> d",
        "'a':* & 'b'", "$1 ?1 :name @name %s {0}", "started\u{202E}dekcol", "\"unclosed phrase", "\u{FEFF}started",
        String(repeating: "a", count: 300), String(repeating: "(", count: 300), String(repeating: "a b ", count: 90),
        "e\u{301}\u{301}\u{301}\u{301}", "search_words MATCH 'x'", "started; SELECT pg_sleep(10)", "🏴‍☠️ started",
        "started OR pg_sleep(5)", "\r\nstarted\r\n", "\u{1B}[2Jstarted", "`id`", "$(id)", "%00started",
    ]

    private static func filled(_ address: String, _ workspace: Workspace) async throws {
        let running = try workspace.serving(address, "--set", "worker=none")
        #expect(try await running.statuses(AuditCommandTests.trace).count == 1)
        try await running.end()
    }

    @Test("It finds events, best first, as somebody with a permission sees them", arguments: DatabaseEngine.allCases)
    func finds(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("search")
        defer { directory.remove() }
        let (workspace, address) = (try Workspace(), try TestDatabase.address(engine, in: directory))
        try await Self.filled(address, workspace)
        let found = try await workspace.run("search", "process", "started", "--database", address)
        #expect(
            found.status == 0 && found.out.contains("process.started: A process started."), "\(found.out)\(found.err)")
        #expect(found.out.contains("role edge"))
        for line in found.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        let reason = try await workspace.run("search", "request-shape.method", "--database", address)
        #expect(reason.status == 0 && reason.out.contains("request.malformed"), "\(reason.out)\(reason.err)")
        let json = try await workspace.run("search", "start*", "--format", "json", "--database", address)
        #expect(json.status == 0 && json.out.contains("\"isMatch\" : true"))
        for arguments in [["--as", "public"], ["--kind", "help"], ["--as", "audit.reader"]] {
            let nobody = try await workspace.start(["search", "started", "--database", address] + arguments).finish(
                within: .seconds(20))
            #expect(nobody.status == 1 && nobody.out.isEmpty && nobody.err.contains("nothing found"), "\(arguments)")
        }
        let auditor = try await workspace.run("search", "started", "--as", "audit.read", "--database", address)
        #expect(auditor.status == 0)
    }

    @Test("No hostile query injects, stalls or drives the terminal", arguments: DatabaseEngine.allCases)
    func hostility(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("search")
        defer { directory.remove() }
        let (workspace, address) = (try Workspace(), try TestDatabase.address(engine, in: directory))
        try await Self.filled(address, workspace)
        #expect(try await workspace.run("search", "started", "--database", address).status == 0)
        let database = try await opened(address)
        let count: @Sendable (ReadTransaction) throws -> Int = { db in
            try db.value("SELECT count(*) FROM search_documents") ?? 0
        }
        let before = try await database.read("test", count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = Self.hostile[...]
            func next() throws {
                guard let text = rest.popFirst() else { return }
                let running = try workspace.start(["search", "--database", address, "--as", "public", "--", text])
                let seen = UncheckedRun(running)
                group.addTask {
                    let run = try await seen.running.finish(within: .seconds(30))
                    // Nothing is public: 1, or a refusal that says what would be valid.
                    #expect([1, 64].contains(run.status) && !run.wasKilled, "\(text): \(run.status) \(run.err)")
                    #expect(
                        run.out.isEmpty && run.err.hasPrefix("seaworthy: ") && run.err.count < 300,
                        "\(text): \(run.err)")
                    #expect(!run.err.contains("syntax") && !run.err.contains("\u{1B}"), "\(text): \(run.err)")
                }
            }
            for _ in 0..<4 { try next() }
            while try await group.next() != nil { try next() }
        }
        #expect(try await database.read("test", count) == before && before > 3)
        await database.close()
    }

    /// One run, waited for in one task.
    private struct UncheckedRun: @unchecked Sendable {
        let running: Running
        init(_ running: Running) { self.running = running }
    }
}
