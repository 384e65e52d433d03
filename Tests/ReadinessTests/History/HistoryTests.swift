import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("Runs are remembered and held against each other")
struct HistoryTests {
    private func record(
        _ outcomes: [String: Outcome], at second: Int = 0, decision: Decision = .noGo, score: Int? = 50,
        only: [String]? = nil
    ) -> RunRecord {
        var record = RunRecord(Self.report)
        record.startedAt = "2026-11-26T12:00:\(second < 10 ? "0" : "")\(second)Z"
        record.decision = decision
        record.score = score
        record.only = only
        record.checks = outcomes.sorted { $0.key < $1.key }.map {
            .init(id: $0.key, title: $0.key, severity: .major, outcome: $0.value, summary: "seen")
        }
        return record
    }

    private static let report = Report(
        tool: "seaworthy check", target: "http://127.0.0.1:5000", name: "app", startedAt: "2026-11-26T12:00:00Z",
        seconds: 1, isInterrupted: false, level: "mvp",
        verdicts: [Verdict(level: "mvp", decision: .go, blockers: [])], score: 90, areas: [],
        coverage: Coverage(checksEvaluated: 0, checks: 0, routes: 0, identities: [], identitiesDeclared: 0),
        traffic: Traffic(requests: 0, requestLimit: 80, burst: 0, refusedForPace: 0, secondsWaited: 0), checks: [],
        notes: [])

    @Test("what turned red, green or out of sight is told apart; what only one of them asked isn't compared")
    func difference() {
        let difference = RunDifference(
            from: record(["a": .holds, "b": .fails, "c": .holds, "d": .notAvailable, "e": .holds, "gone": .holds]),
            to: record(["a": .fails, "b": .holds, "c": .notAvailable, "d": .fails, "e": .holds, "new": .fails]))
        #expect(difference.turnedRed.map(\.id) == ["a", "d"])
        #expect(difference.turnedGreen.map(\.id) == ["b"])
        #expect(difference.lostSight.map(\.id) == ["c"])
        #expect(difference.compared == 5 && difference.isRegression && difference.exitCode == 1)
    }

    @Test("a GO that is lost at the same level is worse, though no check turned red")
    func lostGo() {
        let (go, not) = (record(["a": .holds], decision: .go), record(["a": .holds], decision: .noGo))
        #expect(RunDifference(from: go, to: not).exitCode == 1)
        #expect(RunDifference(from: not, to: go).exitCode == 0)
        #expect(RunDifference(from: go, to: record(["z": .holds], decision: .go)).exitCode == 2)
        #expect(RunDifference(from: go, to: go).report().contains("No change in 1 checks."))
    }

    @Test("a run is read back, from a record and from a report; what is neither is refused")
    func reading() throws {
        let record = RunRecord(Self.report)
        #expect(RunRecord(json: try record.json()) == record)
        #expect(RunRecord(json: Array(try Self.report.json().utf8)) == record)
        for text in ["", "{}", "[]", "{\"recordVersion\":9}", String(repeating: "[", count: 100_000)] {
            #expect(RunRecord(json: Array(text.utf8)) == nil)
        }
    }

    @Test("of many runs the oldest are forgotten, and one target's are not another's")
    func bounded() throws {
        let directory = try TemporaryDirectory("history")
        defer { directory.remove() }
        let folder = URL(fileURLWithPath: directory.path)
        let history = RunHistory(folder: folder, target: "http://127.0.0.1:5000")
        for number in 0..<(RunHistory.mostRuns + 3) {
            var run = record([:])
            run.startedAt = "2026-11-26T\(10 + number / 3600):\(10 + number / 60):\(10 + number % 60)Z"
            run.score = number % 100
            try history.append(run, word: "n\(number)")
        }
        let kept = history.records()
        #expect(kept.count == RunHistory.mostRuns && kept.first?.score == 3)
        #expect(history.last()?.score == 2)
        #expect(RunHistory(folder: folder, target: "http://127.0.0.1:50001").records().isEmpty)
        try Data("{".utf8).write(to: history.own.appending(path: "zzz.json"))
        #expect(history.records().count == RunHistory.mostRuns - 1)
    }

    @Test("two runs that end at the same moment are both remembered, 32 at a time")
    func concurrent() async throws {
        let directory = try TemporaryDirectory("history")
        defer { directory.remove() }
        let history = RunHistory(folder: URL(fileURLWithPath: directory.path), target: "http://127.0.0.1:5000/../x")
        let run = record(["a": .holds])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<32 { group.addTask { try history.append(run, word: "w\(number)") } }
            try await group.waitForAll()
        }
        #expect(history.records().count == 32)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 1)
    }

    @Test("a run of a few checks is neither the last one nor part of a trend")
    func part() throws {
        let directory = try TemporaryDirectory("history")
        defer { directory.remove() }
        let history = RunHistory(folder: URL(fileURLWithPath: directory.path), target: "t")
        try history.append(record(["a": .holds], at: 1, score: 40), word: "a")
        try history.append(record(["a": .holds], at: 2, score: 100, only: ["a"]), word: "b")
        #expect(history.last()?.score == 40)
        let trend = try #require(Trend(history.records(), now: Self.report))
        #expect(trend.points.map(\.score) == [40, 90] && trend.spark == "▄█")
        #expect(trend.words == "40 → 90 over 2 runs since 2026-11-26, NO-GO → GO")
        #expect(Trend([], now: Self.report) == nil)
    }

    @Test("the trend stands in every report that people read")
    func reports() throws {
        var report = Self.report
        report.trend = Trend([record([:], score: 10)], now: report)
        #expect(TerminalReport.render(report).contains("Trend     10 → 90 over 2 runs"))
        #expect(try HTMLReport.render(report).contains("10 → 90 over 2 runs"))
        #expect(MarkdownReport.render(report).contains("Trend `▁█`"))
        #expect(try Report(json: report.json()) == report)
    }
}
