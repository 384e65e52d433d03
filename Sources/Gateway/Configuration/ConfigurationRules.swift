import Identity
import Kernel
import Operations
import Protection
import Store

/// What only shows when several keys are seen together.
struct ConfigurationRules {
    let configuration: GatewayConfiguration
    /// Whether a certificate or a key was named.
    let hasCertificate: Bool

    func checkUpstream(_ reader: inout ConfigurationReader, isMissing: Bool) {
        guard isMissing, !reader.isGiven("upstream") else { return }
        reader.report(
            ConfigurationError(
                key: "upstream", given: nil,
                valid: "must be given: --upstream http://HOST:PORT or unix:/PATH/TO/SOCKET",
                origin: nil))
    }

    func checkDoors(_ reader: inout ConfigurationReader) {
        var doors = [("listen", configuration.listen), ("operator", configuration.operatorListen)]
        if let tls = configuration.tls { doors.insert(("tls-listen", tls.listen), at: 1) }
        for (index, (key, address)) in doors.enumerated() {
            for (other, otherAddress) in doors.prefix(index) where clash(address, otherAddress) {
                reader.report(
                    ConfigurationError(
                        key: key, given: "\(address)", valid: "must be another address than \(other)",
                        origin: reader.origin(of: key)))
            }
        }
        if case .tcp(let host, let port) = configuration.upstream {
            let upstream = ListenAddress.tcp(host: host, port: port)
            for (key, address) in doors where clash(address, upstream) && isThisMachine(upstream) {
                reader.report(
                    ConfigurationError(
                        key: "upstream", given: "http://\(upstream)",
                        valid: "must not be the gateway's own address (`\(key)`): requests would go round in circles",
                        origin: reader.origin(of: "upstream")))
            }
        }
        checkTLSFiles(&reader)
    }

    private func checkTLSFiles(_ reader: inout ConfigurationReader) {
        for (key, other) in [("tls-certificate", "tls-key"), ("tls-key", "tls-certificate")]
        where reader.isGiven(key) && !reader.isGiven(other) {
            reader.report(
                ConfigurationError(
                    key: other, given: nil, valid: "must be given too: a certificate and its key belong together",
                    origin: reader.origin(of: key)))
        }
        if hasCertificate, !reader.isGiven("tls-listen") {
            reader.report(
                ConfigurationError(
                    key: "tls-listen", given: nil,
                    valid: "must be given where there is a certificate, such as 0.0.0.0:443",
                    origin: reader.origin(of: "tls-certificate") ?? reader.origin(of: "tls-key")))
        }
    }

    func checkProduction(_ reader: inout ConfigurationReader) {
        if configuration.emptiesPipeline, configuration.environment == .production || !configuration.listen.isLoopback {
            reader.report(
                ConfigurationError(
                    key: "pipeline.empty", given: "true", valid: "false: only development on loopback may do without",
                    origin: reader.origin(of: "pipeline.empty")))
        }
        guard configuration.environment == .production else { return }
        if configuration.tls != nil, !hasCertificate {
            reader.report(
                ConfigurationError(
                    key: "tls-certificate", given: nil,
                    valid: "must be given in production, with tls-key: a self-signed certificate is for development",
                    origin: reader.origin(of: "tls-listen")))
        }
        if let url = configuration.publicURL, !url.isHTTPS {
            reader.report(
                ConfigurationError(
                    key: "public-url", given: "\(url)", valid: "must start with https:// in production",
                    origin: reader.origin(of: "public-url")))
        }
    }

    /// Production keeps keys only under a root key from outside; without a database there are none to keep.
    func checkSecretKey(_ reader: inout ConfigurationReader, isNeeded: Bool) {
        guard isNeeded, configuration.environment == .production, configuration.database.address != nil,
            configuration.secrets.secretKeys.isEmpty, !reader.isGiven("secret-key")
        else { return }
        reader.report(
            ConfigurationError(
                key: "secret-key", given: nil,
                valid: """
                    must be given in production: SEAWORTHY_SECRET_KEY_FILE names a file (mode 0400) with what \
                    `openssl rand -base64 48` makes
                    """, origin: nil))
    }

    /// Accounts need somewhere to be, and mails an address to lead to.
    func checkIdentity(_ reader: inout ConfigurationReader) {
        if let key = configuration.protection.routePolicy.keyThatNeedsAccounts, !configuration.identity.isOn {
            reader.report(
                ConfigurationError(
                    key: key, given: "signed-in",
                    valid: """
                        app, public or deny; signed-in, role:NAME and permission:NAME need accounts: `identity.sign-in: own` or \
                        `adopt`
                        """,
                    origin: reader.origin(of: key)))
        }
        guard configuration.identity.isOn else { return }
        if configuration.database.address == nil {
            reader.report(
                ConfigurationError(
                    key: "identity.sign-in", given: configuration.identity.signIn.rawValue,
                    valid: "none as long as there is no database (`database: none`)",
                    origin: reader.origin(of: "identity.sign-in")))
        }
        checkNames(&reader)
        if configuration.protection.routePolicy.asksForProjects, !configuration.identity.hasOwnAccounts {
            reader.report(
                ConfigurationError(
                    key: "routes", given: "project-member",
                    valid: "signed-in and its like: projects are of accounts of ours (`identity.sign-in: own`)",
                    origin: reader.origin(of: "routes")))
        }
        if configuration.environment == .production, configuration.identity.hasOwnAccounts,
            configuration.publicURL == nil
        {
            reader.report(
                ConfigurationError(
                    key: "public-url", given: nil,
                    valid: "must be given where accounts are ours: links in mails lead there", origin: nil))
        }
    }

    /// A route that asks for what nobody can have is a slip of the pen.
    private func checkNames(_ reader: inout ConfigurationReader) {
        let known = configuration.identity.roles
        func refuse(_ given: String, _ nearest: String) {
            reader.report(
                ConfigurationError(
                    key: "routes", given: given,
                    valid: "the nearest is \(nearest); names of your own are declared in identity.roles",
                    origin: reader.origin(of: "routes")))
        }
        for rule in configuration.protection.routePolicy.rules {
            if let role = rule.role, !known.knows(role: role) {
                refuse("role:\(role)", "role:\(known.nearestRole(to: role))")
            }
            if let role = rule.project?.role, !known.knows(projectRole: role) {
                refuse("project-role:\(role)", "project-role:\(known.nearestProjectRole(to: role))")
            }
            if let permission = rule.project?.permission, !known.projectPermissions.contains(permission) {
                refuse(
                    "project-permission:\(permission)",
                    "project-permission:\(known.nearestProjectPermission(to: permission))")
            }
            if let permission = rule.permission, !known.knows(permission: permission) {
                refuse("permission:\(permission)", "permission:\(known.nearestPermission(to: permission))")
            }
        }
    }

    func warnings(_ reader: ConfigurationReader) -> [ConfigurationWarning] {
        var warnings: [ConfigurationWarning] = []
        if configuration.environment == .development, configuration.secrets.secretKeys.isEmpty,
            case .postgres? = configuration.database.address
        {
            warnings.append(
                ConfigurationWarning(
                    key: "secret-key", text: "not given: PostgreSQL wants one, so this gateway has no keys"))
        }
        if !configuration.operatorListen.isLoopback {
            warnings.append(
                ConfigurationWarning(
                    key: "operator",
                    text: "health and metrics are reachable from other machines at \(configuration.operatorListen)"))
        }
        if configuration.environment == .production, configuration.tls == nil, !configuration.listen.isLoopback,
            !reader.isGiven("trusted-hops")
        {
            warnings.append(
                ConfigurationWarning(
                    key: "tls-listen",
                    text: "the public door speaks plain HTTP only; put TLS here or a trusted hop in front"))
        }
        if configuration.mode == .observe, configuration.environment == .production {
            warnings.append(
                ConfigurationWarning(
                    key: "mode", text: "observe refuses nothing; `seaworthy pipeline` shows what holds"))
        }
        if configuration.database.address == nil, reader.isGiven("worker") {
            warnings.append(
                ConfigurationWarning(key: "worker", text: "there is no worker without a database (`database: none`)"))
        }
        return warnings
    }

    /// Whether both could not be listened on at once; port 0 never clashes.
    private func clash(_ a: ListenAddress, _ b: ListenAddress) -> Bool {
        guard case .tcp(let host, let port) = a, case .tcp(let other, let otherPort) = b else { return a == b }
        guard port == otherPort, port != 0 else { return false }
        func name(_ host: String) -> String { host == "localhost" ? "127.0.0.1" : host }
        return name(host) == name(other) || a.isWildcard || b.isWildcard
    }

    private func isThisMachine(_ address: ListenAddress) -> Bool { address.isLoopback || address.isWildcard }
}
