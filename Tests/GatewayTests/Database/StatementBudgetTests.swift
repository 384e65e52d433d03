import HTTPTypes
import Hummingbird
import Kernel
import NIOPosix
import Observability
import Store
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("Statements of requests to our own routes")
struct StatementBudgetTests {
    /// Both doors with these routes, and what they sent.
    private static func serving(
        _ routes: [OwnRoute], _ database: Database, _ body: (Int, StatementLedger) async throws -> Void
    ) async throws {
        let configuration = try GatewayConfiguration.load(
            ConfigurationSources(sets: ["upstream=http://127.0.0.1:9", "database=none"])
        ).configuration
        let services = try GatewayServices(configuration: configuration, loops: 1, sink: .handler { _ in })
        let ports = OwnRoutePorts(
            prefix: "/seaworthy", ledger: services.statements,
            readiness: {
                // As `DatabaseService` asks when the change feed is silent.
                let holds = try? await database.read("health.probe") { try $0.row("SELECT 1") }
                return Readiness([.init(name: "database", holds: holds != nil)])
            }, metrics: { "" })
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await GatewayServer.make(
            group: group,
            program: ServerProgram(
                doors: [
                    .operator: DoorProgram(
                        pipeline: Pipeline.compiled(Pipeline.operatorDoor(configuration, services)),
                        terminal: OwnRoutes(routes: routes, ports: ports))
                ], limits: ClientLimits(), tls: nil), wallClock: services.wallClock)
        let address = try await server.listen(
            ListenerPlan(door: .operator, address: .tcp(host: "127.0.0.1", port: 0), isTLS: false))
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(address.port ?? 0, services.statements))
        } catch {
            outcome = .failure(error)
        }
        await server.closeAll()
        services.stop()
        try await group.shutdownGracefully()
        try outcome.get()
    }

    private static func ask(_ port: Int, _ path: String) async throws -> Int {
        let connection = try await RawConnection.open(port: port)
        try await connection.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        let response = await connection.response(to: "GET", within: .seconds(10))
        await connection.close()
        return try #require(response).status
    }

    @Test("every route of the operator door stays within its budget", arguments: DatabaseEngine.allCases)
    func listed(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Schema.migrations) { database in
            let routes = Routes.list.filter { $0.door == .operator && $0.method == .get }
            try await Self.serving(routes, database) { port, ledger in
                for route in routes {
                    let path = route.path(under: "/seaworthy").replacing(":reason", with: "csrf.cross-site")
                    let status = try await Self.ask(port, path)
                    #expect(status == 200, "\(path)")
                }
                #expect(ledger.entries.count == routes.count)
                for (name, entry) in ledger.entries { #expect(entry.overBudget == 0, "\(name): \(entry)") }
                #expect(ledger.entries["operator GET /health/ready"]?.statements == 1)
            }
        }
    }

    @Test("a route that asks once for each row is over its budget as soon as there are rows")
    func growing() async throws {
        try await TestDatabase.with(.sqlite, migrations: []) { database in
            try await database.transaction("test.make") { db in
                try db.execute("CREATE TABLE things (id BIGINT PRIMARY KEY, owner BIGINT NOT NULL)")
                try db.execute("INSERT INTO things VALUES (1, 1)")
            }
            let careless = OwnRoute(.operator, .get, "/careless", "Asks for each row.") { _, _ in
                let ids = try await database.read("test") { db in
                    try db.rows("SELECT id FROM things").map { try $0["id"] as Int }
                }
                for id in ids {
                    _ = try await database.read("test") { try $0.row("SELECT owner FROM things WHERE id = \(id)") }
                }
                return .text("\(ids.count)")
            }
            let careful = OwnRoute(.operator, .get, "/careful", "Asks once.") { _, _ in
                .text("\(try await database.read("test") { try $0.rows("SELECT id, owner FROM things") }.count)")
            }
            try await Self.serving([careless, careful], database) { port, ledger in
                for path in ["/careless", "/careful"] {
                    let status = try await Self.ask(port, path)
                    #expect(status == 200)
                }
                #expect(ledger.entries.values.allSatisfy { $0.overBudget == 0 })
                try await database.transaction("test.grow") { db in
                    for id in 2...30 { try db.execute("INSERT INTO things VALUES (\(id), 1)") }
                }
                for path in ["/careless", "/careful"] {
                    let status = try await Self.ask(port, path)
                    #expect(status == 200)
                }
                #expect(ledger.entries["operator GET /careless"]?.overBudget == 1)
                #expect(ledger.entries["operator GET /careless"]?.most == 31)
                #expect(ledger.entries["operator GET /careful"] == .init(requests: 2, statements: 2, most: 1))
                var text = MetricsText()
                ledger.write(to: &text)
                #expect(text.text.contains("seaworthy_own_over_budget_total{route=\"operator GET /careless\"} 1"))
            }
        }
    }
}
