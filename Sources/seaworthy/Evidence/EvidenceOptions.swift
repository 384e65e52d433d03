import ArgumentParser
import Foundation
import Readiness

/// Files of other tools, for `check` and `evidence`.
struct EvidenceOptions: ParsableArguments {
    @Option(
        name: .customLong("evidence"),
        help: ArgumentHelp("A report of another tool to judge too; may be repeated.", valueName: "[FORMAT=]FILE"))
    var files: [String] = []

    @Option(
        help: ArgumentHelp("The commit that is judged; else what .git beside the configuration says.", valueName: "SHA")
    )
    var commit: String?
}

/// Evidence read and judged for a report.
struct EvidenceSupply {
    var results: [SuppliedResult] = []
    var references: [EvidenceReference] = []
    var evidence: [ImportedEvidence] = []
    var commit: String?
    /// For the criteria of a checklist.
    var figures: [Figure] = []

    /// What `readiness.yaml` declares and what flags name. A file that a flag names and that can't be read ends the
    /// command: nobody names a file that doesn't matter.
    static func load(
        _ files: [String], rules: EvidenceRules, folder: String, commit: String?, now: Date
    ) throws -> EvidenceSupply {
        guard !files.isEmpty || rules.isDeclared else { return EvidenceSupply() }
        var supply = EvidenceSupply()
        var problems: [(gate: String?, problem: EvidenceProblem)] = []
        for file in files {
            do {
                let (format, pattern) = try named(file)
                let found = EvidenceReader.files(pattern)
                if found.isEmpty { throw EvidenceProblem(file: pattern, what: "no such file", isMissing: true) }
                for path in found { supply.evidence.append(try EvidenceReader.read(path, format: format)) }
            } catch let problem as EvidenceProblem {
                throw ExitStatus.failure(problem.isMissing ? ExitCode(66) : ExitStatus.corruptData, "\(problem)")
            }
        }
        for (gate, patterns) in rules.files.sorted(by: { $0.key < $1.key }) {
            for pattern in patterns {
                let (format, name) = try named(pattern)
                let path = name.hasPrefix("/") || folder == "." ? name : "\(folder)/\(name)"
                let found = EvidenceReader.files(path)
                if found.isEmpty {
                    problems.append((gate, EvidenceProblem(file: path, what: "no such file", isMissing: true)))
                }
                for file in found {
                    do throws(EvidenceProblem) {
                        supply.evidence.append(try EvidenceReader.read(file, format: format))
                    } catch { problems.append((gate, error)) }
                }
            }
        }
        supply.commit = commit ?? GitRevision.head(of: folder)
        let gates = EvidenceGates(rules: rules, now: Int64(now.timeIntervalSince1970), commit: supply.commit)
        supply.results = gates.judge(supply.evidence, problems: problems)
        supply.figures = gates.figures(supply.evidence)
        supply.references = supply.evidence.map { EvidenceReference($0, refusal: gates.refusal($0)) }
        return supply
    }

    /// `mypy=out.txt` → mypy, out.txt.
    private static func named(_ text: String) throws -> (EvidenceFormat?, String) {
        guard let sign = text.firstIndex(of: "="), !FileManager.default.fileExists(atPath: text) else {
            return (nil, text)
        }
        let word = String(text[..<sign])
        guard let format = EvidenceFormat(rawValue: word) else {
            let words = EvidenceFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ExitStatus.failure(ExitCode(64), "no format is called `\(word)`; there are \(words)")
        }
        return (format, String(text[sign...].dropFirst()))
    }
}
