import Foundation

/// Advisories of OSV (https://ossf.github.io/osv-schema/) kept on this machine: no query leaves it.
///
/// The file has a line of its own for each package, read only when that package is asked for: a scan that knows fifty
/// packages doesn't wait for the other hundred thousand.
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
    struct Place: Sendable, Hashable {
        var ecosystem: String
        var package: String
    }
    private struct Header: Codable {
        var schemaVersion = 2
        /// The newest `modified` of all advisories.
        var newest = ""
        var entries = 0
        var packages = 0
    }
    /// The form that earlier versions wrote: one document.
    private struct FirstForm: Codable {
        var schemaVersion: Int
        var newest: String
        var ecosystems: [String: [String: [Entry]]]
    }

    private var header = Header()
    /// Ecosystem → package → advisories, as far as they were taken in here.
    private var shelves: [String: [String: [Entry]]] = [:]
    /// The file, and where in it each package's line has its advisories.
    private var file = Data()
    private var lines: [String: [String: Range<Int>]] = [:]
    /// Where each advisory stands; filled when the first one is taken in.
    private var places: [String: Set<Place>]?

    public init() {}

    public var newest: String { header.newest }
    public var count: Int { header.entries }
    public var ecosystems: [String] { Set(shelves.keys).union(lines.keys).sorted() }

    /// Reads what `write` wrote; nil where there is nothing, or not all of it.
    public init?(file path: String) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else { return nil }
        let first = data.prefix { $0 != 0x0A }
        guard let header = try? JSONDecoder().decode(Header.self, from: first), header.schemaVersion == 2 else {
            guard let old = try? JSONDecoder().decode(FirstForm.self, from: data), old.schemaVersion == 1 else {
                return nil
            }
            shelves = old.ecosystems
            self.header.newest = old.newest
            self.header.entries = shelves.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } }
            return
        }
        self.header = header
        self.file = data
        var found = 0
        var start = first.endIndex + 1
        while start < data.endIndex {
            guard let end = data[start...].firstIndex(of: 0x0A) else { return nil }
            let parts = data[start..<end].split(separator: 0x09, maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            lines[text(of: parts[0]), default: [:]][text(of: parts[1])] = parts[2].startIndex..<parts[2].endIndex
            found += 1
            start = end + 1
        }
        guard found == header.packages else { return nil }
    }

    /// Replaces the file in one step: whoever reads meanwhile has the old one, whole.
    public func write(_ path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var whole = self
        whole.unfold()
        var header = header
        header.packages = whole.shelves.values.reduce(0) { $0 + $1.count }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var out = try encoder.encode(header)
        out.append(0x0A)
        for (ecosystem, packages) in whole.shelves.sorted(by: { $0.key < $1.key }) {
            for (package, entries) in packages.sorted(by: { $0.key < $1.key }) {
                out.append(contentsOf: "\(ecosystem)\t\(package)\t".utf8)
                // In one order however they came, so that the same data is the same file.
                out.append(try encoder.encode(entries.sorted { $0.id < $1.id }))
                out.append(0x0A)
            }
        }
        try out.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    func entries(_ ecosystem: String, _ package: String) -> [Entry] {
        if let own = shelves[ecosystem]?[package] { return own }
        guard let line = lines[ecosystem]?[package] else { return [] }
        return (try? JSONDecoder().decode([Entry].self, from: file[line])) ?? []
    }

    func knows(_ ecosystem: String) -> Bool { shelves[ecosystem] != nil || lines[ecosystem] != nil }

    // MARK: Taking in

    /// Everything into memory, because what is taken in may stand anywhere already.
    private mutating func unfold() {
        for (ecosystem, packages) in lines {
            for package in packages.keys {
                shelves[ecosystem, default: [:]][package] = entries(ecosystem, package)
            }
        }
        lines = [:]
        file = Data()
    }

    /// Puts what an advisory says in the place of what it said before: of each package, and of those that it no longer names.
    /// - Returns: whether the advisory is new, says something else than before, or the same.
    mutating func replace(_ id: String, modified: String, with entries: [Place: Entry]) -> Change {
        if places == nil {
            unfold()
            var known: [String: Set<Place>] = [:]
            for (ecosystem, packages) in shelves {
                for (package, entries) in packages {
                    for entry in entries {
                        known[entry.id, default: []].insert(Place(ecosystem: ecosystem, package: package))
                    }
                }
            }
            places = known
        }
        header.newest = max(header.newest, modified)
        var before: [Place: Entry] = [:]
        for place in places?[id] ?? [] {
            guard let entry = shelves[place.ecosystem]?[place.package]?.first(where: { $0.id == id }) else { continue }
            before[place] = entry
        }
        if before == entries { return before.isEmpty ? .new : .unchanged }
        for place in before.keys {
            shelves[place.ecosystem]?[place.package]?.removeAll { $0.id == id }
            if shelves[place.ecosystem]?[place.package]?.isEmpty ?? false {
                shelves[place.ecosystem]?[place.package] = nil
            }
        }
        for (place, entry) in entries {
            shelves[place.ecosystem, default: [:]][place.package, default: []].append(entry)
        }
        places?[id] = entries.isEmpty ? nil : Set(entries.keys)
        header.entries += entries.count - before.count
        return before.isEmpty ? .new : .changed
    }

    enum Change: Sendable, Equatable { case new, changed, unchanged }
}
