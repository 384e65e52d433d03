import Testing

/// `docs/locking.md` against the sources: whoever adds a transaction says what it locks.
@Suite("The inventory of locks")
struct LockInventoryTests {
    /// Labels of transactions in a source: `transaction("…"`, and `act("…"` of the operators' commands.
    static func labels(in text: String) -> Set<String> {
        Set(
            text.matches(of: #/\b(?:transaction|act)\(\s*"([a-z0-9.-]+)"/#.wordBoundaryKind(.simple)).map {
                String($0.1)
            })
    }

    /// Labels of the table's rows, and what each row says.
    static func rows(in document: String) -> [String: String] {
        var rows: [String: String] = [:]
        for match in document.matches(of: #/\n\| `([a-z0-9.-]+)` \|([^\n]+)/#) {
            rows[String(match.1)] = String(match.2)
        }
        return rows
    }

    private static let used: Set<String> = ProjectTree.files(in: ["Sources"]).filter {
        !$0.path.hasPrefix("Sources/TestKit/") && $0.path != "Sources/Store/Database/Database.swift"
    }.reduce(into: []) { $0.formUnion(labels(in: $1.text)) }

    @Test("docs/locking.md has a row for each transaction of the sources, and no other")
    func complete() {
        let rows = Set(Self.rows(in: ProjectTree.text("docs/locking.md")).keys)
        #expect(Self.used.count > 30, "the sources were not found")
        let missing = Self.used.subtracting(rows).sorted()
        let stale = rows.subtracting(Self.used).sorted()
        #expect(missing.isEmpty, "say in docs/locking.md what these lock: \(missing)")
        #expect(stale.isEmpty, "no transaction has these labels any more: \(stale)")
    }

    @Test("each suite that a row names exists")
    func suites() {
        let names = Set(
            ProjectTree.files(in: ["Tests"]).map { $0.path.split(separator: "/").last.map(String.init) ?? "" })
        for (label, text) in Self.rows(in: ProjectTree.text("docs/locking.md")) {
            for match in text.matches(of: #/`([A-Z][A-Za-z]+Tests)`/#) {
                #expect(names.contains("\(match.1).swift"), "\(label): there is no \(match.1)")
            }
        }
    }

    @Test("a transaction without a row would be found, and so would a row without one")
    func canFail() {
        #expect(
            Self.labels(in: "try await db.transaction(\n    \"a.b-c\", limit: x) { db in }; desk.act(\"d\")") == [
                "a.b-c", "d",
            ])
        #expect(Self.rows(in: "\n| `a.b` | one row | — |\n").keys.sorted() == ["a.b"])
    }
}
