import Identity

extension GatewayConfiguration {
    /// Takes back what of identity can't change while running; the keys whose new values wait for the next start.
    public mutating func keepIdentity(of old: GatewayConfiguration) -> [String] {
        var postponed: [String] = []
        if identity.signIn != old.identity.signIn { postponed.append("identity.sign-in") }
        if identity.audience != old.identity.audience { postponed.append("identity.audience") }
        if identity.password.breachedFile != old.identity.password.breachedFile {
            postponed.append("identity.password.breached-file")
        }
        if identity.secondFactor.requiredFor != old.identity.secondFactor.requiredFor {
            postponed.append("identity.second-factor.required-for")
        }
        identity.secondFactor.requiredFor = old.identity.secondFactor.requiredFor
        identity.signIn = old.identity.signIn
        identity.audience = old.identity.audience
        identity.password.breachedFile = old.identity.password.breachedFile
        return postponed
    }
}
