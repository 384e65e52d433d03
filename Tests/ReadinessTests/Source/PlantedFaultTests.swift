import Foundation
import Testing

@testable import Readiness

/// Small trees in the styles of many frameworks, one fault in each or none. They were written before the rules that find
/// them, as somebody else might write them.
@Suite("Planted faults are found, and their sound twins are spared")
struct PlantedFaultTests {
    struct Case: Decodable, Sendable {
        /// How the rule's name begins; empty where the tree is sound.
        var wants: String
        var files: [String: String]
    }

    /// Marks that keep scanners from taking the fixtures' secrets for real ones are taken out.
    static let cases: [String: Case] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Planted")
        var read: [String: Case] = [:]
        for name in ["cases.json", "services.json"] {
            let data = try? Data(contentsOf: folder.appending(path: name))
            let own = data.flatMap { try? JSONDecoder().decode([String: Case].self, from: $0) } ?? [:]
            read.merge(own) { first, _ in first }
        }
        return read.mapValues { one in
            Case(wants: one.wants, files: one.files.mapValues { $0.replacing("§", with: "") })
        }
    }()

    @Test("there are two hundred and sixty of them, two in five sound")
    func count() {
        #expect(Self.cases.count >= 260)
        #expect(Self.cases.values.count { $0.wants.isEmpty } >= 105)
    }

    @Test("each is told", arguments: cases.keys.sorted())
    func told(name: String) throws {
        let planted = try #require(Self.cases[name])
        let found = SourceScan(texts: planted.files).findings.map(\.rule)
        if planted.wants.isEmpty {
            #expect(found == [])
        } else {
            #expect(found.contains { $0.hasPrefix(planted.wants) }, "\(found)")
        }
    }

    @Test(
        "lock files in the forms that their tools write, with lines",
        arguments: [
            (
                "yarn.lock",
                "__metadata:\n  version: 8\n\n\"alias@npm:lodash@^4.0.0\":\n  version: 4.17.20\n  resolution: \"lodash@npm:4.17.20\"\n",
                "lodash 4.17.20 4"
            ),
            ("pnpm-lock.yaml", "packages:\n\n  /@s/p/1.1.0_react@18.0.0:\n    resolution: {}\n", "@s/p 1.1.0 3"),
            (
                "go.mod", "module x\nrequire a.b/c v0.1.0\nreplace a.b/c => a.b/c v0.3.0\n", "a.b/c 0.3.0 3"
            ),
            ("gradle.lockfile", "# by Gradle\norg.a:core:2.14.1=runtimeClasspath\nempty=\n", "org.a:core 2.14.1 2"),
            (
                "pylock.toml", "lock-version = \"1.0\"\n[[packages]]\nname = \"Jinja2\"\nversion = \"3.1.4\"\n",
                "jinja2 3.1.4 3"
            ),
            ("constraints.txt", "jinja2==3.1.4\n", "jinja2 3.1.4 1"),
            (
                "Package.resolved",
                "{\"pins\": [\n{\"location\": \"ssh://git@github.com/apple/swift-nio\",\n\"state\": {\"version\": \"2.40.0\"}}], \"version\": 3}",
                "github.com/apple/swift-nio 2.40.0 2"
            ),
            (
                "package-lock.json",
                "{\n\"packages\": {\n\"node_modules/lodash\": {\n\"version\": \"4.17.20\"}}}", "lodash 4.17.20 3"
            ),
        ])
    func locks(name: String, text: String, expected: String) {
        let packages = LockFile.packages(name, Array(text.utf8)) ?? []
        #expect(packages.map { "\($0.name) \($0.version) \($0.line)" } == [expected])
    }
}
