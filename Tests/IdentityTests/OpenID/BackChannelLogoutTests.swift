import Kernel
import Store
import TestKit
import Testing

@testable import Egress
@testable import Identity

@Suite("Sessions that a provider ends", .serialized)
struct BackChannelLogoutTests {
    typealias Claims = [String: StrictJSON]

    /// A logout token of the provider, which a test may spoil.
    private static func token(
        _ visit: ProviderVisit, _ id: String, subject: String? = nil, session: String? = nil,
        header: @escaping @Sendable (inout Claims) -> Void = { _ in }, _ spoil: (inout Claims) -> Void = { _ in }
    ) -> String {
        var script = ScriptedProvider.Script()
        script.header = {
            $0["typ"] = .text("logout+jwt")
            header(&$0)
        }
        let now = visit.provider.now
        var claims: Claims = [
            "iss": .text(ScriptedProvider.issuer), "aud": .text(ScriptedProvider.client), "jti": .text(id),
            "iat": .number("\(now)"), "exp": .number("\(now + 120)"),
            "events": .object([LogoutToken.event: .object([:])]),
        ]
        if let subject { claims["sub"] = .text(subject) }
        if let session { claims["sid"] = .text(session) }
        spoil(&claims)
        return visit.provider.signed(claims, script)
    }

    /// Signs in at the provider, which calls the session so.
    private static func signIn(
        _ visit: ProviderVisit, _ session: String?, subject: String = "subject-1", email: String = "maria@example.com"
    ) async throws -> IdentityFlows.Begun {
        visit.provider.script { script in
            (script.subject, script.email) = (subject, email)
            script.claims = { if let session { $0["sid"] = .text(session) } }
        }
        return try await visit.signIn()
    }

    @Test("are those of its session, or all of somebody's, and nobody else's", arguments: DatabaseEngine.allCases)
    func exact(engine: DatabaseEngine) async throws {
        try await ProviderVisit.with(engine) { (visit: ProviderVisit) async throws -> Void in
            let fixture = visit.fixture
            let first = try await Self.signIn(visit, "s1")
            let second = try await Self.signIn(visit, "s2")
            let third = try await Self.signIn(visit, "s3")
            let unnamed = try await Self.signIn(visit, nil, subject: "subject-2", email: "other@example.com")
            let named = try await Self.signIn(visit, "s4", subject: "subject-2", email: "other@example.com")
            func alive() -> [Bool] {
                [first, second, third, unnamed, named].map { fixture.caller($0) != nil }
            }
            let flows = visit.flows
            // Another one's session under this subject is nobody's.
            #expect(
                try await flows.endByProvider("idp", token: Self.token(visit, "0", subject: "subject-1", session: "s4"))
                    == 0
            )
            #expect(alive() == [true, true, true, true, true])
            #expect(try await flows.endByProvider("idp", token: Self.token(visit, "1", session: "s1")) == 1)
            #expect(alive() == [false, true, true, true, true])
            #expect(try await flows.endByProvider("idp", token: Self.token(visit, "2", subject: "subject-1")) == 2)
            #expect(alive() == [false, false, false, true, true])
            // One that came without a name may be the one that is over.
            let both = Self.token(visit, "3", subject: "subject-2", session: "s4")
            #expect(try await flows.endByProvider("idp", token: both) == 2)
            #expect(alive() == [false, false, false, false, false])
            #expect(try await visit.count("provider_sessions") == 0)
            let kinds = try await fixture.events()
            #expect(kinds.count { $0 == "session.revoked" } == 3)
        }
    }

    @Test(
        "go with what went on from them: a second factor that was set up, a step-up, a sign-in that waits for its code")
    func onward() async throws {
        try await ProviderVisit.with { (visit: ProviderVisit) async throws -> Void in
            let fixture = visit.fixture
            let first = try await Self.signIn(visit, "s1")
            let (guarded, secret, _) = try await fixture.guarded(first)
            #expect(fixture.caller(guarded) != nil && fixture.caller(first) == nil)
            #expect(try await visit.flows.endByProvider("idp", token: Self.token(visit, "1", session: "s1")) == 1)
            #expect(fixture.caller(guarded) == nil)
            fixture.clock.advance(by: .seconds(60))
            for (session, ends) in [("s2", false), ("s3", true)] {
                visit.provider.script { $0.claims = { $0["sid"] = .text(session) } }
                guard case .signedIn(.secondFactor(let step), _) = try await visit.go() else {
                    throw IdentityFixture.HalfDone()
                }
                if ends {
                    #expect(
                        try await visit.flows.endByProvider("idp", token: Self.token(visit, session, session: session))
                            == 0)
                }
                let code = try fixture.code(secret)
                let refusal = await fixture.refusal {
                    _ = try await visit.flows.finishSignIn(step, code: code, from: IdentityFixture.client())
                }
                #expect(refusal == (ends ? "second-factor.expired" : nil))
                fixture.clock.advance(by: .seconds(60))
            }
            #expect(try await visit.flows.endByProvider("idp", token: Self.token(visit, "4", session: "s2")) == 1)
            #expect(try await visit.count("sessions") == 0)
        }
    }

    @Test("aren't ended by one token twice: of 32 at a time one counts", arguments: DatabaseEngine.allCases)
    func once(engine: DatabaseEngine) async throws {
        try await ProviderVisit.with(engine) { (visit: ProviderVisit) async throws -> Void in
            _ = try await Self.signIn(visit, "s1")
            let token = Self.token(visit, "1", subject: "subject-1")
            let flows = visit.flows
            let done = await visit.fixture.successes((0..<32).map { IdentityFixture.client(UInt32($0)) }) { _ in
                _ = try await flows.endByProvider("idp", token: token)
            }
            #expect(done == 1)
            // A later session isn't ended by what was said of an earlier one.
            let later = try await Self.signIn(visit, "s1")
            #expect(await refused(visit, token) && visit.fixture.caller(later) != nil)
            visit.fixture.clock.advance(by: .seconds(1000))
            #expect(await refused(visit, token), "too old by then")
            let upkeep = IdentityUpkeep(
                database: visit.fixture.database, clock: visit.fixture.clock, settings: visit.flows.settings)
            try await upkeep.sweep()
            #expect(try await visit.count("provider_logouts") == 0)
            #expect(try await visit.count("provider_sessions") == 1)
        }
    }

    private func refused(_ visit: ProviderVisit, _ token: String) async -> Bool {
        await visit.fixture.refusal { _ = try await visit.flows.endByProvider("idp", token: token) }
            == "sign-in.logout-token"
    }

    private static let spoiled: [(name: String, spoil: @Sendable (inout Claims) -> Void)] = [
        ("another issuer", { $0["iss"] = .text("https://evil.example") }), ("no issuer", { $0["iss"] = nil }),
        ("another audience", { $0["aud"] = .text("somebody") }), ("no audience", { $0["aud"] = nil }),
        ("several audiences", { $0["aud"] = .list([.text(ScriptedProvider.client), .text("other")]) }),
        ("expired", { $0["exp"] = .number("1") }), ("no end", { $0["exp"] = nil }),
        ("an old one", { $0["iat"] = .number("1000") }), ("one of tomorrow", { $0["iat"] = .number("99999999999") }),
        ("no beginning", { $0["iat"] = nil }), ("a nonce", { $0["nonce"] = .text("n") }),
        ("an empty nonce", { $0["nonce"] = .null }), ("no events", { $0["events"] = nil }),
        ("events that are a text", { $0["events"] = .text(LogoutToken.event) }),
        ("another event", { $0["events"] = .object(["https://x.example/event": .object([:])]) }),
        ("an event that is no object", { $0["events"] = .object([LogoutToken.event: .boolean(true)]) }),
        ("neither subject nor session", { ($0["sub"], $0["sid"]) = (nil, nil) }),
        ("a subject that is a number", { $0["sub"] = .number("1") }), ("an empty session", { $0["sid"] = .text("") }),
        ("a long session", { $0["sid"] = .text(String(repeating: "s", count: 256)) }),
        ("a session with NUL", { $0["sid"] = .text("s\u{0}1") }),
        ("no id", { $0["jti"] = nil }), ("an id that is a list", { $0["jti"] = .list([.text("1")]) }),
    ]

    @Test("aren't ended by a token of which one claim is wrong", arguments: spoiled.map(\.name))
    func claims(name: String) async throws {
        let spoil = try #require(Self.spoiled.first { $0.name == name }).spoil
        try await ProviderVisit.with { (visit: ProviderVisit) async throws -> Void in
            let begun = try await Self.signIn(visit, "s1")
            let token = Self.token(visit, "1", subject: "subject-1", session: "s1", spoil)
            #expect(await refused(visit, token))
            #expect(visit.fixture.caller(begun) != nil)
            let sound = Self.token(visit, "1", subject: "subject-1", session: "s1")
            #expect(try await visit.flows.endByProvider("idp", token: sound) == 1, "the id isn't used up by it")
        }
    }

    @Test("aren't ended by a token of another kind, another key, or no provider's")
    func forged() async throws {
        try await ProviderVisit.with { (visit: ProviderVisit) async throws -> Void in
            let begun = try await Self.signIn(visit, "s1")
            let headers: [@Sendable (inout Claims) -> Void] = [
                { $0["typ"] = .text("JWT") }, { $0["typ"] = nil }, { $0["typ"] = .text("at+jwt") },
                { $0["typ"] = .list([.text("logout+jwt")]) }, { $0["alg"] = .text("none") },
                { $0["alg"] = .text("HS256") }, { $0["alg"] = .text("RS256") }, { $0["kid"] = .text("k2") },
                { $0["crit"] = .list([.text("b64")]) },
            ]
            for header in headers {
                #expect(await refused(visit, Self.token(visit, "1", session: "s1", header: header)))
            }
            let other = ScriptedProvider(visit.fixture.clock)
            let stranger = ProviderVisit(fixture: visit.fixture, provider: other)
            let sound = Self.token(visit, "1", session: "s1")
            let parts = sound.split(separator: ".").map(String.init)
            for token in [
                Self.token(stranger, "1", session: "s1"), "", ".", "..", "a.b.c", parts[0] + "." + parts[1] + ".",
                sound + "." + parts[1] + "." + parts[2], String(repeating: "a", count: 70_000), "\u{0}", "\u{202E}",
            ] { #expect(await refused(visit, token)) }
            // An ID token is none.
            visit.provider.script { $0.token = { "\($0)" } }
            let identity = visit.provider.signed(
                [
                    "iss": .text(ScriptedProvider.issuer), "aud": .text(ScriptedProvider.client),
                    "sub": .text("subject-1"), "sid": .text("s1"), "nonce": .text("n"), "jti": .text("9"),
                    "iat": .number("\(visit.provider.now)"), "exp": .number("\(visit.provider.now + 60)"),
                ], ScriptedProvider.Script())
            #expect(await refused(visit, identity))
            for name in ["nobody", "hub", ""] {
                let refusal = await visit.fixture.refusal {
                    _ = try await visit.flows.endByProvider(name, token: sound)
                }
                #expect(refusal == "own.not-found", "\(name)")
            }
            // Whoever sends what isn't even addressed to us makes us ask nobody.
            let calls = visit.provider.calls.count
            let astray = Self.token(
                visit, "1", session: "s1", header: { _ in }, { $0["iss"] = .text("https://x.example") })
            #expect(await refused(visit, astray))
            #expect(visit.provider.calls.count == calls)
            #expect(visit.fixture.caller(begun) != nil)
        }
    }

    @Test("stay while the provider's keys can't be asked for, and a made-up key is asked for once a minute")
    func away() async throws {
        try await ProviderVisit.with { (visit: ProviderVisit) async throws -> Void in
            let begun = try await Self.signIn(visit, "s1")
            let made: @Sendable (inout Claims) -> Void = { $0["kid"] = .text("made-up") }
            for number in 0..<8 {
                #expect(await refused(visit, Self.token(visit, "\(number)", session: "s1", header: made)))
            }
            #expect(visit.provider.calls.count { $0 == "/jwks" } <= 2)
            visit.fixture.clock.advance(by: .seconds(100_000))
            let late = try await Self.signIn(visit, "s2")
            visit.provider.script {
                $0.replies = ["/jwks": .status(500, ""), "/openid-configuration": .status(500, "")]
            }
            visit.fixture.clock.advance(by: .seconds(100_000))
            #expect(await refused(visit, Self.token(visit, "20", session: "s2")))
            visit.provider.script { $0.replies = [:] }
            visit.fixture.clock.advance(by: .seconds(120))
            #expect(try await visit.flows.endByProvider("idp", token: Self.token(visit, "21", session: "s2")) == 1)
            _ = (begun, late)
        }
    }
}
