public import Kernel

/// The keys of secrets.
public struct SecretSettings: Sendable, Equatable {
    /// The first wraps the ring, all unwrap.
    public var secretKeys: [Secret]
    public var secretKeyOrigin: String?
    public var databaseURL: DatabaseURLUse
    public var ring: KeyRingSettings

    public init(secretKeys: [Secret] = [], databaseURL: DatabaseURLUse = .notOurs, ring: KeyRingSettings = .init()) {
        self.secretKeys = secretKeys
        self.databaseURL = databaseURL
        self.ring = ring
    }

    /// Production refuses a weak root key here; whether one must be there at all, `RootKeys.init(settings:…)` decides.
    public static func read(_ reader: inout ConfigurationReader) -> SecretSettings {
        var settings = SecretSettings()
        settings.secretKeys = reader.read(SecretSettings.secretKey)
        settings.secretKeyOrigin = reader.origin(of: "secret-key")
        settings.databaseURL = reader.read(SecretSettings.databaseURL)
        settings.ring.rotateAfter = reader.read(SecretSettings.rotateAfter)
        settings.ring.propagation = reader.read(
            .duration(
                "secrets.propagation",
                summary: "Time from a new key's making to its first use: every replica must have heard of it by then.",
                default: .seconds(10), defaultText: "10s", reloads: false))
        if settings.ring.propagation < .seconds(6) {
            reader.report(
                ConfigurationError(
                    key: "secrets.propagation", given: nil,
                    valid: "6s or more: a replica may be 5 s behind", origin: reader.origin(of: "secrets.propagation")))
        }
        let judgement = settings.secretKeyJudgement
        if reader.environment == .production, !judgement.isStrong {
            reader.report(
                ConfigurationError(
                    key: "secret-key", given: nil, valid: refusal(judgement), origin: settings.secretKeyOrigin,
                    refusesSecret: true))
        }
        return settings
    }

    /// Of the worst of them.
    public var secretKeyJudgement: SecretJudgement {
        secretKeys.map { SecretPolicy.judge($0) }.first { !$0.isStrong } ?? .strong
    }

    static func refusal(_ judgement: SecretJudgement) -> String {
        "is \(judgement): production wants a random secret of its own, such as `openssl rand -base64 48` makes"
    }

    /// A list, or one text with one secret in each line.
    static let secretKey = Setting<[Secret]>(
        "secret-key",
        summary: "The key from outside that wraps all keys in the database. A list: the first wraps, all unwrap.",
        form: "a secret of 32 random characters or more, or a list of them", default: [],
        defaultText: "none: in development a file beside the database", reloads: false, isSecret: true
    ) { node in
        let texts: [String]
        switch node {
        case .scalar(let text): texts = text.split(whereSeparator: \.isNewline).map(String.init)
        case .list(let nodes):
            texts = nodes.compactMap(\.text)
            guard texts.count == nodes.count else { return nil }
        case .mapping: return nil
        }
        return texts.contains("") ? nil : texts.map { Secret($0) }
    }

    static let databaseURL = Setting<DatabaseURLUse>(
        "secrets.database-url",
        summary: "Whether the variable DATABASE_URL is our own database; by itself it is taken for the app's.",
        form: "not-ours or ours", default: .notOurs, defaultText: "not-ours", reloads: false,
        parse: { $0.text.flatMap(DatabaseURLUse.init(rawValue:)) })

    static let rotateAfter = Setting<Duration?>(
        "secrets.rotate-after", summary: "Age at which keys are replaced without being asked.",
        form: "a time span of a day or more, such as 90d, or none", default: .seconds(90 * 86_400), defaultText: "90d",
        reloads: false
    ) { node in
        if node.text == "none" { return .some(nil) }
        guard let span = node.text.flatMap(Duration.init(configuration:)), span >= .seconds(86_400) else { return nil }
        return .some(span)
    }
}
