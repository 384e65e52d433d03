import Foundation
import Kernel
import Testing

@Suite("The event registry")
struct EventRegistryTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL

    @Test("every id, reason and area stands once, and ids look alike")
    func unique() {
        let all = EventRegistry.all
        #expect(all.count > 80)
        #expect(Set(all.map(\.id)).count == all.count)
        let reasons = all.flatMap(\.reasons)
        #expect(Set(reasons).count == reasons.count)
        let areas = all.flatMap(\.areas)
        #expect(Set(areas).count == areas.count)
        for kind in all {
            #expect(kind.id.wholeMatch(of: #/[a-z0-9-]+\.[a-z0-9-]+/#) != nil, "\(kind.id)")
            #expect(kind.title.hasSuffix("."), "\(kind.id)")
            #expect(Set(kind.fields.map(\.name)).count == kind.fields.count, "\(kind.id)")
            #expect(kind.retentionDays >= EventKind.year)
        }
        #expect(EventRegistry.kind(EventRegistry.unregistered) != nil)
        #expect(EventRegistry.kind("no.such") == nil && EventRegistry.kind(of: "no-such.reason") == nil)
        #expect(EventRegistry.kind(of: "nothing") == nil)
    }

    @Test("no field is one that would hold a person's data")
    func personal() {
        let personal = [
            "email", "mail", "name", "address", "ip", "phone", "user", "person", "login", "birthday", "agent",
        ]
        for kind in EventRegistry.all {
            for field in kind.fields { #expect(!personal.contains(field.name), "\(kind.id): \(field.name)") }
        }
    }

    @Test("a reason has its own kind, else that of its area")
    func reasons() {
        #expect(EventRegistry.kind(of: "csrf.cross-site")?.id == "request.cross-site")
        #expect(EventRegistry.kind(of: "csrf.no-browser")?.id == "request.noted")
        #expect(EventRegistry.kind(of: "request-shape.nul")?.id == "request.malformed")
        #expect(EventRegistry.kind(of: "errors.app-leak")?.id == "response.leak-removed")
    }

    @Test("every reason that the sources write belongs to a kind")
    func sources() throws {
        let files = try #require(
            FileManager.default.enumerator(at: Self.root.appending(path: "Sources"), includingPropertiesForKeys: nil))
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            guard !file.path.contains("/TestKit/"), !file.path.contains("/Readiness/") else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: #/(?:Problem\(\s*|\.note\(|reason: )"([a-z0-9-]+\.[a-z0-9.-]+)"/#) {
                found.insert(String(match.1))
            }
            for list in text.matches(of: #/reasons: \[([^\]]*)\]/#) {
                for match in list.1.matches(of: #/"([^"]+)"/#) { found.insert(String(match.1)) }
            }
        }
        #expect(found.count > 50)
        for reason in found.sorted() {
            #expect(EventRegistry.kind(of: ReasonID(rawValue: reason)) != nil, "\(reason): give its area a kind")
        }
    }

    @Test("docs/events.md is what the registry says; write it anew with SEAWORTHY_WRITE_DOCS=1")
    func reference() throws {
        let file = Self.root.appending(path: "docs/events.md")
        if ProcessInfo.processInfo.environment["SEAWORTHY_WRITE_DOCS"] != nil {
            try EventReference.markdown().write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == EventReference.markdown(), "stale")
    }
}
