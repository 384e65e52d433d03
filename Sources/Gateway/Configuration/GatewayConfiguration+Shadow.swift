import Identity
public import Kernel
import Protection

/// How a shadow is started: a gateway on loopback that enforces everything but one control.
public struct ShadowPlan: Sendable {
    /// The app, where no file names it.
    public var upstream: String?
    /// A `seaworthy.yaml` whose settings hold in the shadow too, apart from doors and modes.
    public var file: String?
    /// Without a file: paths that the shadow's routes deny.
    public var denied: [String] = []
    /// What the shadow does without; nil for a shadow with everything on.
    public var without: Capability?
    /// What isn't in the shadow's list of stages, as if nobody had wired it, whatever its mode says; nil for none. A control
    /// that has no stage of its own is switched off instead.
    public var unwired: Capability?
    /// Believes forwarded addresses from this machine, for the proof of `protection.client-address`.
    public var trustsLoopback = false
    /// The TLS port: found beforehand, because the redirect to HTTPS must name it.
    public var tlsPort: Int

    /// A shadow in which people sign in, with what that needs kept in this file of SQLite; nil for one without.
    public var accounts: String?
    /// Who signs them in: `own`, or `adopt` where the app does and the file says how.
    public var signIn = "own"
    /// Whether sessions end soon, so that it can be seen.
    public var endsSessionsSoon = false

    public init(tlsPort: Int) { self.tlsPort = tlsPort }
}

extension GatewayConfiguration {
    /// The configuration of a shadow: free ports on loopback, development, everything enforced but one control.
    ///
    /// A control with a mode is switched off by its key, as anybody could; one that always holds is taken out of the
    /// list of stages, which no key can.
    public static func shadow(_ plan: ShadowPlan) throws(ConfigurationErrors) -> GatewayConfiguration {
        var sets = [
            "listen=127.0.0.1:0", "tls-listen=127.0.0.1:\(plan.tlsPort)", "operator=127.0.0.1:0",
            "environment=development", "mode=enforce", "threads=1", "limits.drain=2s",
            "redis=none",
        ]
        if let accounts = plan.accounts, plan.signIn != "own" {
            sets += ["database=\(accounts)", "identity.sign-in=\(plan.signIn)", "identity.sign-up=off"]
        } else if let accounts = plan.accounts {
            // The cheapest hash: a shadow lives for seconds and knows one made-up person.
            sets += [
                "database=\(accounts)", "identity.sign-in=own", "identity.sign-up=off",
                "identity.password.scheme=bcrypt",
                "identity.password.cost=4",
            ]
        } else {
            sets += ["database=none", "identity.sign-in=none", "identity.sign-up=off"]
        }
        for capability in Capabilities.controls + Capabilities.identityControls {
            guard let key = capability.modeKey else { continue }
            let isOff =
                capability.id == plan.without?.id || (capability.id == plan.unwired?.id && capability.stages.isEmpty)
            sets.append("\(key)=\(isOff ? "off" : "enforce")")
        }
        if let upstream = plan.upstream { sets.append("upstream=\(upstream)") }
        if plan.trustsLoopback { sets.append("trusted-hops=[127.0.0.0/8]") }
        if plan.file == nil {
            sets.append("routes.default=app")
            var rules = plan.denied.map { "{path: \(quoted($0)), access: deny}" }
            if plan.accounts != nil { rules.append("{path: /, access: signed-in}") }
            if !rules.isEmpty { sets.append("routes=[\(rules.joined(separator: ", "))]") }
        }
        let sources = ConfigurationSources(file: plan.file.map { .required($0) } ?? .none, sets: sets)
        var configuration = try load(sources).configuration
        // Reached by its loopback address, whatever names the app has elsewhere.
        configuration.publicURL = nil
        if !configuration.protection.host.hosts.isEmpty { configuration.protection.host.hosts.append("127.0.0.1") }
        // Whether there is a limit is the question, not which: a wider one saves minutes of waiting.
        if let limit = configuration.protection.rateLimit.address, limit.quota * 60 < 240 * limit.windowSeconds {
            configuration.protection.rateLimit.address = GCRA(quota: 240, windowSeconds: 60)
        }
        if plan.endsSessionsSoon { configuration.identity.idle = .seconds(shadowIdleSeconds) }
        if let without = plan.without, without.modeKey == nil { configuration.leftOut = Set(without.stages) }
        if let unwired = plan.unwired { configuration.leftOut.formUnion(unwired.stages) }
        return configuration
    }

    /// Who signs people in by these sources, whatever else is wrong in them: `none`, `own` or `adopt`.
    public static func signIn(in sources: ConfigurationSources) -> String {
        read(sources, for: .inspection).configuration.identity.signIn.rawValue
    }

    /// Sessions of a shadow end soon, so that it can be seen.
    public static let shadowIdleSeconds = 3

    /// A scalar of YAML that stands for `text`, whatever is in it.
    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
