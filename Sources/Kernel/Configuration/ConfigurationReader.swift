/// Reads settings out of layered values and collects every error, so that all of them can be shown together.
public struct ConfigurationReader: Sendable {
    private let values: [String: ConfigurationValue]
    private var known: [SettingDescription] = []
    public private(set) var errors: [ConfigurationError] = []
    /// What a control does when its own `mode` key says nothing.
    public let defaultMode: ControlMode
    public let environment: DeploymentEnvironment

    public init(
        values: [String: ConfigurationValue], defaultMode: ControlMode, environment: DeploymentEnvironment
    ) {
        self.values = values
        self.defaultMode = defaultMode
        self.environment = environment
    }

    /// Every setting that has been read so far, in reading order: after a full read, all that exist.
    public var settings: [SettingDescription] { known }

    /// The value in force for `setting`; its default when absent or wrong (then the error is collected).
    public mutating func read<Value>(_ setting: Setting<Value>) -> Value {
        known.append(setting.description)
        guard let value = values[setting.key] else { return setting.defaultValue }
        if let parsed = setting.parse(value.node) { return parsed }
        let shown = setting.isSecret ? nil : ConfigurationReader.shown(value.node)
        errors.append(
            ConfigurationError(key: setting.key, given: shown, valid: setting.form, origin: value.origin))
        return setting.defaultValue
    }

    /// Whether the key was given at all (by file, environment or flag).
    public func isGiven(_ key: String) -> Bool { values[key] != nil }
    /// Where the key's value came from.
    public func origin(of key: String) -> String? { values[key]?.origin }

    /// The mode of a control: its own key, else the general mode.
    public mutating func mode(of control: String) -> ControlMode {
        read(.mode(of: control)) ?? defaultMode
    }

    /// Adds an error that only shows when several values are seen together.
    public mutating func report(_ error: ConfigurationError) { errors.append(error) }

    /// Reports every given key that no setting claimed, with the nearest key that exists. Call it after all reads.
    public mutating func reportUnknownKeys() {
        let names = Set(known.map(\.key))
        for (key, value) in values.sorted(by: { $0.key < $1.key }) where !names.contains(key) {
            let nearest = names.min { (a, b) in
                let (x, y) = (editDistance(a, key), editDistance(b, key))
                return x == y ? a < b : x < y
            }
            errors.append(
                ConfigurationError(
                    key: key, given: nil, valid: "a key of `seaworthy config explain`", origin: value.origin,
                    nearestKey: nearest))
        }
    }

    private static func shown(_ node: ConfigurationNode) -> String {
        switch node {
        case .scalar(let text): text
        case .list(let items): "[" + items.map(shown).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key): \(shown($0.value))" }.joined(separator: ", ") + "}"
        }
    }
}

/// Levenshtein distance by bytes, for "did you mean"; bounded to the first 64 bytes of each.
public func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8.prefix(64)), Array(b.utf8.prefix(64)))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let substituted = diagonal + (x == y ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}
