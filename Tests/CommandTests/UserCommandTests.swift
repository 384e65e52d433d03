import Foundation
import TestKit
import Testing

@Suite("user")
struct UserCommandTests {
    @Test("Accounts are added, listed, disabled and given roles, beside no gateway at all")
    func accounts() async throws {
        let workspace = try Workspace()
        let database = ["--database", "a.db"]
        func user(_ arguments: String...) async throws -> (status: Int32, out: String, err: String) {
            let run = try await workspace.start(["user"] + arguments + database).finish(within: .seconds(20))
            return (run.status, run.out, run.err)
        }
        let missing = try await user("list")
        #expect(missing.status != 0 && !missing.err.isEmpty, "there is no schema yet")
        let made = try await workspace.start(["migrate", "up"] + database).finish(within: .seconds(20))
        #expect(made.status == 0, "\(made.err)")
        let empty = try await user("list")
        #expect(empty.status == 0 && empty.out.isEmpty && empty.err.contains("no account"))
        let added = try await user("add", "a@example.com", "--role", "administrator")
        #expect(added.status == 0 && added.out.hasPrefix("/seaworthy/choose?token="), "\(added.err)")
        for (arguments, words) in [
            (["add", "A@example.com"], "has an account already"), (["add", "nonsense"], "is no e-mail address"),
            (["disable", "a@example.com"], "last active administrator"),
            (["set-role", "a@example.com", "Boss"], "is no role"), (["enable", "b@example.com"], "no account"),
            (["import", "missing.csv"], "can't be read"),
        ] {
            let run = try await workspace.start(["user"] + arguments + database).finish(within: .seconds(20))
            #expect(run.status == 65 && run.err.contains(words), "\(arguments): \(run.status) \(run.err)")
        }
        let second = try await user("add", "b@example.com", "--role", "administrator")
        #expect(second.status == 0)
        let disabled = try await user("disable", "a@example.com")
        #expect(disabled.status == 0 && disabled.out == "disabled a@example.com, ended 0 sessions\n")
        let list = try await user("list")
        #expect(list.out.contains("a@example.com") && list.out.contains("disabled"))
        for line in list.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        // The token is with whoever ran the command, and nowhere else.
        #expect(!list.out.contains("token"))
    }

    @Test("A file of accounts is taken whole or not at all, and the refusal names line and reason, never a hash")
    func imported() async throws {
        let workspace = try Workspace()
        let database = ["--database", "a.db"]
        _ = try await workspace.start(["migrate", "up"] + database).finish(within: .seconds(20))
        let hash = "pbkdf2:sha256:1000$salt$" + String(repeating: "ab", count: 32)
        func write(_ text: String) throws {
            try Data(text.utf8).write(to: workspace.folder.appending(path: "users.csv"))
        }
        try write("email,password_hash\na@example.com,\(hash)\nb@example.com,canary-plain-4711\n")
        let refused = try await workspace.start(["user", "import", "users.csv"] + database).finish(within: .seconds(20))
        #expect(refused.status == 65 && refused.err.contains("users.csv: line 3"), "\(refused.err)")
        #expect(!refused.err.contains("canary") && !refused.err.contains("pbkdf2:"))
        try write("email,password_hash\na@example.com,\(hash)\nb@example.com,\(hash)\n")
        let dry = try await workspace.start(["user", "import", "users.csv", "--dry-run"] + database)
            .finish(within: .seconds(20))
        #expect(dry.status == 0 && dry.out == "2 accounts would be made; hashes: 2 werkzeug pbkdf2\n")
        let taken = try await workspace.start(["user", "import", "users.csv"] + database).finish(within: .seconds(20))
        #expect(taken.status == 0 && taken.out.hasPrefix("imported 2 accounts"), "\(taken.err)")
    }
}
