import TestKit
import Testing

@Suite("keys")
struct KeysCommandTests {
    @Test("says that there is none, and which key or role it doesn't know")
    func none() async throws {
        let workspace = try Workspace()
        func run(_ arguments: String...) async throws -> (status: Int32, out: String, err: String) {
            let run = try await workspace.start(arguments + ["--database", "a.db"]).finish(within: .seconds(20))
            return (run.status, run.out, run.err)
        }
        #expect(try await run("keys", "list").status != 0, "there is no schema yet")
        #expect(try await run("migrate", "up").status == 0)
        let empty = try await run("keys", "list")
        #expect(empty.status == 0 && empty.out.isEmpty && empty.err.contains("no API key"))
        let json = try await run("keys", "list", "--format", "json")
        #expect(json.status == 0 && json.out.contains("["), "\(json.out)")
        let stranger = try await run("keys", "list", "--account", "a@example.com")
        #expect(stranger.status == 65 && stranger.err.contains("no account"))
        let unknown = try await run("keys", "revoke", "x")
        #expect(unknown.status == 65 && unknown.err.contains("no API key with the id \"x\""), "\(unknown.err)")
        #expect(try await run("keys", "revoke").status == 64)
        let role = try await run("user", "add", "a@example.com", "--role", "operater")
        #expect(role.status == 65 && role.err.contains("the nearest is operator"), "\(role.err)")
    }
}
