import Foundation
import Testing

/// Where results go: a full disk, a device, a link.
@Suite("What a command writes is there, or its status says that it isn't")
struct OutputTests {
    private func shell(_ workspace: Workspace, _ line: String) async throws -> Finished {
        try await Running(
            program: URL(filePath: "/bin/sh"), arguments: ["-c", line, "sh", Workspace.seaworthy.path],
            environment: [:], folder: workspace.folder
        ).finish(within: .seconds(60))
    }

    @Test(
        "a result that doesn't fit on the disk is no success, and nothing traps",
        arguments: ["checklist list", "check --list", "check http://127.0.0.1:1 --no-history --only methods.trace"])
    func fullDisk(words: String) async throws {
        let run = try await shell(try Workspace(), "exec \"$1\" \(words) > /dev/full")
        #expect(!run.wasKilled && [74, 2].contains(run.status), "\(run.status) \(run.err)")
        #expect(run.err.contains("standard output can't be written: No space left on device"), "\(run.err)")
    }

    @Test("a closed pipe is nobody's error")
    func closedPipe() async throws {
        let run = try await shell(
            try Workspace(), "{ trap '' PIPE; \"$1\" check --list; echo $? >&2; } | head -n 1 > first")
        #expect(run.status == 0 && run.err == "0\n", "\(run.err)")
    }

    @Test("a pipe, and what a link leads to, are written into; neither is replaced by a file")
    func special() async throws {
        let workspace = try Workspace()
        try workspace.write("list.md", "- [ ] Rate limits are enforced\n")
        // As an earlier import left it: anything else would be kept, because somebody may have reviewed it.
        #expect(try await workspace.run("checklist", "import", "list.md", "--output", "target.yaml").status == 0)
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: workspace.path("link.yaml"), withDestinationPath: "target.yaml")
        for output in ["link.yaml", "plain.yaml"] {
            let run = try await workspace.run("checklist", "import", "list.md", "--output", output)
            #expect(run.status == 0, "\(run.err)")
        }
        #expect(try manager.destinationOfSymbolicLink(atPath: workspace.path("link.yaml")) == "target.yaml")
        #expect(try workspace.text("target.yaml") == workspace.text("plain.yaml"))
        // A pipe stands for every device: were `/dev/null` itself tried, a failure would cost the machine its own.
        let piped = try await shell(
            workspace,
            "mkfifo pipe; cat pipe > got & \"$1\" checklist import list.md --output pipe && test -p pipe && wait")
        #expect(piped.status == 0, "\(piped.err)")
        #expect(try workspace.text("got") == workspace.text("plain.yaml"))
        let away = try await workspace.run("checklist", "import", "list.md", "--output", "no/such/folder.yaml")
        #expect(away.status == 73 && away.err.contains("can't be written"), "\(away.err)")
    }
}
