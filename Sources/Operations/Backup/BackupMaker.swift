import FoundationEssentials
import Kernel
public import Store

/// Makes a backup: takes the picture, locks it, puts it where it belongs, reads it back to its end, records it, and removes
/// those past their time.
public struct BackupMaker: Sendable {
    public enum Verification: String, Sendable, CaseIterable {
        /// Read back from the destination, opened, every row decoded, the trailer compared.
        case contents
        /// And restored into a scratch database.
        case restore
    }

    public struct Report: Sendable {
        public let name: BackupName
        public let destination: String
        public let bytes: Int
        public let tables: Int
        public let rows: Int
        public let seconds: Double
        /// Tables in the same schema that aren't Seaworthy's and aren't in it.
        public let others: [String]
        public let removed: [BackupName]
    }

    let database: Database
    let scope: BackupScope
    let version: String
    let seal: BackupSeal
    let destination: any BackupDestination
    let retention: RetentionRule
    let verification: Verification
    let ledger: BackupLedger
    let ports: BackupPorts

    public init(
        database: Database, scope: BackupScope, version: String, seal: BackupSeal, destination: any BackupDestination,
        retention: RetentionRule = RetentionRule(), verification: Verification = .contents,
        ledger: BackupLedger = BackupLedger(), ports: BackupPorts
    ) {
        self.database = database
        self.scope = scope
        self.version = version
        self.seal = seal
        self.destination = destination
        self.retention = retention
        self.verification = verification
        self.ledger = ledger
        self.ports = ports
    }

    /// Makes one. Nothing is removed unless it was made and verified.
    ///
    /// - Throws: `BackupError`, `DatabaseError`; the failure is recorded and told first.
    public func make(_ cause: BackupCause) async throws -> Report {
        let began = ports.clock.now()
        let start = ports.clock.nanoseconds()
        let name = BackupName(at: began, random: ports.random)
        let id = UniqueID(at: began, random: ports.random)
        let label = destination.label
        let hourAgo = Timestamp(nanosecondsSinceEpoch: began.nanosecondsSinceEpoch - 3600 * 1_000_000_000)
        let dayAgo = Timestamp(nanosecondsSinceEpoch: began.nanosecondsSinceEpoch - 86_400 * 1_000_000_000)
        await destination.sweep(before: hourAgo)
        try await database.transaction("backup.begin") { [ledger] db in
            try BackupLedger.closeAbandoned(db, before: dayAgo)
            try ledger.begin(name, id: id, destination: label, cause: cause, at: began, in: db)
        }
        do {
            let summary = try await write(name)
            let now = ports.clock.now()
            try await database.transaction("backup.verified") { [ledger] db in
                try ledger.verified(
                    name, destination: label, bytes: summary.bytes, rows: summary.rows, at: now, in: db)
            }
            // Others are made because somebody is about to need what is there.
            let removed = cause == .schedule ? await retain(newest: name) : []
            return Report(
                name: name, destination: label, bytes: summary.bytes, tables: summary.tables, rows: summary.rows,
                seconds: Double(ports.clock.nanoseconds() &- start) / 1e9, others: summary.others, removed: removed)
        } catch {
            let now = ports.clock.now()
            // When even this can't be written, the error itself still comes out.
            _ = try? await database.transaction("backup.failed") { [ledger] db in
                try ledger.failed(name, destination: label, reason: "\(error)", at: now, in: db)
            }
            throw error
        }
    }

    private func write(_ name: BackupName) async throws -> DatabaseDump.Summary {
        let key = try await BackupFile.deriving { [seal, ports] in try seal.fileKey(random: ports.random) }
        let path = try await destination.begin(name)
        let summary: DatabaseDump.Summary
        do {
            summary = try await DatabaseDump(
                database: database, scope: scope, version: version, clock: ports.clock, progress: ports.progress
            ).write(to: path, key: key)
            ports.progress(BackupProgress(.sending))
            try await destination.publish(path, as: name)
        } catch {
            removeFile(path)
            throw error
        }
        do {
            try await verify(name, key, summary)
        } catch {
            // It isn't what was written: nobody should find it and trust it.
            try? await destination.remove(name)
            throw error
        }
        return summary
    }

    private func verify(_ name: BackupName, _ key: FileKey, _ summary: DatabaseDump.Summary) async throws {
        ports.progress(BackupProgress(.verifying))
        let (path, isTemporary) = try await destination.fetch(name)
        defer { if isTemporary { removeFile(path) } }
        let file = BackupFile(path: path, key: key)
        let contents = try await file.verified()
        guard contents.rows == summary.rows, contents.tables == summary.tables, contents.bytes == summary.bytes else {
            throw BackupError(.damaged, "what was read back isn't what was written")
        }
        guard verification == .restore else { return }
        _ = try await Restore(into: database.settings, scope: scope, version: version, ports: ports).rehearse(file)
    }

    /// Removes those past their time. A backup was made by now: what goes wrong here is tried again after the next.
    private func retain(newest: BackupName) async -> [BackupName] {
        let label = destination.label
        guard let stored = try? await destination.list(),
            let known = try? await database.read("backup.known", { [ledger] db in try ledger.known(at: label, in: db) })
        else { return [] }
        let candidates = stored.map {
            RetentionRule.Candidate(name: $0.name, isGood: $0.name == newest || known.good.contains($0.name.text))
        }
        let kept = retention.kept(candidates)
        let rule = "\(retention.daily) daily, \(retention.weekly) weekly, \(retention.monthly) monthly"
        var removed: [BackupName] = []
        for candidate in candidates where !kept.contains(candidate.name) {
            guard (try? await destination.remove(candidate.name)) != nil else { continue }
            removed.append(candidate.name)
            let now = ports.clock.now()
            _ = try? await database.transaction("backup.removed") { [ledger] db in
                try ledger.removed(candidate.name, rule: rule, at: now, in: db)
            }
        }
        return removed
    }
}
