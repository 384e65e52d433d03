import Foundation

extension SourceScan {
    /// Whether every artefact that was asked for is there.
    mutating func artifacts(_ tree: SourceTree, _ artifacts: [DeclaredArtifact]) {
        guard !artifacts.isEmpty else { return }
        looked[.artifacts] = artifacts.count
        for artifact in artifacts {
            let path = artifact.path
            let found = EvidenceReader.files(path.hasPrefix("/") ? path : "\(tree.root)/\(path)")
            let isThere = found.contains { path in
                ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber).map { $0.intValue > 0 }
                    ?? false
            }
            if !isThere {
                findings.append(
                    SourceFinding(rule: "artifacts.missing", file: path, line: 1, seen: "isn't there, or is empty"))
            }
        }
        if artifacts.contains(where: { $0.build != nil }) {
            unseen[.reproducible] =
                "nothing was built: that runs the project's own commands, and wants --rebuild"
        }
    }

    /// Builds the artefacts that have a command twice, and says where the results differ.
    public mutating func rebuild(_ artifacts: [DeclaredArtifact], _ around: Rebuild.Surroundings) throws(Rebuild
        .Interrupted)
    {
        guard artifacts.contains(where: { $0.build != nil }) else {
            unseen[.reproducible] = "no artefact has a `build` in readiness.yaml's `artefacts`"
            return
        }
        var rebuild = Rebuild(root: root, around)
        try rebuild.run(artifacts)
        findings += rebuild.findings
        looked[.reproducible] = rebuild.compared
        unseen[.reproducible] = rebuild.unseen.isEmpty ? nil : rebuild.unseen.joined(separator: "; ")
        sort()
    }
}
