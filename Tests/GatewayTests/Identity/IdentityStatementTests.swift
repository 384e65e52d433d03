import HTTPTypes
import Kernel
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("Statements of people's own pages", .serialized)
struct IdentityStatementTests {
    @Test("every own route of the public door stays within its budget, and asks no more when there are more rows")
    func budgets() async throws {
        try await GatewayWithAccounts.run(["identity.lockout.mode=observe"]) { running in
            let session = try await running.administrator()
            let routes = (Routes.list + IdentityRoutes.list).filter { $0.door == .public && $0.method == .get }
            #expect(routes.count > 8)
            func round() async throws -> [String: Int] {
                for route in routes {
                    let path = route.path(under: "/seaworthy").replacing(":reason", with: "csrf.cross-site")
                    for accept in ["text/html", "application/json"] {
                        let answer = try await running.ask(
                            "GET", path, [("Cookie", "seaworthy-session=\(session)"), ("Accept", accept)])
                        #expect(answer.status < 500, "\(path)")
                    }
                }
                let entries = running.gateway.services.statements.entries
                for (name, entry) in entries { #expect(entry.overBudget == 0, "\(name): \(entry)") }
                return entries.mapValues(\.most)
            }
            let few = try await round()
            #expect(few.values.contains { $0 > 0 }, "nothing asks the database")
            for number in 0..<30 {
                let fields = ["email": "root@example.com", "password": GatewayWithAccounts.password]
                let answer = try await running.post("/sign-in", fields)
                #expect(answer.status == 200, "\(number): \(answer.text)")
            }
            let many = try await round()
            for (name, most) in few { #expect(many[name] == most, "\(name) asks once more for each row") }
        }
    }
}
