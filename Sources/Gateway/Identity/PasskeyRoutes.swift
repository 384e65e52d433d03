import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

/// Pages and API of passkeys. The browser's part needs a script: one file of ours, and nothing else may run.
extension IdentityRoutes {
    static let passkeys: [OwnRoute] = [
        OwnRoute(.public, .get, "/passkeys.js", "What a browser needs for passkeys.", underPrefix: true) { _, _ in
            OwnPage.response(PasskeyScript.text, type: "text/javascript; charset=utf-8")
        },
        page("/sign-in/passkey", "Where one signs in by a passkey.", IdentityPages.passkeySignIn),
        act(
            "/sign-in/passkey/options", "A challenge for a sign-in by passkey.", form: IdentityPages.passkeySignIn,
            signInOptions),
        act(
            "/sign-in/passkey",
            "Signs in: credential, client-data, authenticator-data, signature, user-handle, each in base64url.",
            form: IdentityPages.passkeySignIn, budget: 16, passkeySignIn),
        act(
            "/step-up/passkey/options", "A challenge that shows anew who one is, bound to the session.",
            form: IdentityPages.stepUp, proofOptions),
        act(
            "/step-up/passkey",
            "Shows anew who one is, and is the second factor over the app's own sign-in: credential, client-data, "
                + "authenticator-data, signature, user-handle.", form: IdentityPages.stepUp, budget: 20, provePasskey),
        page("/account/passkeys", "One's passkeys.", IdentityPages.passkeys),
        act(
            "/account/passkeys/options", "A challenge for a new passkey.", form: IdentityPages.passkeys, addOptions),
        act(
            "/account/passkeys", "Keeps a new passkey: name, client-data, attestation, in base64url.",
            form: IdentityPages.passkeys, budget: 20, addPasskey),
        act(
            "/account/passkeys/remove", "Removes a passkey: passkey.", form: IdentityPages.passkeys, removePasskey),
    ]

    @Sendable private static func signInOptions(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let party = try exchange.relyingParty()
        let challenge = try await exchange.flows.offerPasskeySignIn()
        return exchange.json { text in
            text.member("challenge", challenge.reveal())
            text.member("rp-id", party.id)
        }
    }

    private static func answer(_ exchange: IdentityExchange) throws -> IdentityFlows.PasskeyAnswer {
        try IdentityFlows.PasskeyAnswer(
            credential: exchange.field("credential"), clientData: exchange.field("client-data"),
            authenticatorData: exchange.field("authenticator-data"), signature: exchange.field("signature"),
            userHandle: exchange.fields["user-handle"] ?? "")
    }

    @Sendable private static func passkeySignIn(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let result = try await exchange.flows.signIn(
            passkey: answer(exchange), for: exchange.relyingParty(), from: exchange.client)
        return begun(exchange, result, to: ReturnPath.checked(exchange.fields["return-to"]))
    }

    @Sendable private static func proofOptions(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let (person, party) = (try exchange.person(), try exchange.relyingParty())
        let request = try await exchange.flows.requestPasskey(by: person)
        return exchange.json { text in
            text.member("challenge", request.challenge.reveal())
            text.member("rp-id", party.id)
            text.list("allow", request.known)
        }
    }

    @Sendable private static func provePasskey(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let person = try exchange.person()
        let result = try await exchange.flows.prove(
            passkey: answer(exchange), for: exchange.relyingParty(), by: person, from: exchange.client)
        return begun(exchange, result, to: exchange.returnPath(or: "/account"))
    }

    @Sendable private static func addOptions(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let (person, party) = (try exchange.person(), try exchange.relyingParty())
        let offer = try await exchange.flows.offerPasskey(by: person)
        return exchange.json { text in
            text.member("challenge", offer.challenge.reveal())
            text.member("rp-id", party.id)
            text.member("rp-name", exchange.flows.settings.secondFactor.issuer)
            text.member("user", person.account)
            text.member("user-name", person.email)
            text.name("algorithms")
            text.beginArray()
            for algorithm in offer.algorithms { text.number(algorithm) }
            text.endArray()
            text.name("exclude")
            text.beginArray()
            for id in offer.known { text.string(id) }
            text.endArray()
        }
    }

    @Sendable private static func addPasskey(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let result = try await exchange.flows.addPasskey(
            name: exchange.field("name"), clientData: exchange.field("client-data"),
            attestation: exchange.field("attestation"), for: exchange.relyingParty(), by: exchange.person(),
            from: exchange.client)
        return begun(exchange, result, to: "\(exchange.flows.ownPrefix)/account/passkeys")
    }

    @Sendable private static func removePasskey(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        try await exchange.flows.removePasskey(
            exchange.field("passkey"), by: exchange.signedIn(), from: exchange.client)
        return exchange.isPage
            ? exchange.redirect("\(exchange.flows.ownPrefix)/account/passkeys") : exchange.nothing()
    }
}
