public import Kernel
public import Store

/// A database of one test's own, on either engine: what contract suites run on.
///
///     @Test(arguments: DatabaseEngine.allCases)
///     func `nothing is lost`(engine: DatabaseEngine) async throws {
///         try await TestDatabase.with(engine, migrations: Journal.migrations) { database in … }
///     }
public struct TestDatabase: Sendable {
    /// Opens an empty database, applies `migrations`, runs `work`, closes and removes it.
    public static func with<Value>(
        _ engine: DatabaseEngine, migrations: [Migration] = [], clock: any WallClock & MonotonicClock = TestClock(),
        configure: (inout DatabaseSettings) -> Void = { _ in },
        _ work: (Database) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory("store")
        defer { directory.remove() }
        var settings = try TestDatabase.settings(engine, in: directory)
        configure(&settings)
        let database = try await Database.open(settings, clock: clock, random: SeededRandomSource(seed: 7))
        do {
            if !migrations.isEmpty {
                try await Migrator(migrations, version: "test", clock: clock).migrate(database)
            }
            let value = try await work(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    /// Where a new, empty database of that engine is.
    public static func settings(_ engine: DatabaseEngine, in directory: TemporaryDirectory) throws -> DatabaseSettings {
        var settings = try DatabaseSettings(parsing: Secret(try address(engine, in: directory)))
        settings.poolSize = 6
        settings.waitLimit = .seconds(20)
        settings.lockTimeout = .seconds(20)
        settings.statementTimeout = .seconds(20)
        return settings
    }

    /// The address of a new, empty database, as `--database` takes it.
    public static func address(_ engine: DatabaseEngine, in directory: TemporaryDirectory) throws -> String {
        switch engine {
        case .sqlite: directory.file("seaworthy.db")
        case .postgres: try PostgresServer.ofThisRun.makeDatabase()
        }
    }
}
