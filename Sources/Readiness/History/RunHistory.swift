import Crypto
public import Foundation

/// Runs of one target as files in a folder of their own, the oldest of too many forgotten.
///
///     .seaworthy/checks/http-127.0.0.1-5000-1f2e3d4c/2026-11-26T17-02-11Z-k3v9.json
public struct RunHistory: Sendable {
    /// More than a run a day for half a year.
    public static let mostRuns = 200
    private static let largestRecord = 4_194_304

    public struct Unwritable: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Where the runs of all targets are, such as `.seaworthy/checks`.
    public let folder: URL
    public let target: String

    public init(folder: URL, target: String) {
        self.folder = folder
        self.target = target
    }

    /// Its own folder: readable, and another one for another target whatever its characters.
    public var own: URL {
        let plain = target.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" }
        let name = String(plain).split(separator: "-").joined(separator: "-").prefix(60)
        let digest = sha256(target.utf8).prefix(8)
        return folder.appending(path: "\(name.isEmpty ? "target" : String(name))-\(digest)")
    }

    /// Writes a run down, for its owner alone, and forgets the oldest of more than `mostRuns`.
    ///
    /// - Parameter word: makes the name its own where two runs began in the same second.
    public func append(_ record: RunRecord, word: String) throws(Unwritable) {
        let files = FileManager.default
        do {
            try files.createDirectory(
                at: own, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let moment = record.startedAt.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
            let file = own.appending(
                path: "\(String(moment).prefix(40))-\(word.filter(\.isLetterOrDigit).prefix(20)).json")
            try Data(record.json()).write(to: file, options: .atomic)
            try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        } catch {
            throw Unwritable(description: "`\(own.path)` can't be written")
        }
        // Another run may be tidying up at the same moment: what is gone is gone.
        for old in names().dropLast(Self.mostRuns) { try? files.removeItem(at: own.appending(path: old)) }
    }

    /// Names of the files, oldest first.
    private func names() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: own.path)) ?? []).filter { $0.hasSuffix(".json") }
            .sorted()
    }

    /// The runs, oldest first; what can't be read is left out.
    ///
    /// - Parameter most: the latest so many.
    public func records(most: Int = mostRuns) -> [RunRecord] {
        names().suffix(most).compactMap { name in
            guard let data = FileManager.default.contents(atPath: own.appending(path: name).path),
                data.count <= Self.largestRecord
            else { return nil }
            return RunRecord(json: Array(data))
        }
    }

    /// Every target that has runs in a folder, by its latest run, the latest first; at most so many folders are looked into.
    public static func targets(in folder: URL, most: Int = 200) -> [RunHistory] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted().prefix(most)
        return names.compactMap { name -> (history: RunHistory, last: String)? in
            let own = folder.appending(path: name)
            let files = ((try? FileManager.default.contentsOfDirectory(atPath: own.path)) ?? [])
                .filter { $0.hasSuffix(".json") }.sorted()
            // The latest that can be read names the target that all of the folder are about.
            let latest = files.suffix(5).reversed().lazy.compactMap { file -> RunRecord? in
                guard let data = FileManager.default.contents(atPath: own.appending(path: file).path),
                    data.count <= largestRecord
                else { return nil }
                return RunRecord(json: Array(data))
            }.first
            guard let record = latest else { return nil }
            let history = RunHistory(folder: folder, target: record.target)
            guard history.own.lastPathComponent == name else { return nil }
            return (history, record.startedAt)
        }.sorted { $0.last > $1.last }.map(\.history)
    }

    /// The latest whole run.
    public func last() -> RunRecord? { records().last { $0.isWhole } }
}

extension Character {
    fileprivate var isLetterOrDigit: Bool { isASCII && (isLetter || isNumber) }
}
