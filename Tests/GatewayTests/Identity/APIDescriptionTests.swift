import Foundation
import HTTPTypes
import Kernel
import TestKit
import Testing

@testable import Gateway

@Suite("The description of our API", .serialized)
struct APIDescriptionTests {
    private func document() throws -> [String: Any] {
        let bytes = APIDescription.write(APIDescription.routes, under: "/seaworthy")
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("has every route of the public door, and nothing else")
    func complete() throws {
        let paths = try #require(try document()["paths"] as? [String: [String: Any]])
        let described = Set(paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } })
        let wanted = Set(
            APIDescription.routes.map { route in
                let path = APIDescription.path(of: route, under: "/seaworthy")
                return "\(route.method.rawValue.lowercased()) \(path)"
            })
        #expect(described == wanted && wanted.count > 25)
        // What is said beyond a route's path is said of a route that there is.
        let routes = Set(APIDescription.routes.map { "\($0.method.rawValue) \($0.path)" })
        #expect(Set(APIOperation.known.keys).isSubset(of: routes))
        let ids = paths.values.flatMap(\.values).compactMap { ($0 as? [String: Any])?["operationId"] as? String }
        #expect(Set(ids).count == described.count)
    }

    @Test("says of a sign-out that it may answer with a link, and of a sign-in that a second factor may come next")
    func alternatives() throws {
        let paths = try #require(try document()["paths"] as? [String: [String: [String: Any]]])
        func required(_ path: String, _ status: String) -> [String]? {
            let responses = paths[path]?["post"]?["responses"] as? [String: [String: Any]]
            let content = responses?[status]?["content"] as? [String: [String: Any]]
            return (content?["application/json"]?["schema"] as? [String: Any])?["required"] as? [String]
        }
        #expect(required("/seaworthy/sign-out", "200") == ["location"])
        #expect(required("/seaworthy/sign-in", "202") == ["status", "next"])
        let out = paths["/seaworthy/sign-out"]?["post"]?["responses"] as? [String: Any]
        #expect(out?["204"] != nil && out?["303"] != nil)
        // Every act says what it wants and gives.
        for route in APIDescription.routes where route.method == .post {
            #expect(APIOperation.known["POST \(route.path)"] != nil, "\(route.path)")
        }
    }

    @Test("is valid, says openapi-spec-validator")
    func valid() async throws {
        let directory = try TemporaryDirectory("openapi")
        defer { directory.remove() }
        let file = try directory.write(
            String(decoding: APIDescription.write(APIDescription.routes, under: "/seaworthy"), as: UTF8.self),
            to: "openapi.json")
        let run = try await ForeignProgram.run("python3", ["-m", "openapi_spec_validator", file])
        #expect(run.status == 0, "\(run.output)\(run.errors)")
    }

    @Test("holds under schemathesis: no failure, no status that isn't written down", arguments: ["key", "nobody"])
    func schemathesis(who: String) async throws {
        try await GatewayWithAccounts.run(["identity.lockout.mode=off"]) { running in
            let session = try await running.administrator()
            let made = try await running.post(
                "/keys", ["name": "x", "current": GatewayWithAccounts.password], session: session)
            let object = try JSONSerialization.jsonObject(with: Data(made.body)) as? [String: Any]
            let key = try #require(object?["key"] as? String)
            var arguments = [
                "-m", "schemathesis.cli", "run", "http://127.0.0.1:\(running.port)/seaworthy/openapi.json",
                "--checks", "not_a_server_error,status_code_conformance", "--phases", "examples,coverage,fuzzing",
                "--max-examples", "6", "--seed", "7", "--workers", "1", "--suppress-health-check", "all",
            ]
            // What may be ended by it isn't asked with it.
            if who == "key" {
                arguments += ["-H", "X-API-Key: \(key)", "--exclude-path-regex", "sign-out|revoke"]
            }
            let run = try await ForeignProgram.run("python3", arguments)
            #expect(run.status == 0, "\(run.output.suffix(4000))\(run.errors.suffix(400))")
            #expect(run.output.contains("passed"), "\(run.output.suffix(4000))")
        }
    }
}
