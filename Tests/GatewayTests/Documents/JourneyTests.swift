import Kernel
import Observability
import Testing
import Web

@testable import Gateway

/// What is drawn and written of the journey is the list that runs.
@Suite("The journey in the documents")
struct JourneyTests {
    private func stages() throws -> [String] {
        let sets = ["upstream=http://127.0.0.1:9", "environment=development", "mode=enforce"]
        let configuration = try GatewayConfiguration.load(ConfigurationSources(sets: sets)).configuration
        let services = try GatewayServices(configuration: configuration, loops: 1, sink: .handler { _ in })
        defer { services.stop() }
        return Pipeline.publicDoor(configuration, services).map(\.name)
    }

    @Test("ARCHITECTURE.md names the stages in Pipeline.swift's order")
    func architecture() throws {
        let text = ProjectDocument.text("ARCHITECTURE.md")
        let start = try #require(text.firstRange(of: "    Record → "))
        let drawn = text[start.lowerBound...].prefix(while: { $0 != "(" })
        let names = drawn.split(whereSeparator: { $0.isWhitespace || $0 == "→" }).map(String.init)
        #expect(names == (try stages()))
    }

    @Test("the picture in the README names the stages in Pipeline.swift's order")
    func picture() throws {
        #expect(ProjectDocument.text("README.md").contains("docs/img/journey.svg"))
        let names = Set(try stages())
        let labels = ProjectDocument.text("docs/img/journey.svg").matches(of: #/>([A-Za-z]+)</#).map { String($0.1) }
        #expect(labels.filter(names.contains) == (try stages()))
    }
}
