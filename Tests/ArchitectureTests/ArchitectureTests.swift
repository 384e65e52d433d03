import Testing

@Suite("Rooms import what ARCHITECTURE.md allows, and nothing else")
struct ArchitectureTests {
    private let table = RoomTable(markdown: ProjectTree.text("ARCHITECTURE.md"))

    @Test("no source imports a module that its room's row doesn't list")
    func imports() {
        let files = ProjectTree.files(in: ["Sources", "Examples"])
        #expect(files.count > 20, "the sources were not found under \(ProjectTree.root)")
        let rules = ImportRules(table: table)
        let violations = files.flatMap { rules.violations(path: $0.path, text: $0.text) }
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test("every directory of Sources has a row, and every row that isn't planned has its directory")
    func rows() {
        let directories = Set(ProjectTree.directories(in: "Sources"))
        let built = Set(table.rooms.values.filter { !$0.isPlanned }.map(\.name))
        #expect(directories == built)
    }

    @Test("rooms reach each other in one direction only")
    func oneDirection() {
        for room in table.rooms.values {
            #expect(!reachable(from: room.name).contains(room.name), "\(room.name) reaches itself")
        }
    }

    @Test("capability rooms never import each other, and Readiness none of them")
    func capabilityRooms() {
        let capabilities: Set = ["Identity", "Protection", "Privacy", "Observability", "Guidance", "Operations"]
        for name in capabilities.union(["Readiness", "Proxy", "Console"]) {
            let reached = reachable(from: name).intersection(capabilities)
            #expect(reached.isEmpty, "\(name) reaches \(reached.sorted())")
        }
    }

    /// Modules that are no product of their package, but come with one.
    private static let innerModules = ["CNIOLLHTTP": "NIOHTTP1"]

    @Test("Package.swift gives each room the third-party products of its row, no more and no fewer")
    func manifest() {
        let manifest = PackageManifest(ProjectTree.text("Package.swift"))
        for room in table.rooms.values where !room.isPlanned {
            let given = manifest.dependencies[room.name]
            #expect(given != nil, "Package.swift has no target `\(room.name)`")
            let others = (given ?? []).subtracting(table.rooms.keys)
            let products = room.thirdParty.subtracting(ArchitectureTests.innerModules.keys)
            #expect(others == products, "third-party dependencies of `\(room.name)`")
            for (module, product) in ArchitectureTests.innerModules where room.thirdParty.contains(module) {
                #expect(others.contains(product), "`\(module)` comes with `\(product)`")
            }
            let ours = (given ?? []).intersection(table.rooms.keys)
            #expect(
                ours.isSubset(of: room.rooms), "our dependencies of `\(room.name)`: \(ours.subtracting(room.rooms))")
        }
    }

    private func reachable(from name: String) -> Set<String> {
        var reached: Set<String> = []
        var next = Array(table.rooms[name]?.rooms ?? [])
        while let room = next.popLast() {
            guard reached.insert(room).inserted else { continue }
            next += Array(table.rooms[room]?.rooms ?? [])
        }
        return reached
    }
}

@Suite("The architecture test can fail")
struct ArchitectureTestsThemselves {
    private let rules = ImportRules(
        table: RoomTable(
            markdown: """
                | target | what lives there | may import | third-party |
                |---|---|---|---|
                | `Kernel` | values | – | – |
                | `Web` | exchanges | `Kernel` | `NIOCore`, `NIOHTTP1` |
                | `Store` | *planned* one facade | `Kernel` | `GRDB` |
                | `Protection` | controls | `Kernel`, `Web`, `CZlib` | `NIOCore` |
                | `CZlib` | zlib | – | – |
                """))

    @Test(
        "a planted import is found and named",
        arguments: [
            ("Sources/Kernel/A.swift", "import NIOCore", "`Kernel` must not import `NIOCore`"),
            ("Sources/Kernel/A.swift", "import Foundation", "`Kernel` must not import `Foundation`"),
            ("Sources/Web/A.swift", "public import Protection", "`Web` must not import `Protection`"),
            ("Sources/Web/A.swift", "@preconcurrency import NIOSSL", "`Web` must not import `NIOSSL`"),
            ("Sources/Web/A.swift", "internal import struct GRDB.Row", "`Web` must not import `GRDB`"),
            ("Sources/Web/A.swift", "  @_spi(X) @testable import Store", "`Web` must not import `Store`"),
            ("Sources/Web/A.swift", "/* a */ import Store", "`Web` must not import `Store`"),
            ("Sources/Web/A.swift", "@_spi(MintForwardPermit) import Kernel", "only Sources/Protection/Authorization/"),
            ("Sources/Protection/CSRF/A.swift", "@_spi(MintForwardPermit) import Web", "only Sources/Protection/Auth"),
            ("Sources/Protection/A.swift", "@_spi(MintWhatever) import Web", "doesn't know"),
            ("Sources/Protection/A.swift", "@_spi(MintSignedIn) import Web", "only Sources/Identity/Sessions/"),
            ("Sources/Nowhere/A.swift", "", "has no row"),
            ("Examples/Desk/A.swift", "import Web", "must not import our room `Web`"),
        ])
    func finds(path: String, text: String, expected: String) {
        let found = rules.violations(path: path, text: text)
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }

    @Test(
        "what is allowed, commented out or only said in a text is not found",
        arguments: [
            ("Sources/Web/A.swift", "public import Kernel\nimport NIOCore\nimport Foundation"),
            ("Sources/Web/A.swift", "// import Protection\n/* import GRDB /* import X */\nimport Y */"),
            ("Sources/Web/A.swift", "let a = \"\"\"\n    import Protection\n    \"\"\""),
            ("Sources/Web/A.swift", "let b = #\"\"\"\nimport GRDB\n\"\"\"#"),
            ("Sources/Kernel/A.swift", "import Synchronization"),
            ("Sources/Protection/Authorization/A.swift", "@_spi(MintForwardPermit) import Web"),
            ("Examples/Desk/A.swift", "import Hummingbird\nimport CZlib"),
        ])
    func passes(path: String, text: String) {
        #expect(rules.violations(path: path, text: text).isEmpty)
    }

    @Test("a line is reported by its number in the file")
    func lineNumber() {
        let found = rules.violations(path: "Sources/Web/A.swift", text: "// one\n\nimport GRDB\n")
        #expect(found.first?.hasPrefix("Sources/Web/A.swift:3:") == true, "\(found)")
    }

    @Test("a manifest is read with its aliases, over several lines")
    func readsManifest() {
        let manifest = PackageManifest(
            """
            let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
            .target(name: "Kernel", swiftSettings: house),
            .target(
                name: "Web", dependencies: [
                    "Kernel", nio,
                ]),
            """)
        #expect(manifest.dependencies == ["Kernel": [], "Web": ["Kernel", "NIOCore"]])
    }
}
