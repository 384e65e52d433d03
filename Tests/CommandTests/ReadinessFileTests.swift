import Foundation
import Testing

@Suite("readiness.yaml as a command reads it")
struct ReadinessFileTests {
    @Test(
        "what can't be read is said with the file's name and exit 78, before anything is asked",
        arguments: [
            (nil, "isn't there"), ("nmae: x\n", "did you mean `name`?"), ("login: 5\n", "`login` is `5`"),
            ("a: [\n", "line 2: the file: is no valid YAML: did not find expected node content\n"),
            (
                "login: none\nname: a\nlogin: none\n",
                "line 1: the file: is no valid YAML: given twice: login; keep one of each\n"
            ),
            ("- a\n", "must be a map"), (String(repeating: "a", count: 2_000_000), "more than 1 MiB"),
            ("login: none\nopenapi: nowhere.json\n", "must be a path on the target"),
        ] as [(String?, String)])
    func wrong(text: String?, expected: String) async throws {
        let workspace = try Workspace()
        if let text { try workspace.write("readiness.yaml", text) }
        for command in [["check", "--config"], ["try", "--readiness"], ["prove", "--readiness"]] {
            let run = try await workspace.start([command[0], "http://127.0.0.1:1", command[1], "readiness.yaml"])
                .finish(within: .seconds(20))
            #expect(run.status == 78 && run.err.contains(expected), "\(command): \(run.status) \(run.err)")
            #expect(run.err.split(separator: "\n").count <= 6 && run.out.isEmpty, "\(run.err)")
        }
    }

    @Test("bytes that are no text, and a folder, are named as such")
    func noText() async throws {
        let workspace = try Workspace()
        try workspace.write("readiness.yaml", Data([0xFF, 0xFE, 0x00, 0x80]))
        let bytes = try await workspace.run("check", "http://127.0.0.1:1", "--config", "readiness.yaml")
        #expect(bytes.status == 78 && bytes.err.contains("isn't text in UTF-8"), "\(bytes.err)")
        let folder = try await workspace.run("check", "http://127.0.0.1:1", "--config", ".")
        #expect(folder.status == 78 && folder.err.contains("is a folder"), "\(folder.err)")
    }

    @Test("an empty file says nothing, as no file does; a target that is down is down once")
    func empty() async throws {
        let workspace = try Workspace()
        try workspace.write("readiness.yaml", "")
        let run = try await workspace.run("check", "http://127.0.0.1:1", "--config", "readiness.yaml")
        #expect(run.status == 2 && run.err.isEmpty)
        #expect(run.out.contains(" checks: could not connect: connection refused\n"), "\(run.out)")
        #expect(run.out.split(separator: "\n").count { $0.contains("connection refused") } <= 3)
    }
}
