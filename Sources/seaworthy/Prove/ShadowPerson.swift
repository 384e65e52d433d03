import Foundation
import Gateway
import Kernel
import Readiness

/// Somebody who gets an account in a shadow, and sees what a stranger can't: whether a control of identity holds. Speaks HTTP as
/// any program would.
struct ShadowPerson {
    private let shadow: Shadow
    private let client: PlainClient

    init(_ shadow: Shadow) {
        self.shadow = shadow
        client = PlainClient(
            address: .tcp(host: shadow.plain.host, port: shadow.plain.port), authority: shadow.plain.authority)
    }

    private static let email = "prover@example.com"
    private static let password = "quiet harbour lantern \(UInt32.random(in: 1000...9999))"
    private static let weak = "Password1234567"

    func sees(_ sign: InsideWitness.Sign) async -> Bool {
        guard let offer = try? await gateway.administratorLink(),
            let token = offer.link.reveal().split(separator: "=").last.map(String.init)
        else { return false }
        let work = self
        return await Task.detached {
            switch sign {
            case .personGetsIn: work.getsIn(token)
            case .guessingIsStopped: work.isStopped(token)
            case .weakPasswordIsRefused: work.isRefused(token)
            case .exchangeIsLogged, .forwardedClientIsLogged: false
            }
        }.value
    }

    private var gateway: RunningGateway { shadow.gateway }

    /// A stranger is refused what whoever signed in gets.
    private func getsIn(_ token: String) -> Bool {
        guard let session = choose(token, ShadowPerson.password).cookie else { return false }
        let stranger = ask("GET", "/account", cookies: [])?.status
        let known = ask("GET", "/account", cookies: [session])?.status
        return stranger == 401 && known == 200
    }

    /// After six wrong passwords the right one, which worked before, is refused.
    private func isStopped(_ token: String) -> Bool {
        guard choose(token, ShadowPerson.password).status == 200, signIn(ShadowPerson.password) == 200 else {
            return false
        }
        for _ in 0..<6 { _ = signIn("another password") }
        return signIn(ShadowPerson.password) == 401
    }

    /// The weak one is refused, a strong one taken by the same link.
    private func isRefused(_ token: String) -> Bool {
        choose(token, ShadowPerson.weak).status == 422 && choose(token, ShadowPerson.password).status == 200
    }

    private func choose(_ token: String, _ password: String) -> (status: Int?, cookie: String?) {
        let answer = post("/choose", ["token": token, "email": ShadowPerson.email, "password": password])
        let cookie = answer?.all("set-cookie").first { $0.contains("seaworthy-session=") }
        return (answer?.status, cookie.flatMap { $0.split(separator: ";").first.map(String.init) })
    }

    private func signIn(_ password: String) -> Int? {
        post("/sign-in", ["email": ShadowPerson.email, "password": password])?.status
    }

    private func post(_ path: String, _ fields: [String: String]) -> PlainClient.Answer? {
        guard let first = ask("GET", "/csrf-token", cookies: []),
            let token = first.all("set-cookie").first?.split(separator: ";").first.map(String.init),
            let value = token.split(separator: "=").last.map(String.init),
            let body = try? JSONEncoder().encode(fields)
        else { return nil }
        return ask(
            "POST", path, cookies: [token], [("Content-Type", "application/json"), ("X-CSRF-Token", value)],
            body: String(decoding: body, as: UTF8.self))
    }

    private func ask(
        _ method: String, _ path: String, cookies: [String], _ fields: [(String, String)] = [], body: String = ""
    ) -> PlainClient.Answer? {
        let target = gateway.ownPrefix + path
        var all = fields + [("Accept", "application/json")]
        if !cookies.isEmpty { all.append(("Cookie", cookies.joined(separator: "; "))) }
        return (try? client.ask(method, target, all, body: body)).flatMap(\.self)
    }
}
