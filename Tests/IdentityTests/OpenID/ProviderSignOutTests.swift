import Foundation
import Kernel
import TestKit
import Testing

@testable import Egress
@testable import Identity

@Suite("Signing out at a provider", .serialized)
struct ProviderSignOutTests {
    private static let secure = SessionCookies(isSecure: true, ownPrefix: "/seaworthy")

    /// Signs in at a provider with this end-session endpoint; the cookie that the browser keeps, if any.
    private func cookie(_ visit: ProviderVisit, endSession: StrictJSON?) async throws -> String? {
        visit.provider.script { $0.discovery = { $0["end_session_endpoint"] = endSession } }
        let start = try await visit.flows.beginSignIn(at: "idp", returnTo: "/place", browser: nil, caller: nil)
        let (_, hint) = try await visit.flows.finish(
            at: "idp", answer: visit.provider.authorize(start.location), browser: start.browser, caller: nil,
            from: IdentityFixture.client())
        let line = hint.flatMap { visit.flows.cookie(of: $0, Self.secure) }
        return line?.split(separator: ";").first.map(String.init)
    }

    @Test(
        "isn't offered where the provider's document leads elsewhere, and signing in goes on",
        arguments: [
            nil, .text("http://idp.example/out"), .text("javascript:alert(1)"), .text("https://127.0.0.1/out"),
            .text("https://10.0.0.7/reboot"), .text("https://169.254.169.254/latest"), .text("https://localhost/out"),
            .text("https://[::1]/out"), .text("https://idp.example/out#x"), .text("https://idp.example@evil.example/"),
            .text(""), .list([.text("https://idp.example/out")]), .boolean(true),
        ] as [StrictJSON?])
    func hostile(endSession: StrictJSON?) async throws {
        try await ProviderVisit.with { (visit: ProviderVisit) async throws -> Void in
            let kept = try await cookie(visit, endSession: endSession)
            let sessions = try await visit.count("sessions")
            #expect(kept == nil && sessions == 1)
        }
    }

    @Test("asks with the ID token, the client, the way back and a state of this browser")
    func asked() async throws {
        try await ProviderVisit.with { (visit: ProviderVisit) async throws -> Void in
            let pair = try #require(try await cookie(visit, endSession: .text("https://idp.example/out?a=b")))
            #expect(pair.hasPrefix("__Secure-seaworthy-provider-hint=swa1."))
            let found = await visit.flows.signOutElsewhere([pair], Self.secure, browser: nil)
            let elsewhere = try #require(found)
            let query = ScriptedProvider.query(elsewhere.location)
            #expect(elsewhere.location.hasPrefix("https://idp.example/out?a=b&") && query["a"] == "b")
            #expect(query["client_id"] == ScriptedProvider.client && elsewhere.title == "The Provider")
            #expect(query["post_logout_redirect_uri"] == "https://app.example/seaworthy/sign-out/callback")
            #expect(query["id_token_hint"]?.split(separator: ".").count == 3)
            #expect(visit.flows.cameBack(state: query["state"], browser: elsewhere.browser))
            #expect(!visit.flows.cameBack(state: query["state"], browser: "another"))
            #expect(!visit.flows.cameBack(state: nil, browser: elsewhere.browser))
            // Altered, by another name, of a provider that is no longer there: nothing is offered.
            for bad in [
                pair + "x", pair.replacing("provider-hint", with: "session"),
                "__Secure-seaworthy-provider-hint=swa1.a.b",
            ] {
                let offered = await visit.flows.signOutElsewhere([bad], Self.secure, browser: nil)
                #expect(offered?.location == nil, "\(bad)")
            }
            var settings = visit.flows.settings
            settings.providers = [.plain]
            let without = IdentityFlows(visit.fixture.service, settings: settings, ownPrefix: "/seaworthy", site: [])
            let gone = await without.signOutElsewhere([pair], Self.secure, browser: nil)
            #expect(gone?.location == nil)
            // Nothing of it is kept here.
            let token = query["id_token_hint"] ?? "?"
            let kept = try await visit.fixture.everything()
            #expect(!kept.contains(token))
        }
    }
}
