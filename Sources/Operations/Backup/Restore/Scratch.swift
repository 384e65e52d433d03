import FoundationEssentials
import Glibc
public import Kernel
import Store

/// A place beside a database where a restore proves itself: a file on SQLite, a schema on PostgreSQL.
struct Scratch: Sendable {
    enum Purpose: String, Sendable {
        case restore, rehearsal

        /// “SeaScra” and which, as a number: PostgreSQL's advisory lock.
        var lockKey: Int64 { 0x5365_6153_6372_6100 + (self == .restore ? 1 : 2) }
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
            let hold = try await alone(ports)
            try await change(ports, "CREATE SCHEMA \(identifier: schema)")
            return hold
        }
    }

    /// The right to the scratch schema: whoever comes second would drop it under the first one's hands.
    private func alone(_ ports: BackupPorts) async throws -> ScratchHold {
        let database = try await Database.open(real, clock: ports.clock, random: ports.random)
        do {
            var hold = try await database.hold(purpose.lockKey)
            // The server may not have noticed yet that whoever had it was killed.
            for _ in 0..<10 where hold == nil {
                try await Task.sleep(for: .milliseconds(100))
                hold = try await database.hold(purpose.lockKey)
            }
            await database.close()
            guard let hold else { throw ScratchHold.taken }
            return ScratchHold(hold)
        } catch {
            await database.close()
            throw error
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

/// Held while a scratch database is in use; let go when it goes away: a lock of a file, or of the server.
final class ScratchHold: Sendable {
    private let descriptor: CInt
    private let hold: DatabaseHold?

    static let taken = BackupError(
        .unavailable, "another restore is under way beside this database: wait for it, or end it, and try again")

    init(_ hold: DatabaseHold) {
        descriptor = -1
        self.hold = hold
    }

    init(path: String) throws {
        hold = nil
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw BackupError(errno: errno, "write", path) }
        // Whoever has it takes the file away at the end: one that was opened before and locked after that locks nothing.
        // Everything is set by now, so `deinit` runs and closes it: closing it here, too, would close what another thread opened
        // under the same number meanwhile.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, ScratchHold.isStill(descriptor, at: path) else {
            throw ScratchHold.taken
        }
    }

    private static func isStill(_ descriptor: CInt, at path: String) -> Bool {
        var (held, named) = (stat(), stat())
        return fstat(descriptor, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev
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
