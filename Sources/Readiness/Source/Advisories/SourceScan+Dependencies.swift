extension SourceScan {
    mutating func dependencies(_ tree: SourceTree, _ advisories: AdvisoryStore?) {
        var packages: [(file: String, package: LockedPackage)] = []
        for entry in tree.entries where !entry.path.isAside {
            // Lock files may be longer than sources.
            guard Self.isLockFile(entry.path), entry.size <= 32 * 1_048_576,
                let (bytes, _) = try? EvidenceReader.contents("\(tree.root)/\(entry.path)"),
                let found = LockFile.packages(entry.path, bytes)
            else { continue }
            packages += found.map { (entry.path, $0) }
        }
        guard !packages.isEmpty else { return }
        looked[.dependencies] = packages.count
        guard let advisories, advisories.count > 0 else {
            unseen[.dependencies] = "no advisories are kept here: `seaworthy advisories import all.zip` of OSV's data"
            return
        }
        let unknown = Set(packages.map(\.package.ecosystem)).filter { !advisories.knows($0) }
        for (file, package) in packages {
            for (entry, fixed) in advisories.affecting(package) {
                let remedy = fixed.map { "mended in \($0)" } ?? "no version mends it yet"
                findings.append(
                    SourceFinding(
                        rule: "dependencies.known-vulnerability", file: file, line: package.line,
                        seen:
                            "\(package.name) \(package.version): \(entry.id) (\(entry.severity)), \(remedy). \(entry.summary)"
                    ))
            }
        }
        if !unknown.isEmpty, !findings.contains(where: { $0.rule.hasPrefix("dependencies.") }) {
            unseen[.dependencies] = "no advisories of \(unknown.sorted().joined(separator: ", ")) are kept here"
        }
    }

    private static func isLockFile(_ path: String) -> Bool { LockFile.packages(path, []) != nil }
}
