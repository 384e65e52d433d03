import Hummingbird
import Kernel
import NIOPosix
import Observability
import Store
import Synchronization
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("A route of our own that uses the database")
struct OwnRouteDatabaseTests {
    private struct Seen: Sendable {
        var statuses: [Int: Int] = [:]
        var acknowledged = 0
        var withoutRetryAfter = 0
    }

    private final class Load: Sendable {
        let seen = Mutex(Seen())
        let isOver = Atomic<Bool>(false)
    }

    @Test("answers 200 or 503 with Retry-After while PostgreSQL restarts, and loses nothing that it acknowledged")
    func restart() async throws {
        let postgres = try PostgresServer()
        defer { postgres.remove() }
        let settings = try DatabaseSettings(parsing: Secret(try postgres.makeDatabase()))
        let database = try await Database.open(settings, clock: TestClock(), random: SeededRandomSource(seed: 5))
        try await database.transaction("test.make") { db in
            try db.execute("CREATE TABLE tally (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)")
            try db.execute("INSERT INTO tally VALUES (1, 0)")
        }
        let route = OwnRoute(.operator, .post, "/count", "Counts.") { _, _ in
            let value = try await database.transaction("test.count") { db -> Int in
                let row = try db.lockedRow("SELECT value FROM tally WHERE id = 1")
                let value: Int = try row?["value"] ?? 0
                try db.execute("UPDATE tally SET value = \(value + 1) WHERE id = 1")
                return value + 1
            }
            return .text("\(value)")
        }
        let load = Load()
        try await OwnRouteDatabaseTests.serving(route) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await OwnRouteDatabaseTests.ask(port, load) } }
                try await Task.sleep(for: .milliseconds(400))
                postgres.crash()
                // However busy the machine is: down until somebody has noticed.
                try await eventually(within: .seconds(20), "a refusal") {
                    load.seen.withLock { $0.statuses[503] != nil }
                }
                try postgres.start()
                let before = load.seen.withLock { $0.acknowledged }
                try await eventually(within: .seconds(20), "the pool heals") {
                    load.seen.withLock { $0.acknowledged } > before + 10
                }
                load.isOver.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
        }
        let seen = load.seen.withLock { $0 }
        let value = try await database.read("test.read") { try $0.value("SELECT value FROM tally") as Int? } ?? -1
        #expect(Set(seen.statuses.keys) == [200, 503] && seen.withoutRetryAfter == 0, "\(seen)")
        // More only by what broke during COMMIT, which was answered 503.
        let refused = seen.statuses[503] ?? 0
        #expect(seen.acknowledged > 10 && value >= seen.acknowledged && value <= seen.acknowledged + refused, "\(seen)")
        await database.close()
    }

    /// An operator door with this one route.
    private static func serving(_ route: OwnRoute, _ body: (Int) async throws -> Void) async throws {
        let configuration = try GatewayConfiguration.load(
            ConfigurationSources(sets: ["upstream=http://127.0.0.1:9", "database=none"])
        ).configuration
        let services = try GatewayServices(configuration: configuration, loops: 1, sink: .handler { _ in })
        let own = OwnRoutes(
            routes: [route], ports: OwnRoutePorts(readiness: { Readiness([]) }, metrics: { "" }))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await GatewayServer.make(
            group: group,
            program: ServerProgram(
                doors: [
                    .operator: DoorProgram(
                        pipeline: Pipeline.compiled(Pipeline.operatorDoor(configuration, services)), terminal: own)
                ], limits: ClientLimits(), tls: nil), wallClock: services.wallClock)
        let address = try await server.listen(
            ListenerPlan(door: .operator, address: .tcp(host: "127.0.0.1", port: 0), isTLS: false))
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(address.port ?? 0))
        } catch {
            outcome = .failure(error)
        }
        await server.closeAll()
        services.stop()
        try await group.shutdownGracefully()
        try outcome.get()
    }

    private static func ask(_ port: Int, _ load: Load) async throws {
        while !load.isOver.load(ordering: .relaxed), !Task.isCancelled {
            let connection = try await RawConnection.open(port: port)
            try await connection.send(
                "POST /count HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            let response = try #require(await connection.response(to: "POST", within: .seconds(10)))
            await connection.close()
            load.seen.withLock { seen in
                seen.statuses[response.status, default: 0] += 1
                if response.status == 200 { seen.acknowledged += 1 }
                if response.status == 503, response.values("retry-after").isEmpty { seen.withoutRetryAfter += 1 }
            }
            if response.status == 503 { try await Task.sleep(for: .milliseconds(20)) }
        }
    }
}
