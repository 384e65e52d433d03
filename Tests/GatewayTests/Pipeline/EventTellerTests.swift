import Foundation
import Kernel
import Testing

/// A kind of event that nothing tells is a fiction: it stands in the docs, and nobody will ever see it.
@Suite("Who tells events")
struct EventTellerTests {
    /// Everything between two quotation marks in the sources, the registry and whole lines of comment left out.
    private static let literals: Set<String> = {
        let lines = ProjectDocument.sources(of: [""]).filter { !$0.path.contains("/Kernel/Events/") }
            .flatMap { $0.text.utf8.split(separator: UInt8(ascii: "\n")) }
            .filter { !$0.drop { $0 == UInt8(ascii: " ") }.starts(with: "//".utf8) }
        return Set(
            lines.flatMap { $0.split(separator: UInt8(ascii: "\"")) }.filter { $0.count < 60 }
                .map { String(decoding: $0, as: UTF8.self) })
    }()

    @Test("every kind of the registry is told somewhere in the sources, or stands among the planned ones and isn't")
    func told() {
        let known = Set(EventRegistry.all.map(\.id))
        #expect(known.count > 80)
        #expect(EventRegistry.planned.isSubset(of: known), "planned, and not in the registry")
        // Stages tell theirs by reason or area; the journal stands in for what isn't registered by a name of its own.
        let indirect = Set(EventRegistry.all.filter { !$0.reasons.isEmpty || !$0.areas.isEmpty }.map(\.id))
            .union([EventRegistry.unregistered])
        for kind in known.subtracting(indirect).sorted() {
            let isTold = Self.literals.contains(kind)
            let isPlanned = EventRegistry.planned.contains(kind)
            #expect(isTold || isPlanned, "\(kind): nothing tells it. Tell it, or name it in EventRegistry.planned")
            #expect(!(isTold && isPlanned), "\(kind) is told now: take it out of EventRegistry.planned")
        }
    }

    @Test("every reason and area that stands for a kind begins a reason that a source names")
    func reasons() {
        // Rooms that aren't built yet.
        let later: Set<String> = ["quota", "upload", "inspection", "cache", "maintenance"]
        let areas = Set(
            Self.literals.compactMap { literal in literal.firstIndex(of: ".").map { String(literal[..<$0]) } })
        for kind in EventRegistry.all {
            for reason in kind.reasons {
                #expect(Self.literals.contains(reason.rawValue), "\(kind.id): no stage says \(reason.rawValue)")
            }
            for area in kind.areas where !later.contains(area) {
                #expect(areas.contains(area), "\(kind.id): no stage says \(area).…")
            }
        }
    }
}
