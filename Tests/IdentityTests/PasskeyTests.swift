import Crypto
import CryptoExtras
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

/// An authenticator in software, which can also do everything wrong.
struct SoftAuthenticator: Sendable {
    enum Key: Sendable {
        case es256(P256.Signing.PrivateKey)
        case edDSA(Curve25519.Signing.PrivateKey)
        case rs256(_RSA.Signing.PrivateKey)
    }

    static let party = RelyingParty(id: "app.example", origin: "https://app.example")
    let key: Key
    var id: [UInt8] = Array("credential".utf8)
    var flags: UInt8 = 0x05
    var counter: UInt32 = 0
    var host = "app.example"
    var origin = "https://app.example"
    var types = ("webauthn.create", "webauthn.get")
    var isCrossOrigin = false

    static func make(_ algorithm: Int) throws -> SoftAuthenticator {
        switch algorithm {
        case -7: SoftAuthenticator(key: .es256(P256.Signing.PrivateKey()))
        case -8: SoftAuthenticator(key: .edDSA(Curve25519.Signing.PrivateKey()))
        default: SoftAuthenticator(key: .rs256(try _RSA.Signing.PrivateKey(keySize: .bits2048)))
        }
    }

    private static func head(_ kind: UInt8, _ count: Int) -> [UInt8] {
        count < 24
            ? [kind << 5 | UInt8(count)]
            : count < 256 ? [kind << 5 | 24, UInt8(count)] : [kind << 5 | 25, UInt8(count >> 8), UInt8(count & 0xFF)]
    }
    static func bytes(_ value: [UInt8]) -> [UInt8] { head(2, value.count) + value }
    static func text(_ value: String) -> [UInt8] { head(3, value.utf8.count) + Array(value.utf8) }

    var cose: [UInt8] {
        switch key {
        case .es256(let key):
            let point = Array(key.publicKey.rawRepresentation)
            return [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21] + Self.bytes(Array(point.prefix(32))) + [0x22]
                + Self.bytes(Array(point.suffix(32)))
        case .edDSA(let key):
            return [0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21] + Self.bytes(Array(key.publicKey.rawRepresentation))
        case .rs256(let key):
            let parts = try? key.publicKey.getKeyPrimitives()
            return [0xA4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20] + Self.bytes(Array(parts?.modulus ?? Data())) + [
                0x21
            ]
                + Self.bytes(Array(parts?.publicExponent ?? Data()))
        }
    }

    private func sign(_ message: [UInt8]) throws -> [UInt8] {
        switch key {
        case .es256(let key): Array(try key.signature(for: message).derRepresentation)
        case .edDSA(let key): Array(try key.signature(for: message))
        case .rs256(let key): Array(try key.signature(for: message, padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    }

    private func data(_ attested: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: Array(host.utf8))) + [flags | (attested.isEmpty ? 0 : 0x40)]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: counter >> $0) } + attested
    }

    private func client(_ type: String, _ challenge: String) -> [UInt8] {
        Array(
            "{\"type\":\"\(type)\",\"challenge\":\"\(challenge)\",\"origin\":\"\(origin)\",\"crossOrigin\":\(isCrossOrigin)}"
                .utf8)
    }

    func registration(_ challenge: String) -> (clientData: String, attestation: String) {
        let attested = [UInt8](repeating: 0, count: 16) + [UInt8(id.count >> 8), UInt8(id.count & 0xFF)] + id + cose
        let object =
            [0xA3] + Self.text("fmt") + Self.text("none") + Self.text("attStmt") + [0xA0] + Self.text("authData")
            + Self.bytes(data(attested))
        return (Base64URL.text(client(types.0, challenge)), Base64URL.text(object))
    }

    func assertion(_ challenge: String, user: String = "") throws -> IdentityFlows.PasskeyAnswer {
        let (data, client) = (data([]), client(types.1, challenge))
        return IdentityFlows.PasskeyAnswer(
            credential: Base64URL.text(id), clientData: Base64URL.text(client), authenticatorData: Base64URL.text(data),
            signature: Base64URL.text(try sign(data + Array(SHA256.hash(data: client)))),
            userHandle: Base64URL.text(Array(user.utf8)))
    }
}

@Suite("Passkeys")
struct PasskeyTests {
    typealias Change = @Sendable (inout SoftAuthenticator) -> Void

    private static func add(
        _ fixture: IdentityFixture, _ key: SoftAuthenticator, _ caller: SignedIn, name: String = "my key"
    ) async throws -> IdentityFlows.Begun {
        let made = key.registration(try await fixture.flows.offerPasskey(by: caller).challenge.reveal())
        return try await fixture.flows.addPasskey(
            name: name, clientData: made.clientData, attestation: made.attestation, for: SoftAuthenticator.party,
            by: caller, from: IdentityFixture.client())
    }

    private static func signIn(_ fixture: IdentityFixture, _ key: SoftAuthenticator) async throws -> IdentityFlows.Begun
    {
        let answer = try key.assertion(try await fixture.flows.offerPasskeySignIn().reveal())
        return try await fixture.flows.signIn(
            passkey: answer, for: SoftAuthenticator.party, from: IdentityFixture.client(7))
    }

    @Test("sign in by two factors at once, with each algorithm", arguments: DatabaseEngine.allCases, [-7, -8, -257])
    func works(engine: DatabaseEngine, algorithm: Int) async throws {
        try await IdentityFixture.with(engine, requiredFor: ["person"]) { fixture in
            let person = try await fixture.person("owner@example.com")
            let caller = try #require(fixture.anyCaller(person))
            let key = try SoftAuthenticator.make(algorithm)
            let anew = try await Self.add(fixture, key, caller)
            #expect(fixture.caller(anew)?.secondFactorAt != nil && fixture.anyCaller(person) == nil)
            let begun = try await Self.signIn(fixture, key)
            #expect(fixture.caller(begun)?.email == "owner@example.com")
            let known = try await fixture.flows.passkeys(of: try #require(fixture.caller(begun)))
            #expect(known.map(\.name) == ["my key"] && known[0].usedAt != nil)
            let proven = try await fixture.flows.stepUp(
                password: IdentityFixture.password, code: nil, by: try #require(fixture.caller(begun)),
                from: IdentityFixture.client())
            #expect(fixture.caller(proven)?.secondFactorAt != nil, "a step-up takes nothing away")
            #expect(fixture.mailer.mails.contains { $0.template == .accountChanged })
        }
    }

    private static let wrongs: [(name: String, change: Change)] = [
        ("another site's origin", { $0.origin = "https://app.example.evil" }),
        ("plain HTTP", { $0.origin = "http://app.example" }),
        ("another host", { $0.host = "evil.example" }), ("nobody there", { $0.flags = 0x04 }),
        ("nobody verified", { $0.flags = 0x01 }), ("another page's frame", { $0.isCrossOrigin = true }),
        ("the other ceremony", { $0.types = ($0.types.1, $0.types.0) }),
        ("backed up without being eligible", { $0.flags = 0x15 }),
        ("a quotation mark in the origin", { $0.origin = "https://app.example\\\"" }),
    ]

    @Test("are refused whatever is wrong, with one answer", arguments: wrongs.map(\.name))
    func wrong(name: String) async throws {
        let change = try #require(Self.wrongs.first { $0.name == name }).change
        try await IdentityFixture.with { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let good = try SoftAuthenticator.make(-7)
            var bad = good
            change(&bad)
            let made = await fixture.refusal { _ = try await Self.add(fixture, bad, caller) }
            #expect(made == "passkey.failed")
            _ = try await Self.add(fixture, good, caller)
            let used = await fixture.refusal { _ = try await Self.signIn(fixture, bad) }
            #expect(used == "passkey.failed")
            _ = try await Self.signIn(fixture, good)
        }
    }

    @Test("another key's signature, another challenge, another account and an unknown passkey get the same answer")
    func forged() async throws {
        try await IdentityFixture.with { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let good = try SoftAuthenticator.make(-7)
            _ = try await Self.add(fixture, good, caller)
            let forged = await fixture.refusal { _ = try await Self.signIn(fixture, try SoftAuthenticator.make(-7)) }
            var unknown = good
            unknown.id = Array("other".utf8)
            let nobody = await fixture.refusal { _ = try await Self.signIn(fixture, unknown) }
            #expect(forged == "passkey.failed" && nobody == "passkey.failed")
            let challenge = try await fixture.flows.offerPasskeySignIn().reveal()
            func answer(_ answer: IdentityFlows.PasskeyAnswer) async -> String? {
                await fixture.refusal {
                    _ = try await fixture.flows.signIn(
                        passkey: answer, for: SoftAuthenticator.party, from: IdentityFixture.client())
                }
            }
            #expect(
                await answer(try good.assertion(Base64URL.text([UInt8](repeating: 1, count: 32)))) == "passkey.failed")
            #expect(await answer(try good.assertion(challenge, user: "somebody else")) == "passkey.failed")
            #expect(await answer(try good.assertion(challenge)) == "passkey.failed", "the challenge is used up")
            let late = try await fixture.flows.offerPasskeySignIn().reveal()
            fixture.clock.advance(by: .seconds(300))
            #expect(await answer(try good.assertion(late)) == "passkey.failed")
            // One that was handed out to make a passkey with signs nobody in.
            let begun = try await Self.signIn(fixture, good)
            let offer = try await fixture.flows.offerPasskey(by: try #require(fixture.caller(begun))).challenge.reveal()
            #expect(await answer(try good.assertion(offer)) == "passkey.failed")
            try await fixture.administration.disable("owner@example.com", reason: "test")
            #expect(await fixture.refusal { _ = try await Self.signIn(fixture, good) } == "passkey.failed")
        }
    }

    @Test(
        "fields of any other form are wrong, not a failure",
        arguments: [
            "", "A", "====", "\u{0}", "\u{202E}", "AAAA", String(repeating: "A", count: 60_000),
        ])
    func hostile(text: String) async throws {
        try await IdentityFixture.with { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let good = try SoftAuthenticator.make(-7)
            let right = try good.assertion(try await fixture.flows.offerPasskeySignIn().reveal())
            let fields: [WritableKeyPath<IdentityFlows.PasskeyAnswer, String>] = [
                \.credential, \.clientData, \.authenticatorData, \.signature, \.userHandle,
            ]
            for field in fields {
                var answer = right
                answer[keyPath: field] = text
                let refusal = await fixture.refusal {
                    _ = try await fixture.flows.signIn(
                        passkey: answer, for: SoftAuthenticator.party, from: IdentityFixture.client())
                }
                #expect(refusal == "passkey.failed")
            }
            let made = good.registration(try await fixture.flows.offerPasskey(by: caller).challenge.reveal())
            for (client, attestation) in [(text, made.attestation), (made.clientData, text)] {
                let refusal = await fixture.refusal {
                    _ = try await fixture.flows.addPasskey(
                        name: "a", clientData: client, attestation: attestation, for: SoftAuthenticator.party,
                        by: caller,
                        from: IdentityFixture.client())
                }
                #expect(refusal == "passkey.failed")
            }
            for name in ["", " ", "a\u{0}", "\u{202E}a", String(repeating: "a", count: 61)] {
                let refusal = await fixture.refusal { _ = try await Self.add(fixture, good, caller, name: name) }
                #expect(refusal == "identity.input")
            }
        }
    }

    @Test("a counter that doesn't grow is refused: somebody has a copy")
    func counter() async throws {
        try await IdentityFixture.with { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            var key = try SoftAuthenticator.make(-7)
            key.counter = 5
            _ = try await Self.add(fixture, key, caller)
            for (counter, refusal) in [
                (5, "passkey.failed"), (6, nil), (6, "passkey.failed"), (0, "passkey.failed"), (UInt32.max, nil),
            ]
                as [(UInt32, String?)]
            {
                key.counter = counter
                do {
                    let seen = await fixture.refusal { [key] in _ = try await Self.signIn(fixture, key) }
                    #expect(seen == refusal, "\(counter)")
                }
            }
        }
    }

    @Test(
        "of 32 at a time with one answer exactly one signs in, and with one challenge exactly one makes a passkey",
        arguments: DatabaseEngine.allCases)
    func race(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let key = try SoftAuthenticator.make(-7)
            let made = key.registration(try await fixture.flows.offerPasskey(by: caller).challenge.reveal())
            let clients = (0..<32).map { IdentityFixture.client(UInt32($0)) }
            let added = await fixture.successes(clients) {
                _ = try await fixture.flows.addPasskey(
                    name: "a", clientData: made.clientData, attestation: made.attestation, for: SoftAuthenticator.party,
                    by: caller, from: $0)
            }
            let answer = try key.assertion(try await fixture.flows.offerPasskeySignIn().reveal())
            let signedIn = await fixture.successes(clients) {
                _ = try await fixture.flows.signIn(passkey: answer, for: SoftAuthenticator.party, from: $0)
            }
            #expect(added == 1 && signedIn == 1)
        }
    }

    @Test("one that is removed signs nobody in; the account's deletion takes all; nobody has more than twenty")
    func removal() async throws {
        try await IdentityFixture.with { fixture in
            var caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            var keys: [SoftAuthenticator] = []
            for number in 0..<20 {
                var key = try SoftAuthenticator.make(-8)
                key.id = Array("key \(number)".utf8)
                keys.append(key)
                caller = try #require(fixture.caller(try await Self.add(fixture, key, caller)))
            }
            do {
                let seen = await fixture.refusal { [caller] in _ = try await fixture.flows.offerPasskey(by: caller) }
                #expect(seen == "passkey.too-many")
            }
            try await fixture.flows.removePasskey(
                Base64URL.text(keys[0].id), by: caller, from: IdentityFixture.client())
            do {
                let seen = await fixture.refusal { [keys] in _ = try await Self.signIn(fixture, keys[0]) }
                #expect(seen == "passkey.failed")
            }
            for id in [Base64URL.text(keys[0].id), "", "\u{0}", String(repeating: "a", count: 1_000_000)] {
                let refusal = await fixture.refusal { [caller] in
                    try await fixture.flows.removePasskey(id, by: caller, from: IdentityFixture.client())
                }
                #expect(refusal == "passkey.unknown")
            }
            let other = try #require(fixture.caller(try await fixture.person("other@example.com")))
            let taken = await fixture.refusal { [keys] in _ = try await Self.add(fixture, keys[1], other) }
            #expect(taken == "passkey.failed", "somebody else's")
            try await fixture.flows.deleteAccount(confirmation: "owner@example.com", by: caller)
            let left = try await fixture.database.read("test") { db in
                try db.value("SELECT count(*) FROM passkeys", as: Int.self)
            }
            #expect(left == 0)
        }
    }

    @Test(
        "keys of another kind, curve or size aren't taken",
        arguments: [
            [0xA0], [0xF6], [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x02, 0x21, 0x40, 0x22, 0x40],
            [0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x04, 0x21, 0x40],
            [0xA4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x41, 0x01, 0x21, 0x41, 0x03],
            [0xA2, 0x01, 0x02, 0x03, 0x38, 0x22],
        ] as [[UInt8]])
    func keys(bytes: [UInt8]) throws {
        #expect(PasskeyKey(cose: try CBORReader.value(of: bytes)) == nil)
        // A point that is on no curve.
        let off =
            [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21] + SoftAuthenticator.bytes([UInt8](repeating: 1, count: 32))
            + [0x22] + SoftAuthenticator.bytes([UInt8](repeating: 1, count: 32))
        #expect(PasskeyKey(cose: try CBORReader.value(of: off)) == nil)
    }
}
