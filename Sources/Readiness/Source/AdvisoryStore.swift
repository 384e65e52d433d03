import Foundation

/// Advisories of OSV (https://ossf.github.io/osv-schema/) kept on this machine: no query leaves it.
public struct AdvisoryStore: Sendable {
    /// What one advisory says of one package.
    struct Entry: Sendable, Codable, Equatable {
        var id: String
        var summary: String
        /// `critical`, `high`, `medium`, `low` or `unknown`.
        var severity: String
        /// Ranges, each a list of events in order: `introduced`, `fixed`, `last_affected`.
        var ranges: [[[String]]]
        var versions: [String]
    }
    struct Index: Codable {
        var schemaVersion = 1
        /// The newest `modified` of all advisories.
        var newest = ""
        /// Ecosystem → package → advisories.
        var ecosystems: [String: [String: [Entry]]] = [:]
    }
    private var index = Index()

    public init() {}

    public var newest: String { index.newest }
    public var count: Int { index.ecosystems.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } } }
    public var ecosystems: [String] { index.ecosystems.keys.sorted() }

    /// Reads what `write` wrote; nil where there is nothing.
    public init?(file: String) {
        guard let data = FileManager.default.contents(atPath: file),
            let index = try? JSONDecoder().decode(Index.self, from: data), index.schemaVersion == 1
        else { return nil }
        self.index = index
    }

    public func write(_ file: String) throws {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try JSONEncoder().encode(index).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    /// Takes in advisories: an OSV document, or a list of them. Answers how many there were; withdrawn ones are left out.
    public mutating func add(_ bytes: [UInt8]) throws -> Int {
        let value = try JSONReader.value(bytes)
        var count = 0
        for document in value.items ?? value.at("/vulns")?.items ?? [value] where add(document) { count += 1 }
        return count
    }

    private mutating func add(_ document: JSONValue) -> Bool {
        guard let id = document.at("/id")?.string, let affected = document.at("/affected")?.items else { return false }
        index.newest = max(index.newest, document.at("/modified")?.string ?? "")
        let isWithdrawn = document.at("/withdrawn")?.string != nil
        for part in affected.prefix(500) {
            guard let written = part.at("/package/ecosystem")?.string, let name = part.at("/package/name")?.string
            else { continue }
            let ecosystem = String(written.prefix { $0 != ":" })
            let key = Self.key(ecosystem, name)
            var entries = index.ecosystems[ecosystem]?[key] ?? []
            entries.removeAll { $0.id == id }
            if !isWithdrawn { entries.append(entry(id, document, part)) }
            index.ecosystems[ecosystem, default: [:]][key] = entries.isEmpty ? nil : entries
        }
        return true
    }

    private func entry(_ id: String, _ document: JSONValue, _ part: JSONValue) -> Entry {
        var ranges: [[[String]]] = []
        for range in part.at("/ranges")?.items ?? [] where range.at("/type")?.string != "GIT" {
            ranges.append(
                (range.at("/events")?.items ?? []).prefix(200).compactMap { event in
                    for kind in ["introduced", "fixed", "last_affected"] {
                        if let version = event.at("/\(kind)")?.string { return [kind, version] }
                    }
                    return nil
                })
        }
        let versions = (part.at("/versions")?.items ?? []).prefix(5_000).compactMap(\.string)
        let word =
            (part.at("/database_specific/severity") ?? part.at("/ecosystem_specific/severity")
            ?? document.at("/database_specific/severity"))?.string?.lowercased()
        return Entry(
            id: id,
            summary: visible(document.at("/summary")?.string ?? document.at("/details")?.string ?? "", limit: 160),
            severity: word == "moderate" ? "medium" : word ?? "unknown", ranges: ranges, versions: Array(versions))
    }

    private static func key(_ ecosystem: String, _ name: String) -> String {
        switch ecosystem {
        case "PyPI": LockFile.normalised(name)
        case "SwiftURL": name.lowercased().replacing("https://", with: "").replacing(".git", with: "")
        default: name
        }
    }

    /// The advisories that a version is affected by, and where each is mended.
    func affecting(_ package: LockedPackage) -> [(entry: Entry, fixed: String?)] {
        let order = VersionOrder(ecosystem: package.ecosystem)
        return (index.ecosystems[package.ecosystem]?[package.name] ?? []).compactMap { entry in
            if entry.versions.contains(package.version) || entry.versions.contains("v\(package.version)") {
                return (entry, fixed(entry, package, order))
            }
            return entry.ranges.contains { Self.isInside(package.version, $0, order) }
                ? (entry, fixed(entry, package, order)) : nil
        }
    }

    func knows(_ ecosystem: String) -> Bool { index.ecosystems[ecosystem] != nil }

    /// OSV's rule: the last event at or below the version decides.
    static func isInside(_ version: String, _ events: [[String]], _ order: VersionOrder) -> Bool {
        var isAffected = false
        let sorted = events.sorted { one, other in
            if one.last == "0" || other.last == "0" { return one.last == "0" && other.last != "0" }
            return (order.compare(one.last ?? "", other.last ?? "") ?? 0) < 0
        }
        for event in sorted {
            guard let kind = event.first, let bound = event.last else { continue }
            switch kind {
            case "introduced": if bound == "0" || (order.compare(version, bound) ?? -1) >= 0 { isAffected = true }
            case "fixed": if (order.compare(version, bound) ?? -1) >= 0 { isAffected = false }
            case "last_affected": if (order.compare(version, bound) ?? -1) > 0 { isAffected = false }
            default: break
            }
        }
        // What is no version at all can't be placed: only the list of versions speaks of it.
        return isAffected && order.compare(version, version) != nil
    }

    private func fixed(_ entry: Entry, _ package: LockedPackage, _ order: VersionOrder) -> String? {
        entry.ranges.flatMap { $0 }.filter { $0.first == "fixed" }.compactMap(\.last)
            .filter { (order.compare($0, package.version) ?? -1) > 0 }.min { (order.compare($0, $1) ?? 0) < 0 }
    }
}

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
            unseen[.dependencies] = "no advisories are kept here: `seaworthy advisories import FOLDER` of OSV's data"
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
