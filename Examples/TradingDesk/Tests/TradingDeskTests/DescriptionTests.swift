import Foundation
import HTTPTypes
import Testing

@testable import TradingDeskApp

@Suite("Description") struct DescriptionTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("openapi.json is what the desk serves; write it again with `tradingdesk --print-openapi`")
    func committed() async throws {
        let file = try String(contentsOf: Self.folder.appending(path: "openapi.json"), encoding: .utf8)
        #expect(try TradingDesk.openAPIDescription() == file)
        try await withDesk { client, _ async throws -> Void in
            let served = try await client.get("/openapi.json")
            #expect(served.text == file && served.header("Content-Type") == "application/json; charset=utf-8")
        }
    }

    @Test("README.md carries the flaw table as it is; write it again with `tradingdesk --list-flaws`'s Markdown")
    func readme() throws {
        let file = try String(contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
        #expect(file.contains(Flaw.markdownTable))
        for identity in Seed.identities { #expect(file.contains(identity.email) && file.contains(identity.password)) }
    }

    @Test("every API route is described, and every described operation is a route")
    func complete() throws {
        let document = OpenAPI.document(Desk.operations)
        let paths = try #require(document["paths"]?.object)
        let described = Set(
            paths.flatMap { path, item in (item.object ?? [:]).keys.map { "\($0.uppercased()) \(path)" } })
        let routes = Set(
            Desk.operations.filter { $0.path.hasPrefix("/api/") }.map { "\($0.method.rawValue) \($0.path)" })
        #expect(described == routes)
        #expect(routes.count >= 24)
        #expect(Set(Desk.operations.map(\.id)).count == Desk.operations.count)
        let schemas = try #require(document["components"]?["schemas"]?.object)
        let text = try OpenAPI.text(Desk.operations)
        for match in text.matches(of: /#\/components\/schemas\/([A-Za-z]+)/) {
            #expect(schemas[String(match.1)] != nil)
        }
    }

    @Test("every described operation answers, and the signed-in ones refuse strangers")
    func alive() async throws {
        try await withDesk { client, _ async throws -> Void in
            for operation in Desk.operations where operation.path.hasPrefix("/api/") {
                let path = operation.path.replacing("{id}", with: "1").replacing("{symbol}", with: "ALBA")
                    .replacing("{purpose}", with: "marketing-mail")
                let reply = try await client.send(operation.method.rawValue, path)
                #expect(
                    operation.access == .anyone ? reply.status != 404 : reply.status == 401,
                    "\(operation.id): \(reply.status)")
            }
        }
    }

    @Test("GETs answer in the shape that the description promises")
    func shapes() async throws {
        try await withDesk { client, _ async throws -> Void in
            let admin = try await client.signedIn("admin")
            let alice = try await client.signedIn("alice")
            _ = try await alice.send(
                "POST", "/api/portfolios/1/statements", ["Content-Type": "text/csv"],
                Array("date,description,amount,reference\n2026-03-09,Salary,1200.00,A1\n".utf8))
            let schemas = OpenAPISchemas.all
            for operation in Desk.operations where operation.method == .get && operation.path.hasPrefix("/api/") {
                guard let schema = operation.success.schema, schema != "text/csv" else { continue }
                let path =
                    operation.path.replacing("{id}", with: "1").replacing("{symbol}", with: "ALBA")
                    + (operation.id == "search" ? "?q=dune" : "")
                let reply = try await (operation.access == .admin ? admin : alice).get(path)
                #expect(reply.status == operation.success.status, "\(operation.id): \(reply.text.prefix(200))")
                let members = Set(try #require(reply.json?.object).keys)
                #expect(members == Set(schemas[schema]?["properties"]?.object?.keys ?? [:].keys), "\(operation.id)")
            }
        }
    }

    @Test("the same seed number gives the same market, another one another")
    func seeds() async throws {
        func prices(_ seed: UInt64) async throws -> JSONValue? {
            var configuration = DeskConfiguration()
            configuration.bcryptCost = 4
            configuration.seed = seed
            let desk = try await TradingDesk.start(configuration)
            let prices = try await DeskClient(desk).signedIn("alice").get("/api/instruments/DUNE/prices").json
            await desk.stop()
            return prices
        }
        let first = try await prices(7)
        #expect(try await prices(7) == first)
        #expect(try await prices(8) != first)
    }
}
