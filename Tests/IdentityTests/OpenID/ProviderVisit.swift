import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Egress
@testable import Identity

extension SignInProvider {
    static func scripted(
        _ name: String = "idp", takesUnknown: Bool = true, linksByAddress: Bool = true, secret: Bool = true
    ) -> SignInProvider {
        SignInProvider(
            name: name, title: "The Provider", kind: .openID(issuer: ScriptedProvider.issuer),
            clientID: ScriptedProvider.client, clientSecret: secret ? Secret(ScriptedProvider.clientSecret) : nil,
            scopes: ["openid", "email"], emailClaim: "email", subjectClaim: "id", takesUnknown: takesUnknown,
            linksByAddress: linksByAddress)
    }

    static let plain = SignInProvider(
        name: "hub", title: "Hub",
        kind: .oauth(
            .init(
                authorize: ScriptedProvider.issuer + "/authorize", token: ScriptedProvider.issuer + "/token",
                userInfo: ScriptedProvider.issuer + "/user", emails: ScriptedProvider.issuer + "/user/emails")),
        clientID: ScriptedProvider.client, clientSecret: Secret(ScriptedProvider.clientSecret), scopes: ["user:email"],
        emailClaim: "email", subjectClaim: "id", takesUnknown: true, linksByAddress: true)
}

/// Identity beside a scripted provider, and a browser that goes there and back.
struct ProviderVisit: Sendable {
    let fixture: IdentityFixture
    let provider: ScriptedProvider

    static func with(
        _ engine: DatabaseEngine = .sqlite, _ providers: [SignInProvider] = [.scripted(), .plain],
        _ work: (ProviderVisit) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let provider = ScriptedProvider(clock)
        try await IdentityFixture.with(engine, providers: providers, egress: provider, clock: clock) { fixture in
            try await work(ProviderVisit(fixture: fixture, provider: provider))
        }
    }

    var flows: IdentityFlows { fixture.flows }

    func go(
        to name: String = "idp", browser: String? = nil, caller: SignedIn? = nil, device: String? = nil,
        _ change: (inout [String: String]) -> Void = { _ in }
    ) async throws -> ProviderEnd {
        let start = try await flows.beginSignIn(at: name, returnTo: "/place", browser: browser, caller: caller)
        var answer = provider.authorize(start.location)
        change(&answer)
        return try await flows.finish(
            at: name, answer: answer, browser: start.browser, caller: caller,
            from: IdentityFixture.client(device: device)
        ).end
    }

    /// The session that it led to.
    func signIn(to name: String = "idp", caller: SignedIn? = nil) async throws -> IdentityFlows.Begun {
        guard case .signedIn(.begun(let begun), "/place") = try await go(to: name, caller: caller) else {
            throw IdentityFixture.HalfDone()
        }
        return begun
    }

    func link(_ caller: SignedIn, to name: String = "idp") async throws {
        let start = try await flows.beginLink(at: name, returnTo: "/place", browser: nil, caller: caller)
        _ = try await flows.finish(
            at: name, answer: provider.authorize(start.location), browser: start.browser, caller: caller,
            from: IdentityFixture.client())
    }

    func count(_ table: String) async throws -> Int {
        try await fixture.database.read("test.count") { db in
            try db.value("SELECT COUNT(*) FROM \(identifier: table)") ?? -1
        }
    }

    /// The newest reason in the trail.
    func reason() async throws -> String {
        try await fixture.database.read("test.reason") { db in
            let row = try db.row(
                "SELECT details FROM audit_entries WHERE kind LIKE 'sign-in.failed%' ORDER BY sequence DESC LIMIT 1")
            let text: String = try row?["details"] ?? ""
            return text.firstMatch(of: #/"reason":"([^"]*)"/#).map { String($0.1) } ?? text
        }
    }

    /// The problem, as people see it; fails when there was none.
    func problem(_ work: () async throws -> Void) async throws -> Problem {
        do {
            try await work()
        } catch {
            return try #require(error as? Problem, "\(error)")
        }
        throw IdentityFixture.HalfDone()
    }
}
