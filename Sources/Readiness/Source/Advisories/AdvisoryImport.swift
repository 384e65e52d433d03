import Foundation

/// Takes advisories in: OSV documents, lists of them, folders, and OSV's archive of an ecosystem (`all.zip`).
///
/// The same data twice changes nothing. What can't be taken is left out, counted by its reason, and the rest is taken.
public struct AdvisoryImport: Sendable {
    /// Why something was left out.
    public enum Reason: String, Sendable, CaseIterable {
        case withdrawn
        case noPackage = "naming no package"
        case noDocument = "no OSV document"
        case noJSON = "no JSON"
        case tooLarge = "too large"
        case encrypted
        case unknownMethod = "packed by an unknown method"
        case damaged
        case unreadable
    }
    /// How many were left out for a reason, and the first of them.
    public struct LeftOut: Sendable, Equatable {
        public var count: Int
        public var first: String
    }

    public private(set) var store: AdvisoryStore
    public private(set) var new = 0
    public private(set) var changed = 0
    public private(set) var unchanged = 0
    public private(set) var leftOut: [Reason: LeftOut] = [:]
    private let limits: ArchiveLimits
    private static let largest = 256 * 1_048_576

    public init(into store: AdvisoryStore) { self.init(into: store, limits: ArchiveLimits()) }
    init(into store: AdvisoryStore, limits: ArchiveLimits) {
        self.store = store
        self.limits = limits
    }

    public var taken: Int { new + changed + unchanged }

    /// A file, or a folder with `.json` and `.zip` files in it, at any depth.
    /// - Throws: where the path itself isn't there, or is an archive that isn't sound.
    public mutating func take(_ path: String) throws(EvidenceProblem) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw EvidenceProblem(file: path, what: "isn't there", isMissing: true)
        }
        guard isFolder.boolValue else { return try takeFile(path) }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        for name in names.sorted() where name.hasSuffix(".json") || name.hasSuffix(".zip") {
            do throws(EvidenceProblem) { try takeFile("\(path)/\(name)") } catch {
                if name.hasSuffix(".zip") { throw error }
                leaveOut(.unreadable, "\(path)/\(name)")
            }
        }
    }

    private mutating func takeFile(_ path: String) throws(EvidenceProblem) {
        let file = try ArchiveFile(path: path)
        let beginning = file.read(at: 0, count: min(4, file.size)) ?? []
        // An archive without an entry is its end record alone.
        if beginning.starts(with: Array("PK\u{3}\u{4}".utf8)) || beginning.starts(with: Array("PK\u{5}\u{6}".utf8)) {
            return try takeArchive(file, path)
        }
        if path.hasSuffix(".zip") { throw EvidenceProblem(file: path, what: "is no ZIP archive, or not all of one") }
        guard file.size <= Self.largest else { return leaveOut(.tooLarge, path) }
        guard let bytes = file.read(at: 0, count: file.size) else { return leaveOut(.unreadable, path) }
        take(bytes, named: path)
    }

    private mutating func takeArchive(_ file: ArchiveFile, _ path: String) throws(EvidenceProblem) {
        let archive: ZipArchive
        do throws(ArchiveProblem) { archive = try ZipArchive(file, limits: limits) } catch {
            throw EvidenceProblem(file: path, what: error.what)
        }
        for entry in archive.entries where entry.name.hasSuffix(".json") {
            let name = "\(path): \(entry.name)"
            guard !entry.isEncrypted else {
                leaveOut(.encrypted, name)
                continue
            }
            guard entry.method == 0 || entry.method == 8 else {
                leaveOut(.unknownMethod, name)
                continue
            }
            guard entry.size <= limits.entry else {
                leaveOut(.tooLarge, name)
                continue
            }
            do throws(ArchiveProblem) { take(try archive.bytes(entry), named: name) } catch { leaveOut(.damaged, name) }
        }
    }

    /// An OSV document, a list of them, or an answer of OSV's API (`vulns`).
    mutating func take(_ bytes: [UInt8], named name: String) {
        guard let value = try? JSONReader.value(bytes) else { return leaveOut(.noJSON, name) }
        let documents = value.items ?? value.members?["vulns"]?.items ?? [value]
        if documents.isEmpty { leaveOut(.noDocument, name) }
        for document in documents {
            guard let advisory = Advisory(document) else {
                leaveOut(.noDocument, name)
                continue
            }
            let change = store.replace(advisory.id, modified: advisory.modified, with: advisory.entries)
            if advisory.isWithdrawn {
                leaveOut(.withdrawn, name)
            } else if advisory.entries.isEmpty {
                leaveOut(.noPackage, name)
            } else {
                switch change {
                case .new: new += 1
                case .changed: changed += 1
                case .unchanged: unchanged += 1
                }
            }
        }
    }

    private mutating func leaveOut(_ reason: Reason, _ name: String) {
        leftOut[reason, default: LeftOut(count: 0, first: visible(name, limit: 160))].count += 1
    }

    /// What to say: what was taken, what was left out and why, what is kept now.
    public var summary: [String] {
        var lines = ["\(taken) advisories taken in: \(new) new, \(changed) changed, \(unchanged) as they were"]
        for reason in Reason.allCases {
            guard let out = leftOut[reason] else { continue }
            lines.append(
                "left out: \(out.count) \(reason.rawValue)" + (reason == .withdrawn ? "" : ", the first \(out.first)"))
        }
        lines.append(
            store.count == 0
                ? "none is kept"
                : "\(store.count) entries of \(store.ecosystems.joined(separator: ", ")) are kept, the newest of \(store.newest)"
        )
        return lines
    }
}
