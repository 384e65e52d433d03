import Foundation
import Kernel
import Store
import TestKit
import Testing

/// A database with its schema, a place for backups, and a key pair: what tests of backups through the real binary share.
final class BackupBench {
    let workspace: Workspace
    let engine: DatabaseEngine
    let address: String
    private(set) var environment: [String: String] = [:]
    var folder: String { workspace.path("backups") }
    var identity: [String] { ["--identity", workspace.path("private.key")] }

    /// - Parameter migrates: with the schema that this program has.
    init(_ engine: DatabaseEngine, migrates: Bool = true) async throws {
        workspace = try Workspace()
        self.engine = engine
        address = try BackupBench.address(engine, workspace)
        environment = ["SEAWORTHY_DATABASE": address, "SEAWORTHY_OPERATIONS_BACKUP_TO": folder]
        let made = try await workspace.run("backup", "keygen", workspace.path("private.key"))
        let key = try #require(made.out.firstMatch(of: /recipient: (\S+)/), "\(made.err)").1
        environment["SEAWORTHY_OPERATIONS_BACKUP_RECIPIENT"] = String(key)
        if migrates { try await succeed("migrate", "up") }
    }

    /// The same database, backups and key once more.
    init(copying other: BackupBench) async throws {
        workspace = try Workspace()
        engine = other.engine
        if engine == .sqlite {
            address = workspace.path("state.db")
            let source = try await opened(other.address)
            try await source.copy(to: address)
            await source.close()
        } else {
            address = try PostgresServer.ofThisRun.makeDatabase(
                template: String(other.address.split(separator: "/").last ?? ""))
        }
        for name in ["private.key", "backups"] where other.workspace.exists(name) {
            try FileManager.default.copyItem(atPath: other.workspace.path(name), toPath: workspace.path(name))
        }
        environment = other.environment
        environment["SEAWORTHY_DATABASE"] = address
        environment["SEAWORTHY_OPERATIONS_BACKUP_TO"] = folder
    }

    static func address(_ engine: DatabaseEngine, _ workspace: Workspace, name: String = "state.db") throws -> String {
        engine == .sqlite ? workspace.path(name) : try PostgresServer.ofThisRun.makeDatabase()
    }

    func set(_ variable: String, _ value: String) { environment[variable] = value }

    /// No place for backups from now on.
    func forgetPlace() {
        environment["SEAWORTHY_OPERATIONS_BACKUP_TO"] = nil
        environment["SEAWORTHY_OPERATIONS_BACKUP_RECIPIENT"] = nil
    }

    func run(_ arguments: String..., setting: [String: String] = [:]) async throws -> Finished {
        try await run(arguments, setting: setting)
    }

    func run(_ arguments: [String], setting: [String: String] = [:]) async throws -> Finished {
        try await workspace.start(arguments, environment: environment.merging(setting) { $1 })
            .finish(within: .seconds(60))
    }

    /// Runs what must end with 0, and gives its output.
    @discardableResult
    func succeed(
        _ arguments: String..., setting: [String: String] = [:], location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let done = try await run(arguments, setting: setting)
        #expect(done.status == 0 && !done.wasKilled, "\(arguments): \(done.err)", sourceLocation: location)
        return done.out
    }

    /// Names in the folder that count as backups.
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix("seaworthy-") }
            .sorted()
    }

    /// Opens it, as another program would, for the length of `work`.
    func with<Value>(_ address: String? = nil, _ work: (Database) async throws -> Value) async throws -> Value {
        let database = try await opened(address ?? self.address)
        do {
            let value = try await work(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }
}

/// Two rows in one transaction: whoever finds one finds the other, or something was torn.
enum Pair {
    private static let queue = JobQueue(clock: TestClock(), random: SeededRandomSource(seed: 21))
    static let kind: JobKind = "test.pair"

    /// - Parameter padding: characters that don't compress well.
    static func put(_ number: Int, into database: Database, padding: Int = 0) async throws {
        var generator = SeededGenerator(seed: UInt64(number))
        let noise = generator.text(
            padding...padding, of: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        try await database.transaction("test.pair") { db in
            for half in ["a", "b"] {
                var request = JobRequest(kind, payload: "{\"noise\":\"\(noise)\"}")
                request.idempotencyKey = "\(number)-\(half)"
                // Nobody does them meanwhile.
                request.runAt = Timestamp(nanosecondsSinceEpoch: 4_000_000_000_000_000_000)
                try queue.enqueue(request, in: db)
            }
        }
    }

    /// Numbers of which both are there, and of which one is.
    static func read(_ database: Database) async throws -> (whole: Set<Int>, torn: Set<Int>) {
        let keys = try await database.read("test.pairs") { db in
            try db.rows("SELECT idempotency_key AS key FROM jobs WHERE kind = \(kind.rawValue)")
                .map { try $0["key"] as String }
        }
        var halves: [Int: Int] = [:]
        for key in keys { halves[Int(key.split(separator: "-").first ?? "") ?? -1, default: 0] += 1 }
        return (Set(halves.filter { $0.value == 2 }.keys), Set(halves.filter { $0.value != 2 }.keys))
    }
}
