/// A value of the configuration as it was written, whoever wrote it: flags, environment and file all become these.
public indirect enum ConfigurationNode: Sendable, Equatable {
    case scalar(String)
    case list([ConfigurationNode])
    case mapping([ConfigurationEntry])

    /// The text of a scalar; nil for lists and mappings.
    public var text: String? {
        if case .scalar(let text) = self { return text }
        return nil
    }
}

/// One key of a mapping, in the order of the file.
public struct ConfigurationEntry: Sendable, Equatable {
    public let key: String
    public let value: ConfigurationNode
    public init(key: String, value: ConfigurationNode) {
        self.key = key
        self.value = value
    }
}

/// A node with where it came from, such as `seaworthy.yaml:12`, `--set` or `SEAWORTHY_MODE`.
public struct ConfigurationValue: Sendable, Equatable {
    public let node: ConfigurationNode
    public let origin: String
    public init(_ node: ConfigurationNode, origin: String) {
        self.node = node
        self.origin = origin
    }
}

/// One thing wrong with the configuration, in words that let its author mend it.
public struct ConfigurationError: Error, Sendable, Equatable {
    public let key: String
    /// As given; nil for secrets and missing values.
    public let given: String?
    /// What would be valid.
    public let valid: String
    public let origin: String?
    /// The nearest valid key, for unknown keys.
    public let nearestKey: String?
    /// Whether it is a secret that was refused for what it is: weak, known, or in a file that others read.
    public let refusesSecret: Bool

    public init(
        key: String, given: String?, valid: String, origin: String?, nearestKey: String? = nil,
        refusesSecret: Bool = false
    ) {
        self.key = key
        self.given = given
        self.valid = valid
        self.origin = origin
        self.nearestKey = nearestKey
        self.refusesSecret = refusesSecret
    }
}
