import Identity
public import Kernel
import LaunchDesk
import Observability
import Operations
import Protection
import Store

/// Every capability that this build has. What isn't here doesn't exist; what is here has a page under `docs/capabilities/`.
public enum Capabilities {
    public static let all: [Capability] = controls + identityControls + services

    /// Those that stand in the journey of a request: each is in the pipeline, and a check notices its absence.
    public static let controls: [Capability] =
        ObservabilitySettings.capabilities + ProtectionSettings.capabilities

    /// Those of accounts that are ours (`identity.sign-in: own`). A check notices the absence of each, too, but only where
    /// somebody can sign in: `prove` gives each of their shadows a database and an account of its own.
    public static let identityControls: [Capability] = [
        IdentitySettings.sessions,
        IdentitySettings.lockouts,
        IdentitySettings.passwords,
    ]

    /// Those that work beside it. No answer to a request shows them, so nothing can be switched off that a check should
    /// notice: suites with real processes prove them.
    public static let services: [Capability] = [
        IdentitySettings.openID,
        IdentitySettings.secondFactors,
        IdentitySettings.signUps,
        IdentitySettings.administration,
        AdoptionSettings.capability,
        IdentitySettings.accessTokens,
        IdentitySettings.refreshTokens,
        IdentitySettings.keys,
        IdentitySettings.roleTable,
        IdentitySettings.projectMemberships,
        JobQueue.capability,
        Outbox.capability,
        BackupCapability.capability,
        Journal.capability,
        Sealer.capability,
        SecretPolicy.capability,
        SearchIndex.capability,
        ConsoleCapability.capability,
        LaunchDesk.acceptance,
    ]
}
