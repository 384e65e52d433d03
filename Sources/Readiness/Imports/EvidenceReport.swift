import FoundationEssentials
import Kernel

/// Evidence and what the gates made of it, without a running app.
public struct EvidenceReport: Sendable {
    struct Gate: Codable {
        var id: String
        var title: String
        var outcome: Outcome
        var observations: [Observation]
    }
    struct Document: Codable {
        var schemaVersion = 1
        var commit: String?
        var evidence: [EvidenceReference]
        var gates: [Gate]
    }
    private let document: Document
    private let now: Int64

    /// `now` in seconds since 1970.
    public init(results: [SuppliedResult], evidence: [EvidenceReference], commit: String?, now: Int64) {
        document = Document(
            commit: commit, evidence: evidence,
            gates: results.map {
                Gate(
                    id: $0.sheet.id, title: $0.sheet.title, outcome: Evaluation.outcome(of: $0.observations),
                    observations: $0.observations)
            })
        self.now = now
    }

    /// 0 all hold, 1 one fails, 2 could not judge.
    public var exitCode: Int32 {
        let outcomes = document.gates.map(\.outcome)
        if outcomes.contains(.fails) { return 1 }
        return !outcomes.isEmpty && outcomes.allSatisfy { $0 == .holds } ? 0 : 2
    }

    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Readiness.text(of: try encoder.encode(document)) + "\n"
    }

    public func text(width: Int = 80, colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines = [ink.bold("Evidence")]
        for item in document.evidence {
            var words = "\(item.file): \(item.format.rawValue)"
            if let made = item.madeAt, let seconds = secondsSinceEpoch(made) {
                words += ", \(EvidenceGates.words(max(0, Double(now - seconds)))) old"
            }
            if let commit = item.commit { words += ", commit \(commit.prefix(12))" }
            if let refusal = item.refusal { words += "; not accepted: \(refusal)" }
            let shown = wrapped(words, width: width, indent: "  ")
            lines += item.refusal == nil ? shown : shown.map(ink.yellow)
        }
        lines += ["", ink.bold("Gates")]
        for gate in document.gates {
            lines.append("  " + ink.outcome(gate.outcome, padded(gate.outcome.short, 10)) + gate.id)
            for seen in gate.observations {
                lines += wrapped("\(seen.subject): \(seen.seen)", width: width, indent: "            ")
            }
        }
        if document.gates.isEmpty { lines.append("  none: no file was given") }
        return lines.joined(separator: "\n") + "\n"
    }
}
