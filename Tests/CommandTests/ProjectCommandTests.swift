import TestKit
import Testing

@Suite("project")
struct ProjectCommandTests {
    @Test("makes, lists, renames, archives and deletes projects, and says who is in them")
    func whole() async throws {
        let workspace = try Workspace()
        func run(_ arguments: String...) async throws -> (status: Int32, out: String, err: String) {
            let run = try await workspace.start(
                arguments + ["--database", "a.db", "--set", "identity.roles={editor: [tasks.write]}"]
            ).finish(within: .seconds(20))
            return (run.status, run.out, run.err)
        }
        #expect(try await run("project", "list").status != 0, "there is no schema yet")
        #expect(try await run("migrate", "up").status == 0)
        let empty = try await run("project", "list")
        #expect(empty.status == 0 && empty.out.isEmpty && empty.err.contains("no project"))
        let nobody = try await run("project", "create", "Plan", "--owner", "a@example.com")
        #expect(nobody.status == 65 && nobody.err.contains("no account has the address"), "\(nobody.err)")
        for email in ["a@example.com", "b@example.com"] {
            #expect(try await run("user", "add", email).status == 0)
        }
        let made = try await run("project", "create", "Plan", "--owner", "a@example.com", "--slug", "plan")
        #expect(made.status == 0 && made.out == "plan\n", "\(made.err)")
        let twice = try await run("project", "create", "Plan", "--owner", "a@example.com", "--slug", "plan")
        #expect(twice.status == 65 && twice.err.contains("never given twice"), "\(twice.err)")
        let bad = try await run("project", "create", "Plan", "--owner", "a@example.com", "--slug", "The Plan")
        #expect(bad.status == 65 && bad.err.contains("small letters"), "\(bad.err)")
        let list = try await run("project", "list")
        #expect(list.out.contains("plan") && list.out.contains("active") && list.out.contains("Plan"))
        #expect(list.out.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let role = try await run("project", "member", "add", "plan", "b@example.com", "--role", "editr")
        #expect(role.status == 65 && role.err.contains("editor, member, owner"), "\(role.err)")
        #expect(try await run("project", "member", "add", "plan", "b@example.com", "--role", "editor").status == 0)
        let last = try await run("project", "member", "remove", "plan", "a@example.com")
        #expect(last.status == 65 && last.err.contains("needs an owner"), "\(last.err)")
        #expect(try await run("project", "member", "role", "plan", "b@example.com", "owner").status == 0)
        #expect(try await run("project", "member", "remove", "plan", "a@example.com").status == 0)
        let members = try await run("project", "member", "list", "plan", "--format", "json")
        #expect(members.out.contains("b@example.com") && !members.out.contains("a@example.com"), "\(members.out)")
        #expect(try await run("project", "rename", "plan", "Better plan").status == 0)
        #expect(try await run("project", "archive", "plan").status == 0)
        #expect(try await run("project", "list", "better").out.contains("archived"))
        #expect(try await run("project", "restore", "plan").status == 0)
        let orphan = try await run("user", "delete", "b@example.com")
        #expect(orphan.status == 65 && orphan.err.contains("nobody but b@example.com owns plan"), "\(orphan.err)")
        #expect(orphan.err.contains("--successor") && orphan.err.contains("seaworthy project member role"))
        let both = try await run(
            "user", "delete", "b@example.com", "--successor", "a@example.com", "--orphan-projects", "keep")
        #expect(both.status == 64 && both.err.contains("exclude each other"), "\(both.err)")
        let passed = try await run("user", "delete", "b@example.com", "--successor", "a@example.com")
        #expect(passed.status == 0 && passed.out.contains("a@example.com owns now: plan\n"), "\(passed.err)")
        let ended = try await run("project", "delete", "plan")
        #expect(ended.status == 0 && ended.out.contains("which had 1 member\n"), "\(ended.out)")
        let gone = try await run("project", "member", "list", "plan")
        #expect(gone.status == 65 && gone.err.contains("there is no project \"plan\""), "\(gone.err)")
        #expect(try await run("project", "delete").status == 64)
    }
}
