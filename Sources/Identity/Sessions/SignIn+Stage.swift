public import Kernel
import NIOCore
import NIOHTTP1
@_spi(MintSignedIn) public import Web

/// Finds out who is asking: our session cookie, judged by memory alone. Whoever shows none, or somebody else's, is anonymous
/// here and passes untouched.
///
/// It tells the app who is calling by one signed token, keeps our cookies from the app and the app from setting ours.
public struct SignInStage: GatewayStage {
    public let name = "SignIn"
    public let control = "identity.session"
    public let mode = ControlMode.enforce
    public let phases: StagePhases = [.receive, .respond]
    private let identity: IdentityService
    private let idle: Duration
    private let ownPrefix: String
    private let personalPages: Set<String>

    /// - Parameter personalPages: pages of our own that depend on who asks.
    public init(
        _ identity: IdentityService, settings: IdentitySettings, ownPrefix: String, personalPages: Set<String> = []
    ) {
        self.personalPages = personalPages
        idle = settings.idle
        self.identity = identity
        self.ownPrefix = ownPrefix
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard exchange.request.has(.cookie) else { return .proceed }
        let lines = exchange.request.values(.cookie)
        let cookies = SessionCookies(isSecure: exchange.externalScheme == .https, ownPrefix: ownPrefix)
        let secret = cookies.session(in: lines)
        if exchange.destination == .upstream { strip(&exchange, lines) }
        guard let secret else { return .proceed }
        switch identity.whoIs(secret, idle: idle) {
        case .nobody: return .proceed
        case .unknown:
            // Health and style sheets are for everybody; what depends on who asks isn't guessed.
            if exchange.policy?.access == .public, !personalPages.contains(exchange.target.path) { return .proceed }
            return .refuse(SignInStage.stale)
        case .enrolling(let caller):
            // Nobody to the app and to routes that ask for somebody.
            exchange.enrolling = caller
            return .proceed
        case .signedIn(let caller):
            exchange.caller = caller
            guard exchange.destination == .upstream else { return .proceed }
            do {
                exchange.request.append(SignInStage.header, try identity.tokens.token(for: caller))
                return .proceed
            } catch {
                var problem = SignInStage.stale
                problem.cause = "no token for the app: \(error)"
                return .refuse(problem)
            }
        }
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard exchange.responseOrigin == .upstream, head.fields.has(.setCookie) else { return .pass }
        let isTaken = head.fields.removeAll { name, value in
            name.isEqualIgnoringCase(to: "set-cookie")
                && SessionCookies.isOurs(value.prefix { $0 != "=" }.trimming { $0 == " " || $0 == "\t" })
        }
        if isTaken { exchange.note("sign-in.cookie-of-ours", detail: "The app set a cookie by a name of ours.") }
        return .pass
    }

    /// The field that tells the app who is calling.
    public static let header = "X-Seaworthy-Identity"

    private func strip(_ exchange: inout Exchange, _ lines: [String]) {
        let kept = lines.map(SessionCookies.withoutOurs)
        guard kept != lines.map(Optional.some) else { return }
        exchange.request.remove(.cookie)
        for case let line? in kept { exchange.request.append(.cookie, "Cookie", line) }
    }

    private static let stale = Problem(
        "sign-in.unavailable", status: 503, title: "Who you are can't be told just now.",
        detail: "Sessions could not be checked for some seconds; nothing is lost.", source: .edge, retryAfter: 5)
}
