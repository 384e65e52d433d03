/// One OSV document: which packages it speaks of, and what it says of each.
struct Advisory: Sendable, Equatable {
    var id: String
    /// When it was changed last, as it says itself; later is greater.
    var modified: String
    var isWithdrawn: Bool
    var entries: [AdvisoryStore.Place: AdvisoryStore.Entry] = [:]

    /// nil where the value is no OSV document.
    init?(_ document: JSONValue) {
        guard let members = document.members, let id = members["id"]?.string, !id.isEmpty, id.utf8.count <= 200,
            let affected = members["affected"]?.items ?? (members["withdrawn"] == nil ? nil : [])
        else { return nil }
        self.id = id
        modified = members["modified"]?.string ?? ""
        isWithdrawn = members["withdrawn"]?.string != nil
        if isWithdrawn { return }
        let summary = visible(members["summary"]?.string ?? members["details"]?.string ?? "", limit: 160)
        let common = Self.severity(members)
        for part in affected.prefix(5_000).compactMap(\.members) {
            guard let package = part["package"]?.members, let written = package["ecosystem"]?.string,
                let name = package["name"]?.string, Self.isName(written), Self.isName(name)
            else { continue }
            let ecosystem = String(written.prefix { $0 != ":" })
            let place = AdvisoryStore.Place(ecosystem: ecosystem, package: Self.key(ecosystem, name))
            let ranges = Self.ranges(part["ranges"])
            let versions = (part["versions"]?.items ?? []).prefix(20_000).compactMap(\.string)
            // A package may be named several times, a branch of its versions each time.
            var entry =
                entries[place]
                ?? AdvisoryStore.Entry(
                    id: id, summary: summary, severity: Self.severity(part) ?? common ?? "unknown", ranges: [],
                    versions: [])
            entry.ranges += ranges
            entry.versions += versions
            entries[place] = entry
        }
    }

    private static func severity(_ members: [String: JSONValue]) -> String? {
        let word =
            (members["database_specific"]?.members?["severity"] ?? members["ecosystem_specific"]?.members?["severity"])?
            .string?.lowercased()
        return word == "moderate" ? "medium" : word
    }

    private static func ranges(_ value: JSONValue?) -> [[[String]]] {
        (value?.items ?? []).prefix(500).compactMap(\.members).filter { $0["type"]?.string != "GIT" }.map { range in
            (range["events"]?.items ?? []).prefix(200).compactMap(\.members).compactMap { event in
                for kind in ["introduced", "fixed", "last_affected"] {
                    if let version = event[kind]?.string { return [kind, version] }
                }
                return nil
            }
        }
    }

    /// What can stand on a line of the file.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 1_000 && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private static func key(_ ecosystem: String, _ name: String) -> String {
        switch ecosystem {
        case "PyPI": LockFile.normalised(name)
        case "SwiftURL": name.lowercased().replacing("https://", with: "").replacing(".git", with: "")
        default: name
        }
    }
}
