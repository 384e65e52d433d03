import Foundation
import TestKit
import Testing
import TradingDeskApp

@testable import Readiness

@Suite("Every probe tells its flaw in TradingDesk from the sound app", .serialized)
struct TradingDeskTests {
    /// The example app in this process, with TLS and plain listeners.
    private static func start(_ flaws: [String], _ perMinute: Int, _ seed: Int) async throws -> SelfTest.Desk {
        var configuration = DeskConfiguration()
        configuration.tlsListen = .init(port: 0)
        let folder = try TemporaryDirectory("desk")
        defer { folder.remove() }
        configuration.tlsAuthority = folder.file("authority.pem")
        configuration.operationsListen = .init(port: 0)
        // A hash that takes some milliseconds: less can't be told from none.
        configuration.bcryptCost = 7
        configuration.requestsPerMinute = perMinute
        configuration.seed = UInt64(seed)
        configuration.flaws = try FlawSelection(parsing: flaws.joined(separator: ","))
        let desk = try await TradingDesk.start(configuration)
        let plain = try #require(SiteURL(desk.url))
        let tls = try #require(desk.tlsURL.flatMap { SiteURL($0) })
        let operations = try #require(desk.operationsURL.flatMap { SiteURL($0) })
        let authority = try String(contentsOfFile: folder.file("authority.pem"), encoding: .utf8)
        return SelfTest.Desk(plain: plain, tls: tls, operations: operations, authority: authority) { await desk.stop() }
    }

    /// Certificates are judged by the clock that made them.
    private static func circumstances() throws -> ReadinessRun.Circumstances {
        var fixed = try ReadinessTests.circumstances()
        fixed.startedAt = Date.now.formatted(.iso8601)
        return fixed
    }

    @Test("each holds on the sound app and fails on its own flaw alone", .timeLimit(.minutes(8)))
    func selfTest() async throws {
        var test = SelfTest(
            configuration: try ReadinessConfiguration(yaml: TradingDeskConfiguration.yaml),
            circumstances: try Self.circumstances(), start: Self.start)
        test.browser = BrowserSetup(environment: ProcessInfo.processInfo.environment)
        let rows = try await test.run()
        #expect(rows.count == CheckCatalogue.sheets.reduce(0) { $0 + $1.canaries.count })
        for row in rows { #expect(row.tellsApart, "\(row.check): \(row.seen)") }
    }

    @Test("a probe that can't tell its flaw from the sound app is an error of the self-test")
    func blindProbe() async throws {
        // An app that never has the flaw it was started with.
        let test = SelfTest(
            configuration: try ReadinessConfiguration(yaml: TradingDeskConfiguration.yaml),
            circumstances: try Self.circumstances()
        ) { _, perMinute, seed in try await Self.start(["none"], perMinute, seed) }
        let rows = try await test.run(only: ["headers.server-banner"])
        #expect(rows.map(\.tellsApart) == [false])
        #expect(SelfTest.table(rows).contains("0 of 1 probes"))
    }

    @Test("the sound app is GO at both levels, within the bound on requests, every check evaluated")
    func sound() async throws {
        let report = try await report(["none"])
        #expect(report.verdicts.map(\.decision) == [.go, .go])
        #expect(report.exitCode == 0)
        #expect(report.score == 100)
        #expect(report.traffic.requests <= 800)
        #expect(report.coverage.checksEvaluated == report.coverage.checks)
        #expect(report.coverage.identities == ["admin", "alice", "anonymous", "bob"])
    }

    @Test("with only the app's own flaws it is NO-GO at both levels, and no edge-side check fails")
    func appFlaws() async throws {
        let report = try await report(["app"])
        #expect(report.verdicts.map(\.decision) == [.noGo, .noGo])
        let failed = report.checks.filter { $0.outcome == .fails }
        let edge = failed.filter { $0.side != .app }.map { "\($0.id): \($0.summary)" }
        #expect(edge.isEmpty, "\(edge)")
        let silent = report.checks.filter { $0.side == .app && $0.outcome != .fails }.map { "\($0.id): \($0.summary)" }
        #expect(silent.isEmpty, "\(silent)")
        // At the level of the layer in front, only what is critical blocks.
        let blockers = report.verdicts.first { $0.level == "edge" }?.blockers ?? []
        #expect(blockers.count == failed.count { $0.severity == .critical })
    }

    private func report(_ flaws: [String]) async throws -> Report {
        let desk = try await Self.start(flaws, 1_000, 1)
        var configuration = try ReadinessConfiguration(yaml: TradingDeskConfiguration.yaml)
        configuration.plainURL = desk.plain
        configuration.operatorURL = desk.operations
        configuration.authorities = desk.authority
        configuration.allowsWrites = true
        configuration.browser = BrowserSetup(environment: ProcessInfo.processInfo.environment)
        let run = ReadinessRun(target: desk.tls, configuration: configuration, circumstances: try Self.circumstances())
        let report = try await run.run()
        await desk.stop()
        return report
    }
}
