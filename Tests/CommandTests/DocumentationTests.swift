import Foundation
import TestKit
import Testing

@Suite("Help, manual and reference")
struct DocumentationTests {
    static let commands = [
        [],
        ["serve"],
        ["work"],
        ["migrate"],
        ["migrate", "status"],
        ["migrate", "up"],
        ["migrate", "grants"],
        ["user"],
        ["user", "list"],
        ["user", "add"],
        ["user", "disable"],
        ["user", "enable"],
        ["user", "unlock"],
        ["user", "unlock-address"],
        ["user", "sign-out"],
        ["user", "set-role"],
        ["user", "import"],
        ["backup"],
        ["backup", "now"],
        ["backup", "list"],
        ["backup", "verify"],
        ["backup", "keygen"],
        ["restore"],
        ["audit"],
        ["audit", "verify"],
        ["audit", "export"],
        ["audit", "head"],
        ["audit", "anchor"],
        ["audit", "kinds"],
        ["secrets"],
        ["secrets", "list"],
        ["secrets", "check"],
        ["secrets", "rotate"],
        ["search"],
        ["try"],
        ["init"],
        ["check"],
        ["check", "diff"],
        ["check", "history"],
        ["watch"],
        ["explain"],
        ["race"],
        ["load"],
        ["scan"],
        ["advisories", "import"],
        ["advisories", "status"],
        ["evidence"],
        ["verify"],
        ["checklist", "list"],
        ["checklist", "import"],
        ["uat"],
        ["uat", "import"],
        ["uat", "status"],
        ["uat", "run"],
        ["uat", "export"],
        ["claims"],
        ["prove"],
        ["compare"],
        ["pipeline"],
        ["problems"],
        ["config"],
        ["config", "explain"],
        ["config", "check"],
        ["reload"],
        ["man"],
    ]

    @Test("Help fits 80 columns and names the command", arguments: commands)
    func help(_ command: [String]) async throws {
        let workspace = try Workspace()
        let run = try await workspace.start(command + ["--help"]).finish(within: .seconds(20))
        #expect(run.status == 0)
        #expect(run.out.contains("USAGE: " + (["seaworthy"] + command).joined(separator: " ")))
        for line in run.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test(
        "docs/configuration.md is what the definitions say: `seaworthy config explain --format markdown > docs/configuration.md`"
    )
    func reference() async throws {
        let workspace = try Workspace()
        let run = try await workspace.run("config", "explain", "--format", "markdown")
        let file = try String(contentsOf: Workspace.package.appending(path: "docs/configuration.md"), encoding: .utf8)
        #expect(run.out == file, "stale: write it anew")
    }

    @Test("docs/problems.md is what the list says: `seaworthy problems --format markdown > docs/problems.md`")
    func problems() async throws {
        let workspace = try Workspace()
        let run = try await workspace.run("problems", "--format", "markdown")
        let file = try String(contentsOf: Workspace.package.appending(path: "docs/problems.md"), encoding: .utf8)
        #expect(run.out == file, "stale: write it anew")
        let one = try await workspace.run("problems", "csrf.cross-site")
        #expect(one.status == 0 && one.out.contains("protection.csrf.trusted-origins"))
        for line in one.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        let none = try await workspace.run("problems", "csrf.nothing")
        #expect(none.status == 1 && none.err.contains("csrf.nothing"))
    }

    @Test("The manual names every command, every flag of serve and every key")
    func manual() async throws {
        let workspace = try Workspace()
        let page = try await workspace.run("man").out.replacing("\\-", with: "-")
        let help = try await workspace.run("serve", "--help").out
        for flag in help.matches(of: /--[a-z-]+/) { #expect(page.contains(String(flag.output)), "\(flag.output)") }
        let keys = try Explained.read(try await workspace.run("config", "explain", "--format", "json").out).keys
        #expect(keys.count > 10)
        for key in keys { #expect(page.contains(".B \(key)\n"), "\(key)") }
        for heading in ["NAME", "SYNOPSIS", "EXIT STATUS", "FILES", "SIGNALS"] {
            #expect(page.contains(".SH \(heading)\n"))
        }
    }

    @Test("Completions are made for each shell", arguments: ["bash", "zsh", "fish"])
    func completions(_ shell: String) async throws {
        let workspace = try Workspace()
        // A debug build takes seconds of a whole core for it.
        let run = try await workspace.start(["--generate-completion-script", shell]).finish(within: .seconds(60))
        #expect(run.status == 0)
        #expect(run.out.contains("serve") && run.out.contains("tls-certificate"))
    }

    @Test(
        "Wrong usage ends with 64 and says what is right",
        arguments: [["serve", "--listn", "x"], ["sevre"], ["reload", "--timeout", "-1"]])
    func usage(_ arguments: [String]) async throws {
        let workspace = try Workspace()
        let run = try await workspace.start(arguments).finish(within: .seconds(20))
        #expect(run.status == 64)
        #expect(run.err.contains("Usage: seaworthy"))
    }

    @Test("A reader that goes away early does no harm")
    func closedPipe() async throws {
        let run = try await ForeignProgram.run("sh", ["-c", "'\(Workspace.seaworthy.path)' man | head -n 1"])
        let text = run.output + run.errors
        #expect(text == ".\\\" Written by `seaworthy man`.\n")
    }
}
