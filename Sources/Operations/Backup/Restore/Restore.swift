import FoundationEssentials
import Glibc
import Kernel
import NIOPosix
public import Store

/// Puts a backup back: read to its end first, then restored into a scratch database, then into the real one in one
/// transaction. Whatever fails before that transaction commits leaves the real one as it was.
public struct Restore: Sendable {
    public struct Report: Sendable {
        public let contents: BackupContents
        /// Steps of the schema that are newer than the backup, applied to what was restored.
        public let migrated: [String]
        /// Whether something was there before.
        public let replaced: Bool
        /// Where a damaged file was moved out of the way.
        public let movedAside: String?
    }

    enum Target: Equatable { case empty, content, damaged }

    let settings: DatabaseSettings
    let scope: BackupScope
    let version: String
    let ports: BackupPorts
    let audit: (any AuditTrail)?

    /// - Parameters:
    ///   - settings: the database to restore into; it needn't exist (SQLite) or have tables (PostgreSQL).
    ///   - audit: told of it inside the same transaction.
    public init(
        into settings: DatabaseSettings, scope: BackupScope, version: String, ports: BackupPorts,
        audit: (any AuditTrail)? = nil
    ) {
        self.settings = settings
        self.scope = scope
        self.version = version
        self.ports = ports
        self.audit = audit
    }

    /// Restores the backup at `path`.
    ///
    /// - Parameters:
    ///   - replace: throw away what the database has.
    ///   - before: called once the backup is proven and before anything is replaced: the place for a backup of what is there.
    /// - Throws: `BackupError`, `DatabaseError`.
    public func run(
        path: String, opener: BackupOpener, replace: Bool, actor: String? = nil,
        before: @Sendable () async throws -> Void = {}
    ) async throws -> Report {
        ports.progress(BackupProgress(.reading))
        let file = try await unlocked(path, opener)
        let contents = try await file.verified()
        try check(try file.decoder().header)
        let target = try await target()
        guard target == .empty || replace else {
            throw BackupError(
                .notEmpty,
                "the database has content already: --replace throws it away (after a backup of it, where it can be read)"
            )
        }
        let scratch = Scratch(beside: settings, for: .restore)
        let hold = try await scratch.make(ports)
        defer { withExtendedLifetime(hold) {} }
        do {
            let proven = try await prove(file, contents, in: scratch)
            defer { if proven.file.path != path { removeFile(proven.file.path) } }
            if target == .content {
                ports.progress(BackupProgress(.saving))
                try await before()
            }
            let aside = target == .damaged ? try moveAside() : nil
            try await fill(proven.file, contents, name: path, actor: actor)
            await scratch.remove(ports)
            return Report(contents: contents, migrated: proven.migrated, replaced: target != .empty, movedAside: aside)
        } catch {
            await scratch.remove(ports)
            throw error
        }
    }

    /// Restores the backup into a scratch database beside the real one and throws that away: proof that it would work.
    public func rehearse(path: String, opener: BackupOpener) async throws -> BackupContents {
        try await rehearse(try await unlocked(path, opener))
    }

    func rehearse(_ file: BackupFile) async throws -> BackupContents {
        let contents = try await file.verified()
        try check(try file.decoder().header)
        let scratch = Scratch(beside: settings, for: .rehearsal)
        let hold = try await scratch.make(ports)
        defer { withExtendedLifetime(hold) {} }
        do {
            let proven = try await prove(file, contents, in: scratch)
            if proven.file.path != file.path { removeFile(proven.file.path) }
            await scratch.remove(ports)
            return contents
        } catch {
            await scratch.remove(ports)
            throw error
        }
    }

    private func unlocked(_ path: String, _ opener: BackupOpener) async throws -> BackupFile {
        try await NIOThreadPool.singleton.runIfActive { try BackupFile(path: path, opener: opener).unlocked() }
    }

    // MARK: Schema

    /// The backup's steps are a beginning of ours, word for word.
    private func check(_ header: DumpHeader) throws {
        for step in header.migrations {
            guard let ours = scope.migrations.first(where: { $0.id == step.id }) else {
                throw BackupError(
                    .newer,
                    "the backup is newer than this program (\(version)): it was made by \(header.program) with step \(step.id)"
                )
            }
            guard ours.checksum(header.engine) == step.checksum else {
                throw BackupError(
                    .schema,
                    "step \(step.id) of the backup, made by \(header.program), isn't the step that this program has")
            }
        }
        guard header.migrations.map(\.id) == steps(of: header).map(\.id), !header.migrations.isEmpty else {
            throw BackupError(.schema, "the backup lacks steps of the schema that come before its last one")
        }
    }

    private func steps(of header: DumpHeader) -> [Migration] {
        let last = header.migrations.last?.id ?? ""
        return scope.migrations.filter { $0.id <= last }
    }

    // MARK: The real database

    private func target() async throws -> Target {
        if case .sqlite(let path) = settings.address {
            // Opening would make the file.
            guard let source = try? FileSource(path: path), source.size > 0 else { return .empty }
        }
        let database: Database
        do {
            database = try await open(settings)
        } catch let error as DatabaseError where error.code == .corrupt {
            return .damaged
        }
        do {
            let scope = scope
            let state = try await database.read("restore.look") { db -> Target in
                if try hasSchema(db) { return .content }
                let catalog = try TableCatalog(db, migrations: scope.migrations, derived: [])
                guard db.engine == .postgres || catalog.others.isEmpty else {
                    throw BackupError(
                        .notEmpty, "the database file holds tables that aren't Seaworthy's: is it the right one?")
                }
                return catalog.tables.isEmpty ? .empty : .content
            }
            // A schema that is newer than this program, or edited, is found before anything is done.
            if state == .content { _ = try await migrator.status(of: database) }
            // Damage in the midst of it would stop the backup of it, or the rows that go in: found before, and set aside.
            let verdict = try await Restore.verdict(database)
            await database.close()
            return verdict == "ok" ? state : .damaged
        } catch let error as DatabaseError where error.code == .corrupt {
            await database.close()
            return .damaged
        } catch {
            await database.close()
            throw error
        }
    }

    private var migrator: Migrator { Migrator(scope.migrations, version: version, clock: ports.clock) }

    private func open(_ settings: DatabaseSettings) async throws -> Database {
        try await Database.open(settings, clock: ports.clock, random: ports.random)
    }

    /// A damaged file keeps its bytes under another name: somebody may still want to look at them.
    private func moveAside() throws -> String? {
        guard case .sqlite(let path) = settings.address else { return nil }
        let aside = "\(path).damaged-\(BackupName.stamp(ports.clock.now()))"
        for suffix in ["-wal", "-shm", ""] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
        }
        // Made by us, so that SQLite doesn't make it readable for others.
        _ = close(Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
        return aside
    }

    // MARK: Proof

    /// Restores into the scratch database and brings that up to date.
    ///
    /// - Returns: a file whose rows fit the newest schema: the backup itself, or a copy of what it became.
    private func prove(
        _ file: BackupFile, _ contents: BackupContents, in scratch: Scratch
    ) async throws -> (file: BackupFile, migrated: [String]) {
        let database = try await open(scratch.settings)
        do {
            let header = try file.decoder().header
            try await Migrator(steps(of: header), version: version, clock: ports.clock).migrate(database)
            let old = DumpLoad(
                scope: BackupScope(migrations: steps(of: header), derived: scope.derived), act: .proving,
                progress: ports.progress)
            try await database.transaction("restore.prove", limit: Restore.limit) { db in
                guard try old.run(file, in: db) == contents.rows else {
                    throw BackupError(.damaged, "the backup changed while it was read")
                }
            }
            let migrated = try await migrator.migrate(database)
            let scope = scope
            try await database.transaction("restore.rebuild", limit: Restore.limit) { try scope.rebuild($0) }
            try await Restore.checkIntegrity(database)
            guard !migrated.isEmpty else {
                await database.close()
                return (file, [])
            }
            let copy = try await copy(database)
            await database.close()
            return (copy, migrated)
        } catch {
            await database.close()
            throw error
        }
    }

    /// Locked with a key that nobody keeps: the real database's rows don't lie about in the clear.
    private func copy(_ database: Database) async throws -> BackupFile {
        let path =
            FileManager.default.temporaryDirectory.path
            + "/seaworthy-restore-\(UniqueID(at: ports.clock.now(), random: ports.random)).backup"
        let key = try BackupSeal.recipient(try BackupPrivateKey(random: ports.random).publicKey)
            .fileKey(random: ports.random)
        do {
            _ = try await DatabaseDump(database: database, scope: scope, version: version, clock: ports.clock)
                .write(to: path, key: key)
        } catch {
            removeFile(path)
            throw error
        }
        return BackupFile(path: path, key: key)
    }

    private static func checkIntegrity(_ database: Database) async throws {
        let verdict = try await verdict(database)
        guard verdict == "ok" else { throw BackupError(.file, "the scratch database isn't sound: \(verdict)") }
    }

    /// What SQLite says of every page; `ok` on PostgreSQL, which isn't asked.
    private static func verdict(_ database: Database) async throws -> String {
        guard database.engine == .sqlite else { return "ok" }
        return try await database.read("restore.integrity", limit: limit) { db in
            try db.value("PRAGMA integrity_check(1)", as: String.self) ?? "no answer"
        }
    }

    // MARK: The act

    private func fill(_ file: BackupFile, _ contents: BackupContents, name: String, actor: String?) async throws {
        let database = try await open(settings)
        do {
            try await migrator.migrate(database)
            let (scope, audit, load) = (scope, audit, DumpLoad(scope: scope, progress: ports.progress))
            let backup = String(name.split(separator: "/").last ?? "")
            try await database.transaction("restore.fill", limit: Restore.limit) { db in
                let feed = try FeedPosition(db, scope)
                _ = try load.run(file, in: db)
                try feed.advance(db)
                try BackupLedger.closeAbandoned(db)
                try scope.rebuild(db)
                try audit?.append(
                    AuditEvent(
                        "backup.restored", actor: actor,
                        details: ["backup": backup, "rows": "\(contents.rows)"]), in: db)
            }
            await database.close()
        } catch let error as DatabaseError where error.code == .lockTimeout {
            await database.close()
            throw BackupError(
                .unavailable, "the database is busy (\(error.detail)): stop `serve` and `work`, then restore again")
        } catch {
            await database.close()
            throw error
        }
    }

    static let limit: Duration = .seconds(6 * 3600)
}

/// Where the change feed stood: a restore moves it so far ahead of both histories that every replica reads everything,
/// whatever it had seen.
private struct FeedPosition {
    private let value: Int64?

    init(_ db: Transaction, _ scope: BackupScope) throws {
        let hasFeed = scope.migrations.contains { $0.tables(db.engine).contains("change_sequence") }
        value = hasFeed ? try db.value("SELECT value FROM change_sequence WHERE id = 1") ?? 0 : nil
    }

    func advance(_ db: Transaction) throws {
        guard let value else { return }
        let restored: Int64 = try db.value("SELECT value FROM change_sequence WHERE id = 1") ?? 0
        let next = max(value, restored) + 1_000_000
        try db.execute("DELETE FROM changes")
        try db.execute("UPDATE change_sequence SET value = \(next) WHERE id = 1")
    }
}
