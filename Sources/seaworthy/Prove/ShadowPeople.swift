import Foundation
import Gateway
import Kernel
import Readiness

/// The two who have an account in a shadow, and what checks need to know to sign them in: our own pages, so that it is the same
/// for every app behind.
struct ShadowPeople: Sendable {
    /// Somebody who only signs in and out.
    private let person = "ann@shadow.example"
    /// Somebody who is there to be locked out and to change the password.
    private let spare = "spare@shadow.example"
    private let password: Secret

    init() throws {
        // Three words' worth of chance: nobody signs in to a shadow but its own checks.
        let word = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        password = Secret("shadow of \(word) Sea-4-worthy")
    }

    var accounts: [(email: String, password: Secret)] { [(person, password), (spare, password)] }

    /// - Parameter routes: whether the shadow's own rules ask for a sign-in at `/`, too.
    func readiness(prefix: String, routes: Bool) -> ReadinessConfiguration {
        var configuration = ReadinessConfiguration()
        var login = Login(
            operation: Operation(method: "POST", path: "\(prefix)/sign-in"),
            body: .form([(name: "email", value: "{user}"), (name: "password", value: "{password}")]))
        login.page = "\(prefix)/sign-in"
        login.cookie = "__Host-seaworthy-session"
        login.signOut = Operation(method: "POST", path: "\(prefix)/sign-out")
        login.signOutPage = "\(prefix)/account"
        login.idle = Double(GatewayConfiguration.shadowIdleSeconds)
        configuration.login = login
        configuration.identities = [
            Identity(name: "ann", user: person, password: password.reveal()),
            Identity(name: "spare", user: spare, password: password.reveal(), isExpendable: true),
        ]
        configuration.protected = [
            ProtectedOperation(operation: Operation(method: "GET", path: "\(prefix)/account"), identity: "ann")
        ]
        if routes {
            // What the app itself answers isn't known; our own page is looked at in any case.
            configuration.protected.append(
                ProtectedOperation(operation: Operation(method: "GET", path: "/"), identity: "ann"))
        }
        configuration.passwordChange = PasswordChange(
            operation: Operation(method: "POST", path: "\(prefix)/account/password"),
            body: .form([(name: "current", value: "{password}"), (name: "password", value: "{new}")]),
            page: "\(prefix)/account")
        configuration.start = "\(prefix)/sign-in"
        return configuration
    }
}
