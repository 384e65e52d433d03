import TestKit
import Testing

@testable import Readiness

@Suite("Descriptions are read bounded, and ids come out of the app's own answers")
struct OperationsTests {
    private func description(_ text: String) -> OpenAPIDescription? { try? OpenAPIDescription(bytes: Array(text.utf8)) }

    @Test("a description gives paths, methods, who is asked to sign in, parameters and examples of bodies")
    func whole() throws {
        let found = try #require(
            description(
                """
                openapi: 3.0.3
                security: [{ bearer: [] }]
                paths:
                  /things/{id}:
                    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
                    get: { responses: {} }
                    patch:
                      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } }
                  /open: { get: { security: [] } }
                components:
                  securitySchemes: { bearer: { type: http, scheme: bearer } }
                  schemas:
                    Thing:
                      type: object
                      properties:
                        name: { type: string, examples: [Ann] }
                        size: { type: integer, minimum: 3 }
                        mail: { type: string, format: email }
                        tags: { type: array, items: { type: string, enum: [a, b] } }
                        next: { $ref: '#/components/schemas/Thing' }
                """))
        #expect(found.hasBearer)
        #expect(
            found.entries.map { "\($0.method) \($0.path) \($0.isProtected)" } == [
                "GET /open false", "GET /things/{id} true", "PATCH /things/{id} true",
            ])
        let patch = try #require(found.entries.last)
        #expect(patch.parameters.map(\.name) == ["id"])
        #expect(patch.body?.at("/name") == .string("Ann"))
        #expect(patch.body?.at("/size") == .integer(3))
        #expect(patch.body?.at("/tags/0") == .string("a"))
        // The cycle ends somewhere.
        #expect(patch.body?.at("/next/next/name") == .string("Ann"))
    }

    @Test(
        "what is no description, too large, or multiplies itself is refused and never followed for ever",
        .timeLimit(.minutes(1)),
        arguments: [
            "", "[]", "{}", "{\"openapi\": \"3.1.0\"}", "openapi: 3.1.0\npaths: [",
            "{\"openapi\":\"3.1.0\",\"paths\":{\"/a\":{\"$ref\":\"#/paths/~1a\"}}}",
            """
            openapi: 3.1.0
            a: &a [x, x, x, x, x, x, x, x, x, x]
            b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
            c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
            d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
            e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
            f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
            g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
            paths: {}
            """,
        ])
    func hostile(text: String) { #expect(description(text)?.entries.isEmpty ?? true) }

    @Test("more than a hundred megabytes are refused before they are read, and long YAML before it is composed")
    func huge() {
        func why(_ bytes: [UInt8]) -> String {
            do throws(OpenAPIDescription.Refusal) {
                _ = try OpenAPIDescription(bytes: bytes)
                return "read"
            } catch { return error.description }
        }
        #expect(why(Array(repeating: 0x20, count: 104_857_601)) == "has more than 100 MiB")
        #expect(
            why(Array("openapi: 3.1.0\n".utf8) + Array(repeating: 0x0A, count: 8_388_608)).contains("give it as JSON"))
        #expect(why(Array("{\"swagger\":\"2.0\"}".utf8)).contains("Swagger 2"))
    }

    @Test("a description whose schemas all go in circles is read in one pass, and a hundred megabytes are the bound")
    func large() throws {
        var text = #"{"openapi":"3.1.0","components":{"schemas":{"#
        for number in 0..<600 {
            text += #""S\#(number)":{"type":"object","description":"\#(String(repeating: "d", count: 50))","#
            text += ##""properties":{"next":{"$ref":"#/components/schemas/S\##((number + 1) % 600)"},"##
            text += ##""self":{"$ref":"#/components/schemas/S\##(number)"}}},"##
        }
        text += #""Z":{}}},"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":"#
        text += ##"{"$ref":"#/components/schemas/S0"}}}}}}}}"##
        #expect(OpenAPIDescription.mostBytes == 104_857_600)
        let description = try OpenAPIDescription(bytes: Array(text.utf8))
        #expect(description.entries.map(\.path) == ["/a"] && description.entries.first?.body != nil)
    }

    @Test(
        "the id of a list's first item is found under the names that ids have",
        arguments: [
            (#"{"things":[{"id":7,"name":"x"}]}"#, "id", "things", "7"), (#"[{"uuid":"a-b"}]"#, "id", "things", "a-b"),
            (#"{"items":[{"thingId":"t1"}]}"#, "id", "things", "t1"),
            (#"{"choices":[{"purpose":"mail"}]}"#, "purpose", "consent", "mail"),
            (#"["red","blue"]"#, "colour", "colours", "red"), (#"{"things":[]}"#, "id", "things", nil),
            (#"{"things":[{"id":"a/b"}]}"#, "id", "things", nil),
        ])
    func identifiers(json: String, name: String, word: String, expected: String?) throws {
        let value = try #require(JSONValue(bytes: Array(json.utf8)))
        #expect(Reconnaissance.identifier(name, word, in: value) == expected)
    }

    /// Two people with a thing each; what the other sees is up to the rule.
    private func app(_ rule: @escaping @Sendable (RawRequest, String?) -> (String, String)) async throws -> RawUpstream
    {
        try await answering { request in
            let who = request.value("Cookie")?.split(separator: "=").last.map(String.init)
            if request.target == "/session" {
                let name =
                    request.body.contains(UInt8(ascii: "b"))
                        && String(decoding: request.body, as: UTF8.self).contains("\"bob\"") ? "bob" : "ann"
                return "HTTP/1.1 200 OK\r\nSet-Cookie: sid=\(name)\r\nContent-Length: 0\r\n\r\n"
            }
            let (status, body) = rule(request, who)
            return
                "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
    }

    private let yaml = """
        login: { path: /session, json: { user: "{user}", password: "{password}" } }
        identities: [{ name: ann, user: ann, password: secret }, { name: bob, user: bob, password: secret }]
        routes: [GET /, GET /things, "GET /things/{id}"]
        """

    private static func own(_ who: String) -> String { who == "ann" ? "1" : "2" }

    @Test(
        "a read of another's thing is judged by what it shows",
        arguments: [
            (("404 Not Found", "{}"), Outcome.holds), (("403 Forbidden", "{}"), .holds),
            (("200 OK", #"{"id":2,"note":"secret of bob"}"#), .fails),
            // A list that filters shows nothing, and a page for everybody isn't the other's thing.
            (("200 OK", "{}"), .notAvailable), (("200 OK", #"{"id":1,"note":"of ann"}"#), .notAvailable),
        ])
    func foreign(answer: (String, String), expected: Outcome) async throws {
        let server = try await app { request, who in
            guard let who else { return ("401 Unauthorized", "{}") }
            switch request.target {
            case "/things": return ("200 OK", #"{"things":[{"id":\#(Self.own(who))}]}"#)
            case "/things/\(Self.own(who))": return ("200 OK", #"{"id":\#(Self.own(who)),"note":"secret of \#(who)"}"#)
            default: return request.target.hasPrefix("/things/") ? answer : ("200 OK", "{}")
            }
        }
        let report = try await check(
            port: server.port, only: ["authorization.every-object"],
            configuration: try ReadinessConfiguration(yaml: yaml))
        #expect(report.checks.first?.outcome == expected, "\(report.checks.first?.summary ?? "")")
        await server.stop()
    }

    @Test("a refusal of everybody, or a block page, is no protection")
    func refusedToAll() async throws {
        let server = try await app { _, _ in ("403 Forbidden", "blocked") }
        let report = try await check(
            port: server.port,
            only: ["authorization.every-read", "authorization.every-object", "session.altered"],
            configuration: try ReadinessConfiguration(yaml: yaml))
        #expect(report.checks.allSatisfy { $0.outcome == .notAvailable }, "\(report.checks.map(\.summary))")
        await server.stop()
    }

    @Test("every check has a remedy for every stack, and explains itself in eighty columns")
    func remedies() throws {
        for sheet in CheckCatalogue.sheets {
            let found = Remedies.of(sheet.id) ?? []
            #expect(found.map(\.stack) == Remedies.Stack.allCases, "\(sheet.id)")
            let text = try #require(Remedies.explanation(sheet.id))
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        }
        #expect(Remedies.explanation("race.lost-updat") == nil)
        #expect(Remedies.nearestCheck(to: "race.lost-updat") == "race.lost-update")
    }
}

@Suite("Tokens are taken apart and forged as an attacker would")
struct BearerTokenTests {
    // {"alg":"HS256","typ":"JWT"} . {"sub":"1","iat":1,"exp":61}, signed with `secret`.
    private func token(_ key: String) -> BearerToken? {
        BearerToken("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiaWF0IjoxLCJleHAiOjYxfQ.AAAA").flatMap {
            BearerToken($0.signed(with: Array(key.utf8)))
        }
    }

    @Test("a usual key is found without asking anybody, another isn't", arguments: ["", "secret", "keyboard cat"])
    func guessed(key: String) throws {
        #expect(try #require(token(key)).guessedKey(among: BearerToken.usualKeys) == key)
        #expect(try #require(token("a4f8b1c2d3e4f5a6b7c8")).guessedKey(among: BearerToken.usualKeys) == nil)
    }

    @Test("forged ones have the claims that were asked for")
    func forged() throws {
        let token = try #require(self.token("secret"))
        #expect(token.expiry == 61)
        #expect(token.algorithm == "HS256")
        #expect(BearerToken(token.unsigned("none"))?.algorithm == "none")
        #expect(token.unsigned("none").hasSuffix("."))
        #expect(BearerToken(token.claiming("sub", .string("2")))?.claims["sub"] == .string("2"))
        #expect(token.altered != token.text)
        #expect(token.altered.count == token.text.count)
    }

    @Test(
        "what is no token is none",
        arguments: ["", "a.b", "a.b.c", "....", "eyJ9.eyJ9.", String(repeating: "a.", count: 20_000)])
    func none(text: String) { #expect(BearerToken(text) == nil) }
}
