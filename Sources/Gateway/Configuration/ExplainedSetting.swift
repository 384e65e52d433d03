public import Kernel

/// One key as `config explain` shows it: its definition, the value in force and where that came from.
public struct ExplainedSetting: Sendable, Equatable {
    public let description: SettingDescription
    /// As one would write it; `‹redacted›` for a secret that is given.
    public let value: String
    /// `default`, or a file with its line, a variable, a flag.
    public let origin: String

    /// Whether somebody gave it.
    public var isGiven: Bool { origin != "default" }
}

extension GatewayConfiguration {
    static func explained(
        _ settings: [SettingDescription], _ values: [String: ConfigurationValue],
        environment: DeploymentEnvironment, mode: ControlMode
    ) -> [ExplainedSetting] {
        var seen: Set<String> = []
        return settings.filter { seen.insert($0.key).inserted }.map { setting in
            if let value = values[setting.key] {
                let text = setting.isSecret ? "‹redacted›" : value.node.flowText
                return ExplainedSetting(description: setting, value: text, origin: value.origin)
            }
            let text =
                switch setting.key {
                case "environment": environment.rawValue
                case "mode": mode.rawValue
                default:
                    setting.key.hasSuffix(".mode") && setting.defaultText == "as `mode`"
                        ? mode.rawValue : setting.defaultText
                }
            return ExplainedSetting(description: setting, value: text, origin: "default")
        }
    }
}

extension ConfigurationNode {
    /// In YAML's flow syntax, on one line.
    public var flowText: String {
        switch self {
        case .scalar(let text): text
        case .list(let items): "[" + items.map(\.flowText).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key): \($0.value.flowText)" }.joined(separator: ", ") + "}"
        }
    }
}
