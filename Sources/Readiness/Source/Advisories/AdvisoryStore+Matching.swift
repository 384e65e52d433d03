extension AdvisoryStore {
    /// The advisories that a version is affected by, and where each is mended.
    func affecting(_ package: LockedPackage) -> [(entry: Entry, fixed: String?)] {
        let order = VersionOrder(ecosystem: package.ecosystem)
        return entries(package.ecosystem, package.name).compactMap { entry in
            if entry.versions.contains(package.version) || entry.versions.contains("v\(package.version)") {
                return (entry, fixed(entry, package, order))
            }
            return entry.ranges.contains { Self.isInside(package.version, $0, order) }
                ? (entry, fixed(entry, package, order)) : nil
        }
    }

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
