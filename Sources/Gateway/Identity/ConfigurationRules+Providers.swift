import Egress
import Identity
import Kernel

extension ConfigurationRules {
    /// Providers sign in to accounts of ours, and come back to an address that they know.
    func checkProviders(_ reader: inout ConfigurationReader) {
        let providers = configuration.identity.providers
        guard !providers.isEmpty else { return }
        func report(_ key: String, _ valid: String) {
            reader.report(
                ConfigurationError(key: key, given: nil, valid: valid, origin: reader.origin(of: "identity.providers")))
        }
        if !configuration.identity.isOn {
            report("identity.sign-in", "own: identity.providers sign in to accounts of ours")
        }
        for provider in providers
        where provider.issuer.hasPrefix("http://") && !configuration.background.egress.allowsPlainHTTP {
            report(
                "egress.plain-http",
                "true, as long as identity.providers.\(provider.name) goes without TLS (and egress.allow names its network)"
            )
        }
    }
}
