/// How far a control may go: every control that can refuse or change something has one of these.
public enum ControlMode: String, Sendable, CaseIterable, Codable {
    /// The control is not in the list at all.
    case off
    /// The control decides and records what it would have done, and lets pass.
    case observe
    /// The control decides and its decision holds.
    case enforce
}

/// Where the gateway stands: decides defaults, never what a control does once its mode is set.
public enum DeploymentEnvironment: String, Sendable, CaseIterable, Codable {
    case development
    case production
}
