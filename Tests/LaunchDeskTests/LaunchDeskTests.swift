import Foundation
import Kernel
import Readiness
import Store
import Synchronization
import TestKit
import Testing

@testable import LaunchDesk

/// A trail that only remembers.
final class KeptTrail: AuditTrail {
    private let events = Mutex<[AuditEvent]>([])
    var all: [AuditEvent] { events.withLock { $0 } }
    func append(_ event: AuditEvent, in db: Transaction) throws { events.withLock { $0.append(event) } }
}

@Suite("The launch desk")
struct LaunchDeskTests {
    static func with<Value>(
        _ engine: DatabaseEngine, _ work: (LaunchDesk, KeptTrail, Database) async throws -> Value
    ) async throws -> Value {
        let (trail, clock) = (KeptTrail(), ManualClock())
        return try await TestDatabase.with(engine, migrations: LaunchSchema.migrations) { database in
            let desk = LaunchDesk(
                database: database, audit: trail, clock: clock, random: SeededRandomSource(seed: 3), actor: "somebody")
            return try await work(desk, trail, database)
        }
    }

    static func desk(_ database: Database, _ trail: KeptTrail, as actor: String, seed: UInt64) -> LaunchDesk {
        LaunchDesk(
            database: database, audit: trail, clock: ManualClock(), random: SeededRandomSource(seed: seed), actor: actor
        )
    }

    /// 10 components of 48 items, on four browsers and devices.
    static func large(_ change: (inout AcceptancePlan) -> Void = { _ in }) -> AcceptancePlan {
        var plan = AcceptancePlan(
            title: "Release 1",
            items: (0..<480).map { number in
                AcceptancePlan.Item(
                    key: "T-\(number + 1)", component: "Component \(number / 48)", title: "Item \(number)",
                    steps: "Do it", expected: "It is done", url: "/page/\(number)", expectation: .init(status: 200),
                    profiles: ["Chromium desktop", "Chromium phone", "Firefox desktop", "Safari phone"],
                    line: number + 2)
            })
        change(&plan)
        return plan
    }

    @Test(
        "works 480 items in 10 components on 4 browsers and devices through: rates, assignment, another import",
        arguments: DatabaseEngine.allCases)
    func whole(_ engine: DatabaseEngine) async throws {
        try await Self.with(engine) { desk, trail, database in
            let first = try await desk.importPlan(Self.large())
            #expect(first.items == 480 && first.added == 480 && first.removed == 0)
            let lines = try await desk.lines(of: "Release 1")
            #expect(lines.count == 480 && lines.allSatisfy { $0.state == "open" })
            #expect(LaunchDesk.progress(of: lines).passRate == 0)
            // 32 people at once, 1920 results: every 16th item fails on the phone, one in 60 is blocked there.
            _ = try await AtOnce.run { person in
                let own = Self.desk(database, trail, as: "person-\(person)", seed: UInt64(person + 10))
                for line in lines where line.item.position % 32 == person {
                    for profile in line.item.profiles {
                        let isPhone = profile == "Safari phone"
                        let outcome: ItemOutcome =
                            isPhone && line.item.position % 16 == 0
                            ? .fail : isPhone && line.item.position % 60 == 1 ? .blocked : .pass
                        try await own.record(
                            line.item.id, on: profile, outcome, note: outcome == .pass ? "" : "seen on \(profile)")
                    }
                }
            }
            #expect(trail.all.count { $0.kind == "uat.recorded" } == 1_920)
            let progress = LaunchDesk.progress(of: try await desk.lines(of: nil))
            #expect(progress.items == 480 && progress.components.count == 10 && progress.profiles.count == 4)
            // 30 failed, 8 are blocked.
            #expect(progress.passed == 442 && progress.worked == 480)
            #expect(progress.components.reduce(0) { $0 + $1.failed } == 30)
            #expect(progress.profiles.first { $0.name == "Safari phone" }?.passed == 442)
            #expect(Int(progress.passRate) == 92 && Int(progress.compatibility) == 98)
            let assigned = try await desk.assign(lines[0].item.id, wholeComponent: true, to: "qa")
            #expect(assigned == 48)

            // Again: ten items are other ones now, five are gone, one is new; what is as it was keeps its results.
            let second = try await desk.importPlan(
                Self.large { plan in
                    for index in 0..<10 { plan.items[index].steps = "Do it twice" }
                    plan.items.removeLast(5)
                    plan.items.append(plan.items[20])
                    plan.items[475].key = "T-new"
                })
            #expect(second.added == 1 && second.changed == 10 && second.removed == 5 && second.unchanged == 465)
            let after = LaunchDesk.progress(of: try await desk.lines(of: nil))
            #expect(after.items == 476 && after.worked == 465)
            let sheet = try await desk.item(lines[0].item.id)
            #expect(sheet.results.count == 4 && sheet.results.allSatisfy { !$0.isCurrent }, "kept, and counts no more")
            #expect(sheet.item.assignee == "qa")
            // What was left out comes back with what came of it.
            let third = try await desk.importPlan(Self.large())
            #expect(third.removed == 1 && third.added == 0 && third.changed == 10)
            #expect(LaunchDesk.progress(of: try await desk.lines(of: nil)).worked == 470)
        }
    }

    @Test(
        "keeps every one of 32 results for the same item at once: one counts, all are there",
        arguments: DatabaseEngine.allCases)
    func together(_ engine: DatabaseEngine) async throws {
        try await Self.with(engine) { desk, trail, database in
            try await desk.importPlan(Self.large { $0.items.removeLast(479) })
            let id = try #require(try await desk.lines(of: nil).first).item.id
            _ = try await AtOnce.run { number in
                try await Self.desk(database, trail, as: "p\(number)", seed: UInt64(number + 40)).record(
                    id, on: "Firefox desktop", number % 2 == 0 ? .pass : .fail, note: "n\(number)")
            }
            let sheet = try await desk.item(id)
            #expect(sheet.results.count == 32 && Set(sheet.results.map(\.note)).count == 32)
            #expect(Set(sheet.results.map(\.number)) == Set(1...32))
            #expect(sheet.results.filter(\.isCurrent).map(\.number) == [32])
            // And importing the same plan beside them loses none.
            _ = try await AtOnce.run { number in
                if number % 4 == 0 {
                    _ = try await desk.importPlan(Self.large { $0.items.removeLast(479) })
                } else {
                    try await desk.record(id, on: "Chromium desktop", .pass, note: "")
                }
            }
            #expect(try await desk.item(id).results.count == 56)
            // Files: at most twenty, however many come at once.
            let kept = await AtOnce.outcomes { number in
                _ = try await Self.desk(database, trail, as: "p", seed: UInt64(number + 90)).attach(
                    Array("log \(number)".utf8), named: "log.txt", to: id)
            }
            #expect(kept.successes == LaunchDesk.mostFiles)
        }
    }

    @Test(
        "refuses what isn't there, what is too long, and a failure without a note", arguments: DatabaseEngine.allCases)
    func refusals(_ engine: DatabaseEngine) async throws {
        try await Self.with(engine) { desk, trail, _ in
            try await desk.importPlan(Self.large { $0.items.removeLast(479) })
            let id = try #require(try await desk.lines(of: nil).first).item.id
            let before = trail.all.count
            await #expect(throws: LaunchDesk.Failure.noItem("x")) {
                try await desk.record("x", on: "Firefox desktop", .pass, note: "")
            }
            await #expect(throws: LaunchDesk.Failure.noteMissing) {
                try await desk.record(id, on: "Firefox desktop", .fail, note: "")
            }
            await #expect(throws: LaunchDesk.Failure.self) { try await desk.record(id, on: "Lynx", .pass, note: "") }
            await #expect(throws: LaunchDesk.Failure.tooLong("note", 4_000)) {
                try await desk.record(id, on: "Firefox desktop", .fail, note: String(repeating: "x", count: 4_001))
            }
            let wrong: [[UInt8]] = [
                [], Array("<html><script>".utf8), [0x4D, 0x5A, 0, 1], [UInt8](repeating: 0x61, count: 2_097_153),
            ]
            for content in wrong {
                await #expect(throws: LaunchDesk.Failure.self) {
                    try await desk.attach(content, named: "a.png", to: id)
                }
            }
            #expect(trail.all.count == before)
            let file = try await desk.attach(
                [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], named: "../../etc/pass\"wd\r\n.html", to: id)
            let kept = try await desk.file(file, of: id)
            #expect(kept.file.name == "pass-wd.png" && kept.file.type == "image/png" && kept.content.count == 8)
            await #expect(throws: LaunchDesk.Failure.noAttachment) { _ = try await desk.file(file, of: "another") }
        }
    }

    // MARK: Sign-offs

    static let criterion = LaunchRun.Criterion(
        id: "sign-off-qa", text: "QA", level: "mvp", role: "QA Lead", wasSigned: false, isBlocker: true)

    @Test(
        "is signed once by 32 at once, only as a role that one has, and only for the latest evidence",
        arguments: DatabaseEngine.allCases)
    func signing(_ engine: DatabaseEngine) async throws {
        try await Self.with(engine) { desk, trail, database in
            await #expect(throws: LaunchDesk.Failure.notYourRole("QA Lead")) {
                try await desk.sign(Self.criterion, of: "http://app", seen: "a", latest: "a", note: "")
            }
            _ = try await AtOnce.run { _ in try await desk.giveRole("QA Lead", to: "somebody") }
            #expect(trail.all.count { $0.kind == "launch.role-given" } == 1)
            await #expect(throws: LaunchDesk.Failure.evidenceIsOld) {
                try await desk.sign(Self.criterion, of: "http://app", seen: "a", latest: "b", note: "")
            }
            let signed = await AtOnce.outcomes { number in
                _ = try await LaunchDesk(
                    database: database, audit: trail, clock: ManualClock(),
                    random: SeededRandomSource(seed: UInt64(number)), actor: "somebody"
                ).sign(Self.criterion, of: "http://app", seen: "a", latest: "a", note: "")
            }
            #expect(signed.successes == 1 && trail.all.count { $0.kind == "launch.signed" } == 1)
            let one = try #require(try await desk.signOffs(of: "http://app").first)
            await #expect(throws: LaunchDesk.Failure.notSigned) {
                try await Self.desk(database, trail, as: "other", seed: 1).revoke(
                    one.id, because: "no", isAdministrator: false)
            }
            let revoked = await AtOnce.outcomes { number in
                try await desk.revoke(one.id, because: "found something \(number)", isAdministrator: false)
            }
            #expect(revoked.successes == 1 && trail.all.count { $0.kind == "launch.revoked" } == 1)
            // After that it may be signed again, and again only once.
            try await desk.sign(Self.criterion, of: "http://app", seen: "a", latest: "a", note: "mended")
            await #expect(throws: LaunchDesk.Failure.signedAlready) {
                try await desk.sign(Self.criterion, of: "http://app", seen: "a", latest: "a", note: "")
            }
            _ = try await AtOnce.run { _ in try await desk.takeRole("QA Lead", from: "somebody") }
            #expect(trail.all.count { $0.kind == "launch.role-taken" } == 1)
            await #expect(throws: LaunchDesk.Failure.notYourRole("QA Lead")) {
                try await desk.sign(Self.criterion, of: "http://app", seen: "b", latest: "b", note: "")
            }
        }
    }

    @Test("writes what check reads: rates and signatures that count, under a digest")
    func export() async throws {
        try await Self.with(.sqlite) { desk, _, _ in
            try await desk.importPlan(Self.large { $0.items.removeLast(470) })
            for line in try await desk.lines(of: nil) where line.item.position != 3 {
                for profile in line.item.profiles { try await desk.record(line.item.id, on: profile, .pass, note: "") }
            }
            try await desk.giveRole("QA Lead", to: "somebody")
            let id = try await desk.sign(Self.criterion, of: "http://app", seen: "e1", latest: "e1", note: "")
            let file = try await desk.launchFile(of: "http://app", names: ["somebody": "qa@example.com"])
            #expect(file.figures.first { $0.figure == "uat.pass-rate" }?.value == 90)
            #expect(file.figures.first { $0.figure == "uat.items" }?.value == 9)
            #expect(file.signatures.map(\.by) == ["qa@example.com"] && file.signatures.map(\.evidence) == ["e1"])
            let json = try file.json()
            #expect(try LaunchFile(json: Array(json.utf8)) == file)
            let tampered = json.replacing("\"value\" : 90", with: "\"value\" : 99")
            #expect(tampered != json)
            #expect(throws: LaunchFile.Refusal.self) { try LaunchFile(json: Array(tampered.utf8)) }
            #expect(throws: LaunchFile.Refusal.self) { try LaunchFile(json: Array(json.utf8.prefix(200))) }
            try await desk.revoke(id, because: "no", isAdministrator: false)
            #expect(try await desk.launchFile(of: "http://app", names: [:]).signatures.isEmpty)
            // A spreadsheet runs nothing of it, and it comes back as it was.
            var plan = Self.large { $0.items.removeLast(478) }
            plan.title = "Formulas"
            plan.items[0].title = "=HYPERLINK(\"http://evil.example\")"
            plan.items[1].title = "a \"quoted\", and"
            plan.items[1].steps =
                "Open the form\nFill it in, \t\"twice\"\n" + String(repeating: "again ", count: 400) + "."
            plan.items[0].expected = "-2"
            try await desk.importPlan(plan)
            let csv = try await desk.export("Formulas", names: [:]).csv
            #expect(csv.contains("\"'=HYPERLINK"))
            let again = try PlanReader.read(Array(csv.utf8), as: .csv, name: "Formulas")
            #expect(
                again.items.map(\.title) == plan.items.map(\.title) && again.items.map(\.key) == plan.items.map(\.key))
            let isAsItWas = again.items.map(\.steps) == plan.items.map(\.steps)
            #expect(isAsItWas, "steps of several lines, and long ones, come back")
            let imported = try await desk.importPlan(again)
            #expect(imported.unchanged == 2 && imported.changed == 0)
        }
    }
}
