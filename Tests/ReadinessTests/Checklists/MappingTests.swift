import Foundation
import Testing

@testable import Readiness

@Suite("Items of checklists that aren't ours are mapped to what decides them")
struct MappingTests {
    /// An item with what would be right for it.
    struct Labelled {
        var source: String
        var heading: String
        var text: String
        var acceptable: [String]

        /// Whether something other than a person decides it.
        var isDecidable: Bool { acceptable.contains { $0 != "person" && $0 != "-" } }
        /// Whether nothing but a machine's decision would be right.
        var mustBeMapped: Bool { isDecidable && !acceptable.contains("-") && !acceptable.contains("person") }

        func accepts(_ id: String) -> Bool {
            acceptable.contains { $0 == id || ($0.hasSuffix(".*") && id.hasPrefix($0.dropLast(1))) }
        }
    }

    struct Measure {
        var predicted = 0
        var right = 0
        var wanted = 0
        var found = 0
        var wrong: [String] = []
        var missed: [String] = []
        var precision: Double { predicted == 0 ? 0 : Double(right) / Double(predicted) }
        var recall: Double { wanted == 0 ? 0 : Double(found) / Double(wanted) }
    }

    static func labelled(_ name: String) throws -> [Labelled] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Labels")
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        var source = ""
        var heading = ""
        return text.split(separator: "\n").compactMap { line in
            if line.hasPrefix("## ") {
                source = String(line.dropFirst(3))
            } else if line.hasPrefix("# ") {
                heading = String(line.dropFirst(2))
            } else if let range = line.range(of: " => ") {
                return Labelled(
                    source: source, heading: heading, text: String(line[..<range.lowerBound]),
                    acceptable: line[range.upperBound...].split(separator: " ").map(String.init))
            }
            return nil
        }
    }

    static func ids(_ mapping: Mapping) -> [String] {
        mapping.target?.ids ?? []
    }

    static func measure(_ items: [Labelled]) -> Measure {
        var measure = Measure()
        for item in items {
            let ids = ids(ItemMapper.shipped.map(item.text, above: item.heading))
            let isRight = !ids.isEmpty && ids.allSatisfy(item.accepts)
            if !ids.isEmpty {
                measure.predicted += 1
                if isRight {
                    measure.right += 1
                } else {
                    measure.wrong.append(
                        "\(item.text) → \(ids.joined(separator: ", ")), not \(item.acceptable.joined(separator: " "))")
                }
            }
            guard item.mustBeMapped else { continue }
            measure.wanted += 1
            if isRight { measure.found += 1 } else if ids.isEmpty { measure.missed.append(item.text) }
        }
        return measure
    }

    /// The aim is 0.9 at 0.6 on what nobody has seen; docs/accuracy-checklists.md has what hold-outs came to, each before its
    /// items became part of what rules are held to here. These floors keep all from falling.
    @Test(
        "precision and recall don't fall below what was measured",
        arguments: [
            ("development.txt", 0.97, 0.8), ("development-2.txt", 0.97, 0.75), ("hold-out.txt", 0.97, 0.65),
            ("second-hold-out.txt", 0.97, 0.8), ("third-hold-out.txt", 0.95, 0.7), ("fourth-hold-out.txt", 0.9, 0.6),
            ("fifth-hold-out.txt", 0.96, 0.7),
        ])
    func accuracy(name: String, precision: Double, recall: Double) throws {
        let items = try Self.labelled(name)
        #expect(items.count > 100)
        let measure = Self.measure(items)
        let report = """
            \(name): \(items.count) items, \(measure.predicted) mapped, \(measure.right) right; precision \
            \(measure.precision), recall \(measure.recall) of \(measure.wanted)
            wrong: \(measure.wrong.joined(separator: "\n"))
            missed: \(measure.missed.joined(separator: "\n"))
            """
        #expect(measure.precision >= precision, "\(report)")
        #expect(measure.recall >= recall, "\(report)")
    }

    @Test("every target of the rules exists")
    func targets() {
        let checks = CheckCatalogue.sheets.map(\.id)
        let targets = ItemMapper.shipped.targets
        #expect(targets.count > 60)
        for target in targets {
            switch target {
            case .checks(let ids): for id in ids { #expect(checks.contains(id), "\(id)") }
            case .figure(let text):
                let figure = FigureCondition(text)?.figure ?? ""
                #expect(FigureCatalogue.all.contains { $0.id == figure }, "\(text)")
            case .control(let id): #expect(CapabilityDirectory.ids.contains(id), "\(id)")
            case .person(let why): #expect(!why.isEmpty)
            }
        }
        #expect(targets.count == MappingRules.text.split(separator: "\n").count)
    }

    @Test(
        "a figure takes the bound that the item names",
        arguments: [
            ("Coverage ≥ 85%", "coverage.lines >= 85"), ("Code coverage", "coverage.lines >= 80"),
            ("API response time under 300 ms", "load.api-p95 <= 300"), ("Page load < 3s", "load.page-time <= 3000"),
            ("Error rate < 0.5%", "load.errors <= 0.5"), ("All unit tests pass", "tests.pass-rate >= 100"),
        ])
    func bounds(text: String, expected: String) throws {
        let list = ChecklistImport(
            Array("- [ ] \(text)\n".utf8), file: "L.md", today: try #require(CalendarDay("2026-11-26")))
        #expect(list.items.first?.targets == [expected])
    }
}
