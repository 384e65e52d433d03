import Testing

@testable import Readiness

@Suite("An imported checklist is a section of readiness.yaml")
struct ChecklistImportTests {
    private static let document = """
        # Launch: "Q4"
        ## Security
        - [x] CSRF protection on every form
        - [x] Security headers (HSTS, CSP)
        - [ ] Passwords hashed with bcrypt
        - [ ] Code coverage above 85%
        - [ ] The team is trained: "all" of it \\ # really
        - [ ] Purple unicorns
        | Role | Signature |
        |---|---|
        | Security Lead | |
        """

    private func imported() throws -> ChecklistImport {
        ChecklistImport(
            Array(Self.document.utf8), file: "docs/Launch List.md", today: try #require(CalendarDay("2026-11-26")))
    }

    @Test("every item has what decides it, a reason and a confidence")
    func items() throws {
        let list = try imported()
        #expect(list.items.map(\.kind) == ["check", "check", "control", "figure", "person", "not mapped", "person"])
        #expect(
            list.items.dropFirst().first?.targets.prefix(2).sorted()
                == ["headers.content-security-policy", "headers.strict-transport-security"])
        #expect(list.items.allSatisfy { !$0.reason.isEmpty && (0...1).contains($0.confidence) })
        #expect(list.items.map(\.line) == [3, 4, 5, 6, 7, 8, 11])
        #expect(list.report().split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("what it writes is read back by check, with file and line")
    func yaml() throws {
        let configuration = try ReadinessConfiguration(yaml: try imported().yaml())
        #expect(configuration.criteria.count == 6)
        #expect(configuration.criteria.first?.source == "docs/Launch List.md:3")
        #expect(configuration.criteria.first?.isTicked == true)
        #expect(configuration.criteria.first?.id == "launch-list-3")
        #expect(configuration.criteria.map(\.text).contains { $0.hasPrefix("The team is trained: \"all\" of it") })
        let figure = configuration.criteria.compactMap { criterion -> FigureCondition? in
            guard case .figure(let condition) = criterion.decider else { return nil }
            return condition
        }
        #expect(figure.map(\.bound) == [85])
    }

    @Test("a document in which nothing can be decided is still good YAML")
    func nothing() throws {
        let list = ChecklistImport(
            Array("- [ ] Purple unicorns\n".utf8), file: ".md", today: try #require(CalendarDay("2026-11-26")))
        #expect(try ReadinessConfiguration(yaml: list.yaml()).criteria.isEmpty)
    }

    private static let doubtful = """
        - [x] Docker image: "web" built # tagged
        - [ ] Rate limiting enabled
        - [ ] Purple unicorns
        """

    @Test("a guess is shown as one, and decides nothing until somebody takes it in")
    func suggestion() throws {
        let list = ChecklistImport(
            Array(Self.doubtful.utf8), file: "L.md", today: try #require(CalendarDay("2026-11-26")))
        #expect(list.items.map(\.kind) == ["not mapped", "check", "not mapped"])
        let suggestion = try #require(list.items.first?.suggestion)
        #expect(suggestion == .init(kind: "control", targets: ["operations.deploy"], words: "docker"))
        #expect(list.items.dropFirst().allSatisfy { $0.suggestion == nil })
        #expect(list.report().contains("maybe operations.deploy (“docker”)"))
        #expect(list.report().split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(try list.json().contains("\"suggestion\""))
        #expect(try ReadinessConfiguration(yaml: list.yaml()).criteria.map(\.id) == ["l-2"])
    }

    @Test("taken out of its comment, a guess is a criterion")
    func uncommented() throws {
        let list = ChecklistImport(
            Array(Self.doubtful.utf8), file: "L.md", today: try #require(CalendarDay("2026-11-26")))
        let yaml = list.yaml().split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("  # - ") || line.hasPrefix("  #   ") ? "  \(line.dropFirst(4))" : String(line)
        }
        let criteria = try ReadinessConfiguration(yaml: yaml.joined(separator: "\n")).criteria
        #expect(criteria.map(\.id) == ["l-1", "l-2"])
        #expect(criteria.first?.text == "Docker image: \"web\" built # tagged")
        #expect(criteria.first?.isTicked == true)
    }
}
