public import Kernel
import Operations
import Store

/// The secrets of a configuration wherever they come from: judged, listed, and those by convention put in their keys'
/// places.
struct SecretReading {
    private(set) var errors: [ConfigurationError] = []
    private(set) var warnings: [ConfigurationWarning] = []
    private(set) var secrets: [ConfiguredSecret] = []
    private let environment: DeploymentEnvironment

    /// - Parameters:
    ///   - collected: gets the values of conventional variables for keys that nothing else gave.
    ///   - variables: the process's environment.
    init(
        _ collected: inout CollectedConfiguration, variables: [String: String], environment: DeploymentEnvironment,
        isSecret: (String) -> Bool
    ) {
        self.environment = environment
        let files = judgeFiles(collected, credentials: variables["CREDENTIALS_DIRECTORY"])
        judgeOwn(collected.values, files)
        warnOfReadableFile(collected, isSecret)
        let use = collected.values["secrets.database-url"]?.node.text.flatMap(DatabaseURLUse.init(rawValue:))
        let conventional = ConventionalSecrets(
            variables: variables, given: Set(collected.values.keys), environment: environment,
            databaseURL: use ?? .notOurs)
        take(conventional, into: &collected)
    }

    /// Who may read the files that hold secrets. (ASVS 5.0 V13.3.1)
    private mutating func judgeFiles(
        _ collected: CollectedConfiguration, credentials: String?
    ) -> [String: Timestamp] {
        var modified: [String: Timestamp] = [:]
        for file in collected.secretFiles {
            // What couldn't be read at all was told already.
            guard collected.values[file.key] != nil else { continue }
            do {
                let secret = try SecretFile(at: file.path, environment: environment, credentials: credentials)
                modified[file.key] = secret.modifiedAt
                if let concern = secret.concern {
                    warn(file.key, "\(file.origin) \(concern): production will refuse it")
                }
            } catch {
                errors.append(
                    ConfigurationError(
                        key: file.key, given: nil, valid: "\(error)", origin: file.origin, refusesSecret: true))
            }
        }
        return modified
    }

    /// What our own keys hold. `SecretSettings` itself refuses a weak `secret-key`.
    private mutating func judgeOwn(_ values: [String: ConfigurationValue], _ files: [String: Timestamp]) {
        if let value = values["secret-key"], let keys = SecretReading.texts(value.node) {
            let judgement = keys.map { SecretPolicy.judge($0) }.first { !$0.isStrong } ?? .strong
            add("secret-key", keys, value, files, judgement)
            if environment == .development, !judgement.isStrong {
                warn("secret-key", "is \(judgement): production will refuse it")
            }
        }
        for (key, needsPassword) in [("database", false), ("redis", true)] {
            guard let value = values[key], let text = value.node.text, SecretReading.isAddress(text) else { continue }
            let judgement = SecretPolicy.judgeAddress(Secret(text), needsPassword: needsPassword)
            add(key, [Secret(text)], value, files, judgement)
            guard !judgement.isStrong else { continue }
            if environment == .production {
                errors.append(
                    ConfigurationError(
                        key: key, given: nil,
                        valid: "its password is \(judgement): production wants a random one of its own",
                        origin: value.origin, refusesSecret: true))
            } else {
                warn(key, "its password is \(judgement): production will refuse it")
            }
        }
    }

    private mutating func add(
        _ key: String, _ values: [Secret], _ value: ConfigurationValue, _ files: [String: Timestamp],
        _ judgement: SecretJudgement
    ) {
        secrets.append(
            ConfiguredSecret(
                name: key, values: values, origin: value.origin, modifiedAt: files[key], judgement: judgement))
    }

    /// A configuration file that holds secrets is read by nobody else.
    private mutating func warnOfReadableFile(_ collected: CollectedConfiguration, _ isSecret: (String) -> Bool) {
        guard let file = collected.file else { return }
        let keys = collected.values.filter { key, value in
            isSecret(key) && (value.origin == file || value.origin.hasPrefix(file + ":"))
                // A path or `none` is no secret.
                && (key != "database" && key != "redis" || value.node.text.map(SecretReading.isAddress) ?? false)
        }.keys.sorted()
        guard let key = keys.first, let problem = PrivateFile.problem(at: file) else { return }
        warn(key, "stands in \(file), which \(problem)")
    }

    private mutating func take(_ conventional: ConventionalSecrets, into collected: inout CollectedConfiguration) {
        errors += conventional.errors
        secrets += conventional.secrets
        for note in conventional.notes {
            let name = note.prefix { $0 != " " }
            warn(String(name), String(note.dropFirst(name.count + 1)))
        }
        for (key, value) in conventional.values where collected.values[key] == nil {
            // Where platforms set it, it is the app's: what we can't use is no error of ours.
            if key == "redis", RedisKeys.redis.parse(value.node) == nil {
                warn(
                    "REDIS_URL",
                    "isn't used: limits are counted by this replica alone. `redis` is \(RedisKeys.redis.form)")
                continue
            }
            collected.values[key] = value
        }
    }

    private mutating func warn(_ key: String, _ text: String) {
        warnings.append(ConfigurationWarning(key: key, text: text))
    }

    /// Whether it names a server, and so may hold a password.
    private static func isAddress(_ text: String) -> Bool {
        ["postgres://", "postgresql://", "redis://"].contains { text.hasPrefix($0) }
    }

    private static func texts(_ node: ConfigurationNode) -> [Secret]? {
        switch node {
        case .scalar(let text): text.split(whereSeparator: \.isNewline).map { Secret(String($0)) }
        case .list(let nodes): nodes.compactMap(\.text).map { Secret($0) }
        case .mapping: nil
        }
    }
}

extension GatewayConfiguration {
    /// The list of root keys as `SEAWORTHY_SECRET_KEY` is read: in YAML's flow syntax.
    public var secretKeyText: Secret {
        let texts = secrets.secretKeys.map { "'" + $0.reveal().replacing("'", with: "''") + "'" }
        return Secret("[" + texts.joined(separator: ", ") + "]")
    }

    /// Whether the root keys are the same.
    public func hasSecretKey(of other: GatewayConfiguration) -> Bool {
        secrets.secretKeys == other.secrets.secretKeys
    }

    /// Secrets that are others than in `earlier`, by name: for the log line of a reload. Also those that came or went.
    public func changedSecrets(since earlier: GatewayConfiguration) -> [String] {
        let names = Set((configuredSecrets + earlier.configuredSecrets).map(\.name)).sorted()
        return names.filter { name in
            let old = earlier.configuredSecrets.filter { $0.name == name }
            let new = configuredSecrets.filter { $0.name == name }
            return old.count != new.count || zip(old, new).contains { !$0.holdsSame(as: $1) }
        }
    }
}
