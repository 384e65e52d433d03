import Identity
public import Kernel
import Observability
import Operations
import Protection
import Store

/// Every capability that this build has. What isn't here doesn't exist; what is here has a page under `docs/capabilities/`.
public enum Capabilities {
    public static let all: [Capability] = controls + services

    /// Those that stand in the journey of a request: each is in the pipeline, and a check notices its absence.
    public static let controls: [Capability] =
        ObservabilitySettings.capabilities + ProtectionSettings.capabilities

    /// Those that work beside it. No answer to a request shows them, so nothing can be switched off that a check should
    /// notice: suites with real processes prove them.
    public static let services: [Capability] = [
        IdentitySettings.sessions,
        IdentitySettings.lockouts,
        IdentitySettings.passwords,
        IdentitySettings.openID,
        IdentitySettings.secondFactors,
        IdentitySettings.signUps,
        IdentitySettings.administration,
        JobQueue.capability,
        Outbox.capability,
        WebhookSettings.capability,
        BackupCapability.capability,
        Journal.capability,
        Sealer.capability,
        SecretPolicy.capability,
        SearchIndex.capability,
    ]
}
