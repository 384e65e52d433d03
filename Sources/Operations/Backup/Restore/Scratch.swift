import FoundationEssentials
import Glibc
public import Kernel
import Store

/// A place beside a database where a restore proves itself: a file on SQLite, a schema on PostgreSQL.
struct Scratch: Sendable {
    enum Purpose: String, Sendable {
        case restore, rehearsal
    }

    let settings: DatabaseSettings
    /// The database it stands beside.
    private let real: DatabaseSettings
    private let purpose: Purpose

    init(beside real: DatabaseSettings, for purpose: Purpose) {
        self.real = real
        self.purpose = purpose
        var settings = real
        switch real.address {
        case .sqlite(let path): settings.address = .sqlite(path: "\(path).\(purpose.rawValue)-scratch")
        case .postgres(let address): settings.address = .postgres(address.searching("seaworthy_\(purpose.rawValue)"))
        }
        self.settings = settings
    }

    /// Empty, whatever an abandoned run left there. One restore at a time: the second is refused.
    ///
    /// - Returns: what to hold on to until `remove`.
    func make(_ ports: BackupPorts) async throws -> ScratchHold {
        switch settings.address {
        case .sqlite(let path):
            let hold = try ScratchHold(path: path + ".lock")
            removeSQLite(path)
            // Made by us, so that SQLite doesn't make it readable for others.
            _ = close(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
            return hold
        case .postgres:
            try await change(ports, "CREATE SCHEMA \(identifier: schema)")
            return ScratchHold()
        }
    }

    func remove(_ ports: BackupPorts) async {
        switch settings.address {
        case .sqlite(let path):
            removeSQLite(path)
            removeFile(path + ".lock")
        case .postgres: try? await change(ports, nil)
        }
    }

    private var schema: String { "seaworthy_\(purpose.rawValue)" }

    private func change(_ ports: BackupPorts, _ statement: SQL?) async throws {
        let database = try await Database.open(real, clock: ports.clock, random: ports.random)
        let schema = schema
        do {
            try await database.transaction("restore.scratch", limit: .seconds(600)) { db in
                _ = try db.row("SELECT set_config('client_min_messages', 'warning', true)")
                try db.execute("DROP SCHEMA IF EXISTS \(identifier: schema) CASCADE")
                if let statement { try db.execute(statement) }
            }
            await database.close()
        } catch let error as DatabaseError where error.code == .permission {
            await database.close()
            throw BackupError(
                .configuration, "the role may make no schema to prove the restore in: GRANT CREATE ON DATABASE … TO it")
        } catch {
            await database.close()
            throw error
        }
    }
}

/// Held while a scratch database is in use; let go when it goes away.
final class ScratchHold: Sendable {
    private let descriptor: CInt

    init() { descriptor = -1 }

    init(path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw BackupError(errno: errno, "write", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            _ = close(descriptor)
            throw BackupError(.unavailable, "another restore is under way beside this database")
        }
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }
}

/// Not there afterwards.
func removeFile(_ path: String) { _ = unlink(path) }

private func removeSQLite(_ path: String) {
    for suffix in ["", "-wal", "-shm", "-journal"] { removeFile(path + suffix) }
}

/// What time and chance are asked of.
public struct BackupPorts: Sendable {
    let clock: any WallClock & MonotonicClock
    let random: any RandomSource
    /// Hears how far it is, on whatever thread is at work; it must not block.
    let progress: @Sendable (BackupProgress) -> Void

    public init(
        clock: any WallClock & MonotonicClock, random: any RandomSource,
        progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) {
        self.clock = clock
        self.random = random
        self.progress = progress
    }
}
