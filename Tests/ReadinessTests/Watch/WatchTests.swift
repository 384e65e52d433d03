import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("A watch counts what it saw, and tells what got worse")
struct WatchTests {
    private func ledger(_ looks: [(Int64, Int?)], every: Double = 10) -> AvailabilityLedger {
        var ledger = AvailabilityLedger(every: every)
        for (at, status) in looks { ledger.add(AvailabilitySample(at: at, status: status, milliseconds: 5)) }
        return ledger
    }

    @Test("availability is a share of the watched time, the error rate one of the looks")
    func shares() throws {
        let seen = try #require(ledger([(0, 200), (10, 503), (20, nil), (30, 404), (40, 200)]).summary(since: 0))
        #expect(seen.samples == 5 && seen.failed == 2 && seen.errorRate == 40)
        #expect(seen.availability == 50 && seen.longestOutage == 20 && !seen.meets)
    }

    @Test("time in which nobody looked counts neither way")
    func gap() throws {
        let seen = try #require(ledger([(0, 200), (10, 200), (9_000, nil), (9_010, 200)]).summary(since: 0))
        #expect(seen.availability == 50)
        #expect(ledger([(0, 200)]).summary(since: 0)?.availability == nil)
        #expect(ledger([(0, 200)]).summary(since: 1) == nil)
    }

    @Test("looks are read back; cut, foreign and future lines are left out")
    func reading() {
        let good = AvailabilitySample(at: 1_000_000, status: nil, milliseconds: 3)
        let text =
            AvailabilityLedger.line(good) + "{\"at\":\n\n[]\n"
            + AvailabilityLedger.line(.init(at: 9_000_000, status: 1, milliseconds: 1))
            + AvailabilityLedger.line(.init(at: 1, status: 200, milliseconds: 1)) + "{\"at\":1000001,\"mill"
        var ledger = AvailabilityLedger(every: 15)
        ledger.read(Array(text.utf8), now: 1_000_000 + AvailabilityLedger.keptSeconds)
        #expect(ledger.samples == [good])
    }

    @Test("three looks in a row without an answer are an outage, one good look ends it, and each is told once")
    func down() {
        var watch = Watchfulness(target: "t", last: nil)
        func look(_ status: Int?) -> WatchAlert.Event? {
            watch.look(.init(at: 0, status: status, milliseconds: 1), at: "now")?.event
        }
        #expect([look(500), look(nil), look(200)] == [nil, nil, nil])
        #expect(
            [look(nil), look(502), look(nil), look(nil), look(200), look(200)] == [nil, nil, .down, nil, .up, nil])
    }

    @Test("a watch that was killed in an outage and begins again tells of its end, and not of the outage twice")
    func begunAgain() {
        func looks(_ statuses: [Int?]) -> [AvailabilitySample] {
            statuses.map { AvailabilitySample(at: 0, status: $0, milliseconds: 1) }
        }
        func told(after before: [Int?], _ now: [Int?]) -> [WatchAlert.Event?] {
            var watch = Watchfulness(target: "t", last: nil, looks: looks(before))
            return looks(now).map { watch.look($0, at: "now")?.event }
        }
        #expect(told(after: [200, 500, nil, 502], [nil, 200]) == [nil, .up])
        #expect(told(after: [500, 500], [nil, 200]) == [.down, .up])
        #expect(told(after: [nil, nil, nil, 200], [200]) == [nil])
    }

    private func record(_ outcomes: [Outcome]) -> RunRecord {
        var record = RunRecord(
            Report(
                tool: "", target: "t", name: "t", startedAt: "", seconds: 0, isInterrupted: false, only: ["x"],
                level: "mvp", verdicts: [], areas: [],
                coverage: Coverage(checksEvaluated: 0, checks: 0, routes: 0, identities: [], identitiesDeclared: 0),
                traffic: Traffic(requests: 0, requestLimit: 0, burst: 0, refusedForPace: 0, secondsWaited: 0),
                checks: [], notes: []))
        record.checks = outcomes.enumerated().map {
            .init(id: "c\($0.offset)", title: "", severity: .major, outcome: $0.element, summary: "s")
        }
        return record
    }

    @Test("a check that turns red is told once, also against the run before this watch, and again when it is green")
    func regression() {
        var watch = Watchfulness(target: "t", last: record([.holds, .holds]))
        func events(_ outcomes: [Outcome]) -> [WatchAlert.Event] {
            watch.check(record(outcomes), at: "now").map(\.event)
        }
        #expect(events([.holds, .fails]) == [.checked, .regression])
        #expect(events([.holds, .fails]) == [.checked])
        #expect(events([.holds, .holds]) == [.checked, .recovery])
        #expect(watch.regressions == 1)
    }

    @Test("a run that saw next to nothing is compared with nothing, and is no measure for the next one")
    func blind() {
        var watch = Watchfulness(target: "t", last: record([.holds, .holds]))
        #expect(watch.check(record([.notAvailable, .fails]), at: "").map(\.event) == [.checked])
        #expect(watch.check(record([.holds, .fails]), at: "").map(\.event) == [.checked, .regression])
    }

    @Test("the light profile reads only: no sign-in, no write, no burst")
    func light() {
        let sheets = CheckCatalogue.sheets.filter { LightProfile.checks.contains($0.id) }
        #expect(sheets.count > 20)
        for sheet in sheets { #expect(sheet.needs.isEmpty && ![.limits, .race, .injection].contains(sheet.area)) }
    }

    @Test("a page is looked at once; an error, a hang-up and a closed port are no answers")
    func probe() async throws {
        for (answer, isGood) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", true),
            ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n", false), ("", false),
        ] {
            let server = try await answering { _ in answer }
            let target = try #require(SiteURL("http://127.0.0.1:\(server.port)"))
            let sample = try await AvailabilityProbe(target: target, limit: .seconds(20)).sample(at: 7)
            #expect(sample.isGood == isGood && sample.at == 7, "\(answer.prefix(20))")
            await server.stop()
        }
    }

    @Test("a webhook gets the alert as JSON; one that refuses is told of")
    func webhook() async throws {
        let alert = WatchAlert(.down, target: "http://t", at: "2026-11-26T12:00:00Z", message: "it is away")
        let server = try await answering { request in
            let body = String(decoding: request.body, as: UTF8.self)
            let isRight = body.contains("\"event\":\"watch.down\"") && request.target == "/hook"
            return "HTTP/1.1 \(isRight ? 204 : 500) X\r\nContent-Length: 0\r\n\r\n"
        }
        try await alert.post(to: try #require(SiteURL("http://127.0.0.1:\(server.port)/hook")))
        await server.stop()
    }
}
