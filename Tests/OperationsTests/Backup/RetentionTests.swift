import Kernel
import TestKit
import Testing

@testable import Operations

@Suite("Which backups are kept")
struct RetentionTests {
    private static let day: Int64 = 86_400_000_000_000
    private static let random = SeededRandomSource(seed: 1)

    /// Some hundred backups of two years, a part of them good.
    private static func history(_ generator: inout SeededGenerator, good: ClosedRange<Int> = 1...10)
        -> [RetentionRule.Candidate]
    {
        let start: Int64 = 20_000 * day
        let share = generator.number(good)
        return (0..<generator.number(0...300)).map { _ in
            let time = start + Int64(generator.number(0...730 * 86_400)) * 1_000_000_000
            return RetentionRule.Candidate(
                name: BackupName(at: Timestamp(nanosecondsSinceEpoch: time), random: random),
                isGood: generator.number(1...10) <= share)
        }
    }

    private static func rule(_ generator: inout SeededGenerator) -> RetentionRule {
        RetentionRule(
            daily: generator.number(0...14), weekly: generator.number(0...8), monthly: generator.number(0...24))
    }

    @Test("the newest good one is always kept, and nothing goes where none is good", arguments: Seeds.first(200))
    func newestGood(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let all = Self.history(&generator, good: 0...10)
        let kept = Self.rule(&generator).kept(all)
        if let newest = all.filter(\.isGood).map(\.name).max() {
            #expect(kept.contains(newest))
            #expect(all.filter { $0.name > newest }.allSatisfy { kept.contains($0.name) })
        } else {
            #expect(kept == Set(all.map(\.name)))
        }
        #expect(kept.isSubset(of: all.map(\.name)))
    }

    @Test("applying the rule again removes nothing more", arguments: Seeds.first(200))
    func stable(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let all = Self.history(&generator)
        let rule = Self.rule(&generator)
        let kept = rule.kept(all)
        #expect(rule.kept(all.filter { kept.contains($0.name) }) == kept)
    }

    @Test(
        "each of the last days that have a good one keeps one, and no more than the rule says",
        arguments: Seeds.first(100))
    func bounds(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let all = Self.history(&generator, good: 10...10)
        let rule = Self.rule(&generator)
        let kept = rule.kept(all)
        let newest = all.map(\.name.takenAt.nanosecondsSinceEpoch).max() ?? 0
        let recent = all.count { $0.name.takenAt.nanosecondsSinceEpoch > newest - Self.day }
        #expect(kept.count <= rule.daily + rule.weekly + rule.monthly + recent)
        let days = Set(all.map { $0.name.takenAt.nanosecondsSinceEpoch / Self.day }).sorted().suffix(rule.daily)
        for day in days {
            #expect(kept.contains { $0.takenAt.nanosecondsSinceEpoch / Self.day == day })
        }
    }

    @Test("a year of nightly backups leaves 7 days, 4 weeks and 12 months")
    func year() {
        let all = (0..<365).map { day in
            RetentionRule.Candidate(
                name: BackupName(
                    at: Timestamp(nanosecondsSinceEpoch: (20_454 + Int64(day)) * Self.day + 3 * 3_600_000_000_000),
                    random: Self.random), isGood: true)
        }
        // 20,454 is 2026-01-01.
        let kept = RetentionRule().kept(all).map { String($0.takenAt.iso8601.prefix(10)) }.sorted()
        #expect(
            kept == [
                "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31",
                "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-13", "2026-12-20", "2026-12-25",
                "2026-12-26", "2026-12-27", "2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31",
            ])
    }

    @Test("names carry their time, and other names are none of ours")
    func names() throws {
        let time = Timestamp(nanosecondsSinceEpoch: 1_795_249_805_000_000_000)
        let name = BackupName(at: time, random: Self.random)
        #expect(name.text.hasPrefix("seaworthy-20261121T") && name.takenAt == time)
        #expect(BackupName(name.text) == name)
        for text in [
            "", "seaworthy.backup", name.text + "x", "x" + name.text, "../" + name.text, ".partial-" + name.text,
            "seaworthy-20261321T083000Z-1a2b3c4d.backup", "seaworthy-20261121T256000Z-1a2b3c4d.backup",
            "seaworthy-20261121T083000Z-1A2B3C4D.backup", "seaworthy-99991121T083000Z-1a2b3c4d.backup",
        ] {
            #expect(BackupName(text) == nil, "\(text)")
        }
    }
}
