import Kernel
import Testing

@testable import Gateway

@Suite("docs/capabilities")
struct CapabilityPageTests {
    @Test("has a page for every capability, with its id and what each page says", arguments: Capabilities.all.map(\.id))
    func page(id: String) throws {
        let capability = try #require(Capabilities.all.first { $0.id == id })
        let name = capability.page
        let text = ProjectDocument.text("docs/capabilities/\(name).md")
        #expect(text.hasPrefix("# "), "docs/capabilities/\(name).md is missing")
        #expect(text.contains("\n`\(id)`\n"), "the id on a line of its own")
        for heading in ["Threat", "What it does", "Keys", "How it is verified", "What it does not protect"] {
            #expect(text.contains("\n## \(heading)"), "the heading “\(heading)”")
        }
        let verified = text.split(separator: "\n## How it is verified").last.map(String.init) ?? ""
        for check in capability.provedBy { #expect(verified.contains("`\(check)`"), "the check \(check)") }
    }

    @Test("ids are their own, and so are their pages")
    func unique() {
        let ids = Capabilities.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(Set(Capabilities.all.map(\.page)).count == ids.count)
    }
}
