import HTTPTypes
import Observability
import Store
import Synchronization
import Web

/// Counts the statements that requests to our own routes send, each against its route's budget: an N+1 shows in metrics,
/// and fails a test.
final class StatementLedger: Sendable {
    struct Entry: Sendable, Equatable {
        var requests = 0
        var statements = 0
        /// Of one request.
        var most = 0
        var overBudget = 0
    }

    private let routes = Mutex<[String: Entry]>([:])

    /// By route, such as `operator GET /health/ready`.
    var entries: [String: Entry] { routes.withLock { $0 } }

    func counting<Value>(_ route: OwnRoute, _ work: () async throws -> Value) async rethrows -> Value {
        let counter = StatementCounter()
        defer { add(counter.statements, to: route) }
        return try await counter.counting(work)
    }

    private func add(_ statements: Int, to route: OwnRoute) {
        routes.withLock { routes in
            var entry = routes[StatementLedger.name(of: route)] ?? Entry()
            entry.requests += 1
            entry.statements += statements
            entry.most = max(entry.most, statements)
            if statements > route.budget { entry.overBudget += 1 }
            routes[StatementLedger.name(of: route)] = entry
        }
    }

    static func name(of route: OwnRoute) -> String { "\(route.door.rawValue) \(route.method.rawValue) \(route.path)" }

    /// Adds the routes that asked a database to a scrape.
    func write(to text: inout MetricsText) {
        let asked = entries.filter { $0.value.statements > 0 }.sorted { $0.key < $1.key }
        text.family("seaworthy_own_statements_total", .counter, help: "Statements sent by requests to own routes.")
        for (route, entry) in asked {
            text.sample("seaworthy_own_statements_total", [("route", route)], entry.statements)
        }
        text.family("seaworthy_own_statements_most", .gauge, help: "Most statements that one request sent.")
        for (route, entry) in asked { text.sample("seaworthy_own_statements_most", [("route", route)], entry.most) }
        text.family(
            "seaworthy_own_over_budget_total", .counter, help: "Requests that sent more than their route's budget.")
        for (route, entry) in asked {
            text.sample("seaworthy_own_over_budget_total", [("route", route)], entry.overBudget)
        }
    }
}
