import Foundation

extension SourceScan {
    /// Whether every artefact that was asked for is there.
    mutating func artifacts(_ tree: SourceTree, _ patterns: [String]) {
        guard !patterns.isEmpty else { return }
        looked[.artifacts] = patterns.count
        for pattern in patterns {
            let found = EvidenceReader.files(pattern.hasPrefix("/") ? pattern : "\(tree.root)/\(pattern)")
            let isThere = found.contains { path in
                ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber).map { $0.intValue > 0 }
                    ?? false
            }
            if !isThere {
                findings.append(
                    SourceFinding(rule: "artifacts.missing", file: pattern, line: 1, seen: "isn't there, or is empty"))
            }
        }
    }
}
