import Crypto
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Egress
@testable import Identity

/// What a hostile or broken provider does, and what the trail says of it.
struct HostileProvider: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    var status = 502
    var script: @Sendable (ScriptedProvider, inout ScriptedProvider.Script) -> Void = { _, _ in }
    var answer: @Sendable (inout [String: String]) -> Void = { _ in }
    var testDescription: String { name }

    static func claims(
        _ name: String, _ reason: String,
        _ change: @escaping @Sendable (ScriptedProvider, inout [String: StrictJSON]) -> Void
    ) -> HostileProvider {
        HostileProvider(
            name: name, reason: reason, script: { provider, script in script.claims = { change(provider, &$0) } })
    }

    private static func time(_ name: String, _ reason: String, _ claim: String, _ offset: Int64) -> HostileProvider {
        claims(name, reason) { $1[claim] = .number("\($0.now + offset)") }
    }

    private static func header(_ name: String, _ reason: String, _ member: String, _ value: StrictJSON)
        -> HostileProvider
    {
        HostileProvider(name: name, reason: reason, script: { _, script in script.header = { $0[member] = value } })
    }

    private static func token(
        _ name: String, _ reason: String, _ change: @escaping @Sendable (String) -> String
    ) -> HostileProvider {
        HostileProvider(name: name, reason: reason, script: { _, script in script.token = change })
    }

    private static func mac(_ name: String, key: @escaping @Sendable (ScriptedProvider) -> [UInt8]) -> HostileProvider {
        HostileProvider(
            name: name, reason: "token-alg",
            script: { provider, script in
                let key = SymmetricKey(data: key(provider))
                script.token = { text in
                    let claims = text.split(separator: ".")[1]
                    let signed = Base64URL.text("{\"alg\":\"HS256\",\"kid\":\"k1\"}".utf8) + "." + claims
                    return signed + "."
                        + Base64URL.text(HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key))
                }
            })
    }

    private static func withHeader(_ text: String, _ header: String, signature: String? = nil) -> String {
        let parts = text.split(separator: ".").map(String.init)
        return Base64URL.text(header.utf8) + "." + parts[1] + "." + (signature ?? parts[2])
    }

    static let tokens: [HostileProvider] =
        [
            claims("another nonce", "token-nonce") { $1["nonce"] = .text("another") },
            claims("no nonce", "token-nonce") { $1["nonce"] = nil },
            claims("a nonce that is a number", "token-nonce") { $1["nonce"] = .number("1") },
            token("alg none, no signature", "token-alg") { withHeader($0, "{\"alg\":\"none\"}", signature: "") },
            token("alg none, the old signature", "token-alg") { withHeader($0, "{\"alg\":\"none\",\"kid\":\"k1\"}") },
            token("alg nOnE", "token-alg") { withHeader($0, "{\"alg\":\"nOnE\",\"kid\":\"k1\"}") },
            token("alg empty", "token-alg") { withHeader($0, "{\"alg\":\"\",\"kid\":\"k1\"}") },
            mac("HS256 with the client secret") { _ in Array(ScriptedProvider.clientSecret.utf8) },
            mac("HS256 with the public key") { $0.publicKeyBytes },
            header("PS256", "token-alg", "alg", .text("PS256")),
            header("RS256 for a key of ES256", "token-kid", "alg", .text("RS256")),
            header("a key that nobody has", "token-kid", "kid", .text("k2")),
            header("a key's id that is a number", "token-malformed", "kid", .number("1")),
            header("an extension that must be understood", "token-crit", "crit", .list([.text("exp")])),
            header("an unencoded payload", "token-crit", "b64", .boolean(false)),
            claims("another audience", "token-aud") { $1["aud"] = .text("somebody-else") },
            claims("no audience", "token-aud") { $1["aud"] = nil },
            claims("an audience in other case", "token-aud") {
                $1["aud"] = .text(ScriptedProvider.client.uppercased())
            },
            claims("several audiences and no azp", "token-azp") {
                $1["aud"] = .list([.text(ScriptedProvider.client), .text("somebody-else")])
            },
            claims("another azp", "token-azp") { $1["azp"] = .text("somebody-else") },
            claims("another issuer", "token-iss") { $1["iss"] = .text("https://evil.example") },
            claims("the issuer with a slash", "token-iss") { $1["iss"] = .text(ScriptedProvider.issuer + "/") },
            claims("no issuer", "token-iss") { $1["iss"] = nil },
            time("expired", "token-exp", "exp", -61),
            claims("no expiry", "token-exp") { $1["exp"] = nil },
            claims("an expiry as text", "token-exp") { $1["exp"] = .text("\($0.now + 300)") },
            claims("an expiry beyond all numbers", "token-exp") { $1["exp"] = .number("1e400") },
            time("issued in the future", "token-iat", "iat", 62),
            time("issued an hour ago", "token-iat", "iat", -3600),
            claims("no time of issue", "token-iat") { $1["iat"] = nil },
            time("not valid yet", "token-nbf", "nbf", 62),
            claims("a hash of another access token", "token-at_hash") {
                $1["at_hash"] = .text("AAAAAAAAAAAAAAAAAAAAAA")
            },
            claims("no subject", "token-sub") { $1["sub"] = nil },
            claims("an empty subject", "token-sub") { $1["sub"] = .text("") },
            claims("a subject that is a number", "token-sub") { $1["sub"] = .number("7") },
            claims("a subject of 300 bytes", "token-sub") { $1["sub"] = .text(String(repeating: "s", count: 300)) },
            token("a changed signature", "token-signature") { $0.dropLast(8) + "AAAAAAAA" },
            token("no signature", "token-signature") {
                withHeader($0, "{\"alg\":\"ES256\",\"kid\":\"k1\"}", signature: "")
            },
            token("a member twice", "token-member-twice") {
                withHeader($0, "{\"alg\":\"ES256\",\"kid\":\"k1\",\"alg\":\"none\"}")
            },
            token("five parts", "token-malformed") { $0 + ".AAAA.AAAA" },
            token("two parts", "token-malformed") { _ in "e30.e30" },
            token("padding", "token-malformed") { $0 + "=" },
            token("spaces", "token-malformed") { " " + $0 },
            token("claims that are a list", "token-malformed") { _ in "eyJhbGciOiJFUzI1NiJ9.W10.AAAA" },
            token("1 MB", "token-too-long") { $0 + String(repeating: "A", count: 1_000_000) },
            token("nothing", "token-malformed") { _ in "" },
        ]

    static let answers: [HostileProvider] = [
        HostileProvider(
            name: "an answer of another issuer", reason: "answer", answer: { $0["iss"] = "https://evil.example" }),
        HostileProvider(
            name: "an answer that doesn't say whose it is", reason: "answer",
            script: { $1.discovery = { $0["authorization_response_iss_parameter_supported"] = .boolean(true) } }),
        HostileProvider(name: "no code", reason: "answer", answer: { $0["code"] = nil }),
        HostileProvider(name: "an empty code", reason: "answer", answer: { $0["code"] = "" }),
        HostileProvider(name: "a code with NUL", reason: "answer", answer: { $0["code"] = "a\u{0}b" }),
        HostileProvider(
            name: "a code of 5000 bytes", reason: "answer", answer: { $0["code"] = String(repeating: "c", count: 5000) }
        ),
        HostileProvider(name: "somebody else's code", reason: "refused", answer: { $0["code"] = "canary-code-999" }),
        HostileProvider(
            name: "an error with markup", reason: "refused",
            answer: {
                $0["error"] = "<script>alert(1)</script>"
                $0["error_description"] = "<img src=x onerror=alert(2)>"
            }),
        HostileProvider(name: "invalid_scope", reason: "refused", answer: { $0["error"] = "invalid_scope" }),
        HostileProvider(
            name: "an error of its own", reason: "unavailable", status: 503,
            answer: { $0["error"] = "temporarily_unavailable" }),
        HostileProvider(
            name: "a refusal", reason: "sign-in.declined", status: 403, answer: { $0["error"] = "access_denied" }),
        HostileProvider(
            name: "a token that is no bearer's", reason: "answer",
            script: { $1.answer = { $0["token_type"] = .text("mac") } }),
        HostileProvider(name: "no ID token", reason: "answer", script: { $1.answer = { $0["id_token"] = nil } }),
        HostileProvider(
            name: "an access token with a line's end", reason: "answer",
            script: { $1.answer = { $0["access_token"] = .text("a\r\nX: y") } }),
        HostileProvider(
            name: "user info about somebody else", reason: "answer",
            script: {
                $1.email = nil
                $1.userInfo = { $0["sub"] = .text("somebody-else") }
            }),
    ]

    static func reply(
        _ name: String, _ path: String, _ reply: ScriptedProvider.Reply, reason: String = "answer", status: Int = 502
    ) -> HostileProvider {
        HostileProvider(name: name, reason: reason, status: status, script: { $1.replies[path] = reply })
    }

    static let replies: [HostileProvider] = [
        reply("a token endpoint out of order", "/token", .status(500, ""), reason: "unavailable", status: 503),
        reply("a token endpoint that leads on", "/token", .status(302, "")),
        reply("a token endpoint with a page", "/token", .status(200, "<html>")),
        reply(
            "an answer that names a member twice", "/token",
            .status(200, "{\"access_token\":\"a\",\"access_token\":\"b\"}")),
        reply("an answer in a list", "/token", .status(200, "[]")),
        reply("a deep answer", "/token", .status(200, String(repeating: "[", count: 10_000))),
        reply(
            "an answer that never comes", "/token", .failure(EgressError(.timeout, "no complete answer in time")),
            reason: "unavailable", status: 503),
        reply("an endless answer", "/token", .failure(EgressError(.tooLarge, "its body has more than 262144 bytes"))),
        reply("no key set", "/jwks", .status(404, "")),
        reply(
            "a key set of MAC keys", "/jwks",
            .status(200, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"k1\"}]}")),
        reply(
            "a key set of 65 keys", "/jwks",
            .status(200, "{\"keys\":[" + Array(repeating: "{\"kty\":\"x\"}", count: 65).joined(separator: ",") + "]}")),
        reply(
            "an RSA key of 1024 bits", "/jwks",
            .status(
                200,
                "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k1\",\"e\":\"AQAB\",\"n\":\"\(Base64URL.text([UInt8](repeating: 0xC5, count: 128)))\"}]}"
            )),
        reply(
            "a point that is on no curve", "/jwks",
            .status(
                200,
                "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k1\",\"x\":\"\(Base64URL.text([UInt8](repeating: 1, count: 32)))\",\"y\":\"\(Base64URL.text([UInt8](repeating: 1, count: 32)))\"}]}"
            )),
        reply("a huge key set", "/jwks", .failure(EgressError(.tooLarge, "its body has more than 262144 bytes"))),
        reply(
            "a key set that is away", "/jwks", .failure(EgressError(.connection, "nobody accepted")),
            reason: "unavailable",
            status: 503),
    ]
}

@Suite("What a provider says")
struct IDTokenTests {
    @Test("is believed with any of three algorithms, with clocks that differ by a minute, and once")
    func works() async throws {
        try await ProviderVisit.with { visit in
            for (number, signing) in ScriptedProvider.Signing.allCases.enumerated() {
                visit.provider.script { script in
                    script.signing = signing
                    script.kid = number == 1 ? nil : "kid-\(number)"
                    script.claims = { claims in
                        claims["aud"] = .list([.text(ScriptedProvider.client)])
                        claims["iat"] = .number("\(visit.provider.now + 55)")
                        claims["exp"] = .number("\(visit.provider.now - 55).5")
                        claims["nbf"] = .number("\(visit.provider.now + 55)")
                        if signing == .eddsa { claims["at_hash"] = nil }
                    }
                }
                visit.fixture.clock.advance(by: .seconds(61))
                let begun = try await visit.signIn()
                #expect(visit.fixture.caller(begun)?.email == "maria@example.com", "\(signing)")
            }
            #expect(try await visit.count("accounts") == 1)
        }
    }

    @Test(
        "is refused, with its reason in the trail and nothing of it on the page",
        arguments: HostileProvider.tokens + HostileProvider.answers + HostileProvider.replies)
    func hostile(_ hostile: HostileProvider) async throws {
        try await ProviderVisit.with { visit in
            visit.provider.script { hostile.script(visit.provider, &$0) }
            let problem = try await visit.problem { _ = try await visit.go { hostile.answer(&$0) } }
            #expect(problem.status == hostile.status, "\(problem)")
            let reason = try await visit.reason()
            #expect(reason == hostile.reason, "\(problem.cause ?? "")")
            #expect(!"\(problem.title)\(problem.detail ?? "")".contains("<"))
            #expect(!(problem.cause ?? "").contains("canary"))
            #expect(try await visit.count("accounts") == 0)
            #expect(try await visit.count("sessions") == 0)
        }
    }

    static let documents: [(String, @Sendable (inout [String: StrictJSON]) -> Void)] = [
        ("another issuer", { $0["issuer"] = .text("https://evil.example") }),
        ("the issuer with a slash", { $0["issuer"] = .text(ScriptedProvider.issuer + "/") }),
        ("no key set", { $0["jwks_uri"] = nil }), ("no token endpoint", { $0["token_endpoint"] = nil }),
        ("no authorization endpoint", { $0["authorization_endpoint"] = nil }),
        ("a token endpoint without TLS", { $0["token_endpoint"] = .text("http://idp.example/token") }),
        ("keys without TLS", { $0["jwks_uri"] = .text("http://idp.example/jwks") }),
        ("an authorization endpoint without TLS", { $0["authorization_endpoint"] = .text("http://idp.example/a") }),
        ("a script for an endpoint", { $0["authorization_endpoint"] = .text("javascript:alert(1)") }),
        ("an endpoint with user info", { $0["token_endpoint"] = .text("https://idp.example@evil.example/token") }),
        ("a token endpoint on this machine", { $0["token_endpoint"] = .text("https://127.0.0.1/token") }),
        ("keys on this machine", { $0["jwks_uri"] = .text("https://localhost/jwks") }),
        ("keys in this network", { $0["jwks_uri"] = .text("https://10.0.0.7/jwks") }),
        ("the metadata of the cloud", { $0["userinfo_endpoint"] = .text("https://169.254.169.254/latest") }),
        ("this machine by IPv6", { $0["token_endpoint"] = .text("https://[::1]/token") }),
        ("this network's router", { $0["authorization_endpoint"] = .text("https://192.168.1.1/reboot") }),
        ("an endpoint that is a list", { $0["token_endpoint"] = .list([.text("https://idp.example/token")]) }),
    ]

    @Test("about itself is checked before anybody is sent there", arguments: documents.indices)
    func discovery(_ index: Int) async throws {
        let (name, change) = Self.documents[index]
        try await ProviderVisit.with { visit in
            visit.provider.script { $0.discovery = change }
            let problem = try await visit.problem { _ = try await visit.go() }
            #expect(problem.reason == "sign-in.provider-failed" && problem.status == 502, "\(name)")
            #expect(try await visit.count("provider_sign_ins") == 0)
        }
    }

    @Test("is asked for once by many at a time, kept, and asked again once a minute for keys that nobody knows")
    func caches() async throws {
        try await ProviderVisit.with { visit in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<32 { group.addTask { _ = try? await visit.go() } }
            }
            func asked(_ path: String) -> Int { visit.provider.calls.count { $0.hasSuffix(path) } }
            #expect(asked("openid-configuration") == 1 && asked("/jwks") == 1)
            // New keys, right after the set was asked for: not yet.
            visit.provider.script { $0.kid = "k2" }
            _ = try await visit.problem { _ = try await visit.go() }
            #expect(asked("/jwks") == 1)
            visit.fixture.clock.advance(by: .seconds(61))
            _ = try await visit.signIn()
            #expect(asked("/jwks") == 2)
            for number in 0..<5 {
                visit.provider.script { $0.header = { $0["kid"] = .text("nobody-\(number)") } }
                _ = try await visit.problem { _ = try await visit.go() }
            }
            #expect(asked("/jwks") == 2)
            visit.fixture.clock.advance(by: .seconds(3601))
            visit.provider.script {
                $0.header = { _ in }
                $0.replies["configuration"] = .failure(EgressError(.timeout, "late"))
            }
            _ = try await visit.signIn()
            #expect(asked("openid-configuration") == 2 && asked("/jwks") == 3, "what is known is used while it is away")
        }
    }

    @Test("that isn't JSON in exactly one way is refused")
    func json() {
        for text in [
            "", "{", "{}x", "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "[1,]", "{,}", "nul", "01x", "0x10", "inf",
            "nan",
            "\"\u{01}\"", "\"\\uD800\"", "{\"a\" 1}", "'a'",
            String(repeating: "[", count: 13) + String(repeating: "]", count: 13),
            "[" + String(repeating: "1,", count: 20_001) + "1]",
        ] {
            #expect(throws: StrictJSON.Refusal.self, "\(text.prefix(30))") { try StrictJSON.parse(Array(text.utf8)) }
        }
        #expect(throws: StrictJSON.Refusal.malformed) { try StrictJSON.parse([0x22, 0xFF, 0x22]) }
        #expect(
            (try? StrictJSON.parse(Array(" {\"a\":[1.5e3,true,null,\"\\uD83D\\uDE00\"]} ".utf8)))
                == .object(["a": .list([.number("1.5e3"), .boolean(true), .null, .text("😀")])]))
    }
}
