/// One key of the configuration: its definition generates the flag's help, `config explain`, the docs and the checking.
public struct Setting<Value: Sendable>: Sendable {
    /// Such as `protection.rate-limit.address`.
    public let key: String
    /// One sentence: what it does.
    public let summary: String
    /// What a valid value looks like, such as `COUNT/UNIT, UNIT one of s, min, h, day`.
    public let form: String
    public let defaultValue: Value
    /// The default as one would write it.
    public let defaultText: String
    /// Whether a new value takes effect at reload (else only at the next start).
    public let reloads: Bool
    public let isSecret: Bool
    /// nil when the node isn't a valid value.
    public let parse: @Sendable (ConfigurationNode) -> Value?

    public init(
        _ key: String, summary: String, form: String, default defaultValue: Value, defaultText: String,
        reloads: Bool = true, isSecret: Bool = false, parse: @escaping @Sendable (ConfigurationNode) -> Value?
    ) {
        self.key = key
        self.summary = summary
        self.form = form
        self.defaultValue = defaultValue
        self.defaultText = defaultText
        self.reloads = reloads
        self.isSecret = isSecret
        self.parse = parse
    }

    /// What `config explain` and the docs need, whatever the value's type.
    public var description: SettingDescription {
        SettingDescription(
            key: key, summary: summary, form: form, defaultText: defaultText, reloads: reloads, isSecret: isSecret)
    }
}

/// A setting without its type.
public struct SettingDescription: Sendable, Equatable {
    public let key: String
    public let summary: String
    public let form: String
    public let defaultText: String
    public let reloads: Bool
    public let isSecret: Bool
}
