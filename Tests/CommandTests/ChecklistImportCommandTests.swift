import Foundation
import TestKit
import Testing

@Suite("A checklist is read in as a person does it")
struct ChecklistImportCommandTests {
    @Test("what is there already isn't written over: neither the document nor what was reviewed")
    func output() async throws {
        let workspace = try Workspace()
        func read(_ arguments: String...) async throws -> Finished {
            try await workspace.start(["checklist", "import"] + arguments).finish(within: .seconds(30))
        }
        let document = "# Launch\n- [x] CORS is configured\n- [ ] Rate limiting is enabled\n"
        try workspace.write("LAUNCH.md", document)
        let first = try await read("LAUNCH.md", "--output", "items.yaml")
        #expect(first.status == 0 && first.err.contains("2 of 2 items mapped"), "\(first.err)")
        #expect(try await read("LAUNCH.md", "--output", "items.yaml").status == 0, "the same again changes nothing")

        let itself = try await read("LAUNCH.md", "--output", "LAUNCH.md")
        #expect(itself.status == 73 && itself.err.contains("is there already"), "\(itself.err)")
        #expect(try workspace.text("LAUNCH.md") == document)

        let reviewed = try workspace.text("items.yaml") + "  # reviewed by Ada\n"
        try workspace.write("items.yaml", reviewed)
        #expect(try await read("LAUNCH.md", "--output", "items.yaml").status == 73)
        #expect(try workspace.text("items.yaml") == reviewed)
    }
}
