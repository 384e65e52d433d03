import Kernel

extension RunningGateway {
    /// What a start did, for the trail.
    func tellStart() {
        let acts = services.acts
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

    func tellReload(from old: GatewayConfiguration, to new: GatewayConfiguration, changed: [String]) {
        services.acts.tell(
            "configuration.reloaded", ["changed": changed.joined(separator: " "), "mode": new.mode.rawValue])
        for (control, from, to) in new.weakened(since: old) {
            services.acts.tell("control.weakened", ["control": control, "from": from.rawValue, "to": to.rawValue])
        }
    }

    /// Tells that a configuration was refused at a reload.
    ///
    /// - Parameter keys: of what was wrong; values may be anything.
    public func tellRefusedReload(_ keys: [String]) {
        services.acts.tell("configuration.refused", ["errors": keys.joined(separator: " ")])
    }
}
