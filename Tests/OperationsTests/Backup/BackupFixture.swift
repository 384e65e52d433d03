import Kernel
import Store
import TestKit

@testable import Operations

/// A schema with all that makes a restore hard: references to itself and others, an append-only table whose head is made
/// by its migration, bytes, reals, nulls, and names that want quotes.
enum BackupFixture {
    static let passphrase = Secret("correct horse battery staple")
    static let seal = BackupSeal.passphrase(passphrase, cost: .lowest)
    static let opener = BackupOpener.passphrase(passphrase)
    static let ports = BackupPorts(clock: TestClock(), random: SeededRandomSource(seed: 11))

    static let ledgerStep = BackupLedger.migrations
    static let bank = Migration(
        "0100-bank",
        sqlite: tables("INTEGER", "BLOB", "REAL") + [
            """
            CREATE TRIGGER trail_delete BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, 'append-only: DELETE'); END
            """,
            """
            CREATE TRIGGER trail_head_insert BEFORE INSERT ON trail_head
            BEGIN SELECT RAISE(ABORT, 'append-only: INSERT'); END
            """,
            """
            CREATE TRIGGER trail_head_delete BEFORE DELETE ON trail_head
            BEGIN SELECT RAISE(ABORT, 'append-only: DELETE'); END
            """,
        ],
        postgres: tables("BIGINT", "BYTEA", "DOUBLE PRECISION") + [
            """
            CREATE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'append-only: %', TG_OP; END $$
            """,
            "CREATE TRIGGER trail_delete BEFORE DELETE ON trail FOR EACH ROW EXECUTE FUNCTION trail_refuse()",
            """
            CREATE TRIGGER trail_head_refuse BEFORE INSERT OR DELETE ON trail_head
            FOR EACH ROW EXECUTE FUNCTION trail_refuse()
            """,
        ])

    private static func tables(_ integer: String, _ blob: String, _ real: String) -> [String] {
        [
            """
            CREATE TABLE accounts (
                id \(integer) PRIMARY KEY NOT NULL, parent \(integer) REFERENCES accounts (id),
                balance \(integer) NOT NULL, "order" TEXT, picture \(blob), rate \(real))
            """,
            "CREATE INDEX accounts_parent ON accounts (parent)",
            """
            CREATE TABLE transfers (
                id \(integer) PRIMARY KEY NOT NULL,
                account \(integer) NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT, amount \(integer) NOT NULL)
            """,
            "CREATE INDEX transfers_account ON transfers (account)",
            "CREATE TABLE trail (sequence \(integer) PRIMARY KEY NOT NULL, said TEXT NOT NULL)",
            "CREATE TABLE trail_head (id \(integer) PRIMARY KEY NOT NULL, sequence \(integer) NOT NULL)",
            "INSERT INTO trail_head (id, sequence) VALUES (1, 0)",
        ]
    }

    static let migrations = ChangeFeed.migrations + ledgerStep + [bank]
    static let scope = BackupScope(migrations: migrations)

    /// Accounts that refer to each other in a circle, transfers, a trail.
    static func fill(_ database: Database, accounts: Int = 20) async throws {
        try await database.transaction("test.fill") { db in
            for id in 0..<accounts {
                let picture: [UInt8]? = id % 3 == 0 ? (0..<id * 7).map { UInt8(truncatingIfNeeded: $0 * 31) } : nil
                let text: String? = id % 4 == 0 ? nil : "ä“\(id)'\"; DROP TABLE \u{1F9ED}"
                let parent: Int? = nil
                try db.execute(
                    """
                    INSERT INTO accounts (id, parent, balance, "order", picture, rate)
                    VALUES (\(id), \(parent), 1000, \(text), \(picture), \(Double(id) / 3))
                    """)
                try db.execute("INSERT INTO transfers (id, account, amount) VALUES (\(id), \(id), \(id * 5))")
                try db.execute("INSERT INTO trail (sequence, said) VALUES (\(id + 1), \("entry \(id)"))")
            }
            // Referring to a later row, the first to the last.
            for id in 0..<accounts {
                try db.execute("UPDATE accounts SET parent = \((id + 1) % accounts) WHERE id = \(id)")
            }
            try db.execute("UPDATE trail_head SET sequence = \(accounts)")
            db.changed("account", key: "1", at: Timestamp(nanosecondsSinceEpoch: 1))
        }
    }

    /// Everything that the bank's tables hold, in order.
    static func content(_ database: Database) async throws -> [[[SQLValue]]] {
        try await database.read("test.content") { db in
            try ["accounts", "transfers", "trail", "trail_head"].map { table in
                try db.rows("SELECT * FROM \(identifier: table) ORDER BY 1").map(\.values)
            }
        }
    }

    static func maker(
        _ database: Database, _ destination: any BackupDestination, seal: BackupSeal = seal,
        scope: BackupScope = scope, retention: RetentionRule = RetentionRule(),
        verification: BackupMaker.Verification = .contents, ledger: BackupLedger = BackupLedger(),
        ports: BackupPorts = ports
    ) -> BackupMaker {
        BackupMaker(
            database: database, scope: scope, version: "1.0", seal: seal, destination: destination,
            retention: retention, verification: verification, ledger: ledger, ports: ports)
    }

    static func restore(_ settings: DatabaseSettings, scope: BackupScope = scope, audit: (any AuditTrail)? = nil)
        -> Restore
    {
        Restore(into: settings, scope: scope, version: "1.0", ports: ports, audit: audit)
    }

    static func open(_ settings: DatabaseSettings) async throws -> Database {
        try await Database.open(settings, clock: TestClock(), random: SeededRandomSource(seed: 3))
    }

    static func withFolder<Value>(
        _ work: (TemporaryDirectory, FolderDestination) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory("backup")
        defer { directory.remove() }
        return try await work(directory, try FolderDestination(path: directory.file("backups")))
    }

    /// The error of a restore or a read, as (code, detail).
    static func failure(_ work: () async throws -> Void) async -> BackupError? {
        do {
            try await work()
            return nil
        } catch { return error as? BackupError }
    }
}

/// Bytes in memory as a sink.
final class MemorySink: ByteSink {
    var bytes: [UInt8] = []
    var isFinished = false
    /// Throws once more than this has come.
    var capacity = Int.max
    func write(_ more: [UInt8]) throws {
        guard bytes.count + more.count <= capacity else { throw BackupError(.diskFull, "full") }
        bytes += more
    }
    func finish() throws { isFinished = true }
}

/// Bytes in memory as a source, in pieces of at most `piece`.
final class MemorySource: ByteSource {
    var rest: ArraySlice<UInt8>
    let piece: Int
    init(_ bytes: [UInt8], piece: Int = .max) {
        rest = bytes[...]
        self.piece = piece
    }
    func read(_ count: Int) throws -> [UInt8] {
        let part = rest.prefix(min(count, piece))
        rest = rest.dropFirst(part.count)
        return Array(part)
    }
}
