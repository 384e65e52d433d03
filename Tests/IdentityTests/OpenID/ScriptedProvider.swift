import Crypto
import CryptoExtras
import Foundation
import Kernel
import Synchronization
import TestKit

@testable import Egress
@testable import Identity

/// An OpenID provider without a network, that does the right thing until a test tells it to do something else.
final class ScriptedProvider: EgressCalling {
    static let issuer = "https://idp.example"
    static let client = "seaworthy-client"
    static let clientSecret = "canary-client-secret-0815"

    enum Signing: String, Sendable, CaseIterable {
        case rs256 = "RS256"
        case es256 = "ES256"
        case eddsa = "EdDSA"
    }

    struct Script: Sendable {
        var signing = Signing.es256
        var kid: String? = "k1"
        var claims: @Sendable (inout [String: StrictJSON]) -> Void = { _ in }
        var header: @Sendable (inout [String: StrictJSON]) -> Void = { _ in }
        /// The whole token, as the last word.
        var token: @Sendable (String) -> String = { $0 }
        var discovery: @Sendable (inout [String: StrictJSON]) -> Void = { _ in }
        var answer: @Sendable (inout [String: StrictJSON]) -> Void = { _ in }
        var userInfo: @Sendable (inout [String: StrictJSON]) -> Void = { _ in }
        /// Instead of the answer, by the end of a path.
        var replies: [String: Reply] = [:]
        var subject = "subject-1"
        var email: String? = "maria@example.com"
        var isVerified: StrictJSON = .boolean(true)
    }

    enum Reply: Sendable {
        case status(Int, String)
        case failure(EgressError)
    }

    private struct Grant: Sendable {
        var nonce: String
        var challenge: String
        var redirect: String
    }
    private struct State: Sendable {
        var script = Script()
        var grants: [String: Grant] = [:]
        var calls: [String] = []
        var bodies: [String] = []
        var count = 0
    }
    private let state: Mutex<State>
    let clock: ManualClock
    private static let rsa = try? _RSA.Signing.PrivateKey(keySize: .bits2048)
    private let p256 = P256.Signing.PrivateKey()
    private let ed25519 = Curve25519.Signing.PrivateKey()

    init(_ clock: ManualClock, _ change: (inout Script) -> Void = { _ in }) {
        var state = State()
        change(&state.script)
        self.state = Mutex(state)
        self.clock = clock
    }

    func script(_ change: (inout Script) -> Void) { state.withLock { change(&$0.script) } }
    /// Paths that were asked for.
    var calls: [String] { state.withLock { $0.calls } }
    var bodies: [String] { state.withLock { $0.bodies } }
    var now: Int64 { clock.now().nanosecondsSinceEpoch / 1_000_000_000 }

    // MARK: The person's browser

    static func query(_ location: String) -> [String: String] {
        let items = URLComponents(string: location)?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 })
    }

    /// What the provider sends the browser back with.
    func authorize(_ location: String) -> [String: String] {
        let query = ScriptedProvider.query(location)
        return state.withLock { state in
            state.count += 1
            let code = "canary-code-\(state.count)"
            state.grants[code] = Grant(
                nonce: query["nonce"] ?? "", challenge: query["code_challenge"] ?? "",
                redirect: query["redirect_uri"] ?? "")
            return ["code": code, "state": query["state"] ?? ""]
        }
    }

    // MARK: The server

    func send(_ request: EgressRequest) async throws(EgressError) -> EgressResponse {
        let path = String(request.url.dropFirst(Self.issuer.count))
        let script = state.withLock { state in
            state.calls.append(path)
            state.bodies.append(String(decoding: request.body, as: UTF8.self))
            return state.script
        }
        if let reply = script.replies.first(where: { path.hasSuffix($0.key) })?.value {
            switch reply {
            case .failure(let error): throw error
            case .status(let status, let body): return Self.response(status, body)
            }
        }
        switch path {
        case "/.well-known/openid-configuration": return Self.response(200, discovery(script))
        case "/jwks": return Self.response(200, keySet(script))
        case "/token": return token(request, script)
        case "/userinfo":
            var claims: [String: StrictJSON] = ["sub": .text(script.subject)]
            if let email = script.email { claims["email"] = .text(email) }
            claims["email_verified"] = script.isVerified
            script.userInfo(&claims)
            return Self.response(200, Self.text(.object(claims)))
        case "/user":
            var claims: [String: StrictJSON] = ["id": .number("583231"), "login": .text("maria")]
            script.userInfo(&claims)
            return Self.response(200, Self.text(.object(claims)))
        case "/user/emails":
            return Self.response(
                200,
                """
                [{"email":"other@example.com","primary":false,"verified":true},
                 {"email":"\(script.email ?? "")","primary":true,"verified":\(Self.text(script.isVerified))}]
                """)
        default: return Self.response(404, "{}")
        }
    }

    private static func response(_ status: Int, _ body: String) -> EgressResponse {
        EgressResponse(
            status: status, headers: [("content-type", "application/json")], body: Array(body.utf8),
            address: IPAddress(v4: 0x0808_0808))
    }

    private func discovery(_ script: Script) -> String {
        var document: [String: StrictJSON] = [
            "issuer": .text(Self.issuer), "authorization_endpoint": .text(Self.issuer + "/authorize?kind=a"),
            "token_endpoint": .text(Self.issuer + "/token"), "jwks_uri": .text(Self.issuer + "/jwks"),
            "userinfo_endpoint": .text(Self.issuer + "/userinfo"),
        ]
        script.discovery(&document)
        return Self.text(.object(document))
    }

    private func keySet(_ script: Script) -> String {
        var key: [String: StrictJSON] = ["use": .text("sig"), "alg": .text(script.signing.rawValue)]
        if let kid = script.kid { key["kid"] = .text(kid) }
        switch script.signing {
        case .rs256:
            guard let parts = try? Self.rsa?.publicKey.getKeyPrimitives() else { return "{}" }
            key["kty"] = .text("RSA")
            key["n"] = .text(Base64URL.text(parts.modulus))
            key["e"] = .text(Base64URL.text(parts.publicExponent))
        case .es256:
            let point = Array(p256.publicKey.x963Representation.dropFirst())
            key["kty"] = .text("EC")
            key["crv"] = .text("P-256")
            key["x"] = .text(Base64URL.text(point.prefix(32)))
            key["y"] = .text(Base64URL.text(point.suffix(32)))
        case .eddsa:
            key["kty"] = .text("OKP")
            key["crv"] = .text("Ed25519")
            key["x"] = .text(Base64URL.text(ed25519.publicKey.rawRepresentation))
        }
        return Self.text(.object(["keys": .list([.object(["kty": .text("unknown")]), .object(key)])]))
    }

    private func token(_ request: EgressRequest, _ script: Script) -> EgressResponse {
        let form = Self.query("https://x/?" + String(decoding: request.body, as: UTF8.self))
        let basic = request.headers.first { $0.name == "Authorization" }?.value
        let wanted = "Basic " + Data("\(Self.client):\(Self.clientSecret)".utf8).base64EncodedString()
        guard basic == wanted || form["client_secret"] == Self.clientSecret else {
            return Self.response(401, "{\"error\":\"invalid_client\"}")
        }
        let grant = state.withLock { $0.grants.removeValue(forKey: form["code"] ?? "") }
        guard let grant, grant.redirect == form["redirect_uri"],
            Base64URL.text(SHA256.hash(data: Array((form["code_verifier"] ?? "").utf8))) == grant.challenge
        else { return Self.response(400, "{\"error\":\"invalid_grant\"}") }
        let access = "canary-access-token"
        var claims: [String: StrictJSON] = [
            "iss": .text(Self.issuer), "aud": .text(Self.client), "sub": .text(script.subject),
            "nonce": .text(grant.nonce), "iat": .number("\(now)"), "exp": .number("\(now + 300)"),
            "at_hash": .text(Base64URL.text(Array(SHA256.hash(data: Array(access.utf8))).prefix(16))),
            "email_verified": script.isVerified,
        ]
        if let email = script.email { claims["email"] = .text(email) }
        script.claims(&claims)
        var answer: [String: StrictJSON] = [
            "access_token": .text(access), "token_type": .text("Bearer"), "expires_in": .number("300"),
            "id_token": .text(script.token(signed(claims, script))),
        ]
        script.answer(&answer)
        return Self.response(200, Self.text(.object(answer)))
    }

    func signed(_ claims: [String: StrictJSON], _ script: Script) -> String {
        var header: [String: StrictJSON] = ["alg": .text(script.signing.rawValue), "typ": .text("JWT")]
        if let kid = script.kid { header["kid"] = .text(kid) }
        script.header(&header)
        let text =
            Base64URL.text(Self.text(.object(header)).utf8) + "." + Base64URL.text(Self.text(.object(claims)).utf8)
        return text + "." + Base64URL.text(signature(Array(text.utf8), script.signing))
    }

    private func signature(_ bytes: [UInt8], _ signing: Signing) -> [UInt8] {
        switch signing {
        case .rs256:
            return (try? Self.rsa?.signature(for: Data(bytes), padding: .insecurePKCS1v1_5)).map {
                Array($0.rawRepresentation)
            } ?? []
        case .es256: return (try? p256.signature(for: bytes)).map { Array($0.rawRepresentation) } ?? []
        case .eddsa: return (try? ed25519.signature(for: bytes)).map { Array($0) } ?? []
        }
    }

    /// The bytes that an attacker would use as the key of a MAC.
    var publicKeyBytes: [UInt8] { Array(p256.publicKey.derRepresentation) }

    static func text(_ value: StrictJSON) -> String {
        switch value {
        case .null: return "null"
        case .boolean(let value): return "\(value)"
        case .number(let text): return text
        case .text(let text):
            var bytes: [UInt8] = []
            JSONText.escape(text, into: &bytes)
            return "\"" + String(decoding: bytes, as: UTF8.self) + "\""
        case .list(let items): return "[" + items.map(text).joined(separator: ",") + "]"
        case .object(let members):
            return "{"
                + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\(text($0.value))" }
                .joined(separator: ",") + "}"
        }
    }
}
