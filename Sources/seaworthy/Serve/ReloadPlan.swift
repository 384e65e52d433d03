import Gateway
import Kernel

/// What of a new configuration can take effect in a running gateway: the listeners and the process stay as they are.
struct ReloadPlan {
    /// The new configuration with the old values of what can't change.
    private(set) var configuration: GatewayConfiguration
    /// Keys whose new values wait for the next start.
    private(set) var postponed: [String] = []

    init(from old: GatewayConfiguration, to new: GatewayConfiguration) throws {
        guard new.environment == old.environment else {
            throw ConfigurationErrors([
                ConfigurationError(
                    key: "environment", given: new.environment.rawValue,
                    valid: "can't change while running (it is \(old.environment.rawValue)): start anew", origin: nil)
            ])
        }
        configuration = new
        keep("listen", \.listen, of: old)
        keep("operator", \.operatorListen, of: old)
        keep("threads", \.threads, of: old)
        keep("pid-file", \.pidFile, of: old)
        keep("database", \.database, of: old)
        keep("worker", \.worker, of: old)
        keep("redis", \.redis, of: old)
        keep(new.hasSecretKey(of: old) ? "secrets" : "secret-key", \.secrets, of: old)
        postponed += configuration.keepIdentity(of: old)
        if configuration.tls?.listen != old.tls?.listen {
            postponed.append("tls-listen")
            configuration.tls = old.tls
        }
    }

    private mutating func keep<Value: Equatable>(
        _ key: String, _ path: WritableKeyPath<GatewayConfiguration, Value>, of old: GatewayConfiguration
    ) {
        guard configuration[keyPath: path] != old[keyPath: path] else { return }
        postponed.append(key)
        configuration[keyPath: path] = old[keyPath: path]
    }
}
