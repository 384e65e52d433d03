import FoundationEssentials
import GRDB
import GRDBSQLite
import Kernel
import Synchronization

/// SQLite in WAL mode: one writer, several readers that never wait for it.
///
/// `synchronous=FULL`: what is acknowledged survives a power cut too.
final class SQLiteDriver: Driver {
    let engine = DatabaseEngine.sqlite
    private let connections: GRDB.DatabasePool
    private let clock: any MonotonicClock
    private let deadlines: StatementDeadlines
    private let size: Int
    private let active = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    private let lockLimit: Duration

    init(path: String, settings: DatabaseSettings, clock: any MonotonicClock) throws(DatabaseError) {
        let deadlines = StatementDeadlines(clock: clock)
        var configuration = GRDB.Configuration()
        configuration.label = "seaworthy.database"
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = settings.poolSize
        // The worker and the command line are other processes that write too.
        configuration.busyMode = .timeout(settings.lockTimeout.seconds)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            deadlines.attach(to: db)
        }
        do {
            connections = try GRDB.DatabasePool(path: path, configuration: configuration)
        } catch {
            throw DatabaseError(sqlite: error, path: path)
        }
        self.clock = clock
        self.deadlines = deadlines
        size = settings.poolSize
        lockLimit = settings.lockTimeout
    }

    var pool: DatabasePoolFigures {
        DatabasePoolFigures(
            size: size, inUse: active.load(ordering: .relaxed), waiting: waiting.load(ordering: .relaxed))
    }

    func read<Value: Sendable>(
        limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        try await counted {
            try await connections.read { [deadlines] db in
                try SQLiteDriver.run(db, deadlines, limit) { try body($0) }
            }
        }
    }

    func write<Value: Sendable>(
        limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        try await counted {
            try await connections.writeWithoutTransaction { [deadlines] db in
                var value: Value?
                try db.inTransaction(.immediate) {
                    value = try SQLiteDriver.run(db, deadlines, limit) { try body($0) }
                    return .commit
                }
                guard let value else { throw DatabaseError(.other, "the transaction gave nothing") }
                return value
            }
        }
    }

    /// SQLite tells nobody: the poll of the sequence row costs about as much as asking `PRAGMA data_version`.
    func hints(channel: String, _ heard: @escaping @Sendable () -> Void) -> HintSource? { nil }

    func hold(_ key: Int64) async throws -> DatabaseHold? {
        throw DatabaseError(.statement, "SQLite has no advisory locks: a lock of a file does that")
    }

    func copy(to path: String) async throws {
        try await counted {
            // Other processes go on; our own writers wait, because a reader's transaction would be in its way.
            try await connections.writeWithoutTransaction { db in
                try db.execute(sql: "VACUUM INTO ?", arguments: [path])
            }
        }
    }

    func close() async {
        try? connections.close()
    }

    private func counted<Value>(_ work: () async throws -> Value) async throws -> Value {
        active.add(1, ordering: .relaxed)
        defer { active.subtract(1, ordering: .relaxed) }
        do {
            return try await work()
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(sqlite: error, path: nil)
        }
    }

    private static func run<Value>(
        _ db: GRDB.Database, _ deadlines: StatementDeadlines, _ limit: Duration,
        _ body: (SQLiteConnection) throws -> Value
    ) throws -> Value {
        let connection = SQLiteConnection(db, deadlines: deadlines, limit: limit)
        return try body(connection)
    }
}

/// A GRDB connection for the length of one closure.
final class SQLiteConnection: DriverConnection {
    private let db: GRDB.Database
    private let deadlines: StatementDeadlines
    private let limit: Duration

    init(_ db: GRDB.Database, deadlines: StatementDeadlines, limit: Duration) {
        self.db = db
        self.deadlines = deadlines
        self.limit = limit
    }

    func run(_ text: String, _ values: [SQLValue]) throws(DatabaseError) -> StatementResult {
        do {
            return try deadlines.within(limit, on: db) {
                let statement = try prepared(text, values)
                let before = db.totalChangesCount
                var result = StatementResult(columns: statement.columnNames)
                let rows = try GRDB.Row.fetchCursor(statement)
                while let row = try rows.next() { result.rows.append(row.databaseValues.map(SQLValue.init(sqlite:))) }
                result.changed = db.totalChangesCount - before
                return result
            }
        } catch {
            throw DatabaseError(sqlite: error, path: nil)
        }
    }

    func each(_ text: String, _ values: [SQLValue], _ body: (Store.Row) throws -> Void) throws {
        let statement: GRDB.Statement
        let rows: GRDB.RowCursor
        do {
            statement = try prepared(text, values)
            rows = try GRDB.Row.fetchCursor(statement)
        } catch {
            throw DatabaseError(sqlite: error, path: nil)
        }
        let columns = statement.columnNames
        while true {
            let next: [SQLValue]?
            do {
                next = try deadlines.within(limit, on: db) {
                    try rows.next().map { $0.databaseValues.map(SQLValue.init(sqlite:)) }
                }
            } catch {
                throw DatabaseError(sqlite: error, path: nil)
            }
            guard let next else { return }
            try body(Store.Row(columns: columns, values: next))
        }
    }

    private func prepared(_ text: String, _ values: [SQLValue]) throws -> GRDB.Statement {
        let statement = try db.cachedStatement(sql: text)
        try statement.setArguments(StatementArguments(values.map(\.grdb)))
        return statement
    }
}

extension SQLValue {
    fileprivate init(sqlite value: GRDB.DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .blob([UInt8](data))
        }
    }

    fileprivate var grdb: GRDB.DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}
