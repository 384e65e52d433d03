public import Kernel
import Observability
import Protection

/// Every capability that this build has. What isn't here doesn't exist; what is here is in the pipeline, has a check
/// that notices its absence, and a page under `docs/capabilities/`.
public enum Capabilities {
    public static let all: [Capability] = ObservabilitySettings.capabilities + ProtectionSettings.capabilities
}
