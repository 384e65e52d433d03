public import Kernel
import Operations

extension RunningGateway {
    /// What a start did, for the trail.
    func tellStart() {
        let acts = services.acts
        tellSecrets()
        for step in services.database?.migration.applied ?? [] {
            acts.tell("migration.applied", ["step": step, "version": BuildInformation.version])
        }
        acts.tell(
            "process.started",
            [
                "role": "edge", "version": BuildInformation.version,
                "environment": configuration.environment.rawValue, "mode": configuration.mode.rawValue,
                "not-enforced": configuration.notEnforced,
            ])
    }

    /// What is known of the configured secrets at a start.
    func tellSecrets() {
        let now = services.wallClock.now()
        for (name, days) in configuration.configuredSecrets.overdue(
            after: configuration.secrets.ring.rotateAfter, at: now)
        {
            services.acts.tell("secret.overdue", ["secret": name, "days": "\(days)"])
        }
    }

    func tellReload(from old: GatewayConfiguration, to new: GatewayConfiguration, changed: [String]) {
        services.acts.tell(
            "configuration.reloaded", ["changed": changed.joined(separator: " "), "mode": new.mode.rawValue])
        for (control, from, to) in new.weakened(since: old) {
            services.acts.tell("control.weakened", ["control": control, "from": from.rawValue, "to": to.rawValue])
        }
    }

    /// Tells that a configuration was refused at a reload.
    ///
    /// - Parameter errors: what was wrong; only keys are told of it, because values may be anything.
    public func tellRefusedReload(_ errors: [ConfigurationError]) {
        services.acts.tell("configuration.refused", ["errors": errors.map(\.key).joined(separator: " ")])
        for refusal in WorkNotice.refusedSecrets(errors) { services.acts.tell(refusal.kind, refusal.details) }
    }
}
