import TestKit
import Testing

@testable import Readiness

@Suite("A run is held to a checklist")
struct ProfileRunTests {
    private func run(_ configuration: ReadinessConfiguration, profile: String? = nil) async throws -> Report {
        let server = try await RawUpstream.start { connection, _ in
            guard await connection.request(within: .seconds(1)) != nil else { return }
            try await connection.send(page("200 OK", "<h1>Hello</h1>"))
        }
        var run = ReadinessRun(
            target: try #require(SiteURL("http://127.0.0.1:\(server.port)")), configuration: configuration,
            circumstances: try circumstances())
        run.profile = profile
        run.only = ["headers.content-type-options", "headers.frame-protection"]
        return try await run.run()
    }

    @Test(
        "every shipped one is judged, and an app of which little was seen is no-go",
        arguments: ProfileCatalogue.names)
    func shipped(name: String) async throws {
        let report = try await run(ReadinessConfiguration(), profile: name)
        let profile = try #require(report.profile)
        #expect(profile.name == name)
        #expect(report.level == profile.levels.first?.level)
        #expect(report.verdict.decision == .noGo && report.exitCode == 1)
        #expect(report.verdict.blockers.contains { $0.kind == .notEvaluated && $0.criterion != nil })
        #expect(!profile.criteria.contains { $0.outcome == .holds })
        let again = try Report(json: report.json())
        #expect(again == report)
        #expect(try HTMLReport.render(report).contains("Go / no-go: \(name)"))
        for line in TerminalReport.render(report).split(separator: "\n") where !line.contains("curl") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test("items of one's own are held against what was seen; ticked but observed off is told with file and line")
    func own() async throws {
        let configuration = try ReadinessConfiguration(
            yaml: """
                criteria:
                  - id: ours-1
                    text: Sniffing is off
                    check: headers.content-type-options
                    source: "L.md:7"
                    ticked: true
                  - { id: ours-2, text: Somebody looked, signature: anybody }
                attestations:
                  - { item: ours-2, by: Ada, signed: 2020-01-01, expires: 2090-01-01 }
                  - { item: ours-1, by: Bob, signed: 2020-01-01, expires: 2090-01-01 }
                """)
        let report = try await run(configuration)
        let profile = try #require(report.profile)
        #expect(profile.criteria.map(\.outcome) == [.fails, .holds])
        #expect(profile.criteria.first?.contradiction != nil)
        #expect(TerminalReport.render(report).contains("L.md:7"))
        #expect(report.level == "mvp")
        #expect(report.notes.contains { $0.contains("Bob") && $0.contains("a check decides that") })
    }

    @Test("an unknown checklist is refused with the nearest")
    func unknown() async throws {
        await #expect(throws: ReadinessRun.Refusal.unknownProfile("tradin", nearest: "trading")) {
            try await run(ReadinessConfiguration(), profile: "tradin")
        }
    }
}
