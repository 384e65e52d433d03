import Identity
public import Kernel
import Observability
import Operations
import Protection

extension GatewayConfiguration {
    /// What the configuration is for: inspection does without the keys that only a running gateway needs.
    public enum Purpose: Sendable { case serving, inspection }

    /// Reads and validates everything; throws every error there is, together.
    public static func load(
        _ sources: ConfigurationSources, for purpose: Purpose = .serving
    ) throws(ConfigurationErrors) -> LoadedConfiguration {
        let reading = read(sources, for: purpose)
        guard reading.errors.isEmpty else { throw ConfigurationErrors(reading.errors) }
        return LoadedConfiguration(
            configuration: reading.configuration, warnings: reading.warnings, file: reading.file,
            settings: reading.settings)
    }

    /// As `load`, with errors beside what could be read: for `config explain`.
    public static func read(_ sources: ConfigurationSources, for purpose: Purpose) -> ConfigurationReading {
        let known = KnownKeys(definedSettings)
        var collected = sources.collect(known: known)
        // The environment and the general mode decide defaults of everything else, so they are looked at first.
        let environment = environment(in: collected.values)
        let secrets = SecretReading(
            &collected, variables: sources.environment, environment: environment, isSecret: known.isSecret)
        let mode =
            given(ServerSettings.mode, in: collected.values) ?? (environment == .production ? .enforce : .observe)
        var reader = ConfigurationReader(values: collected.values, defaultMode: mode, environment: environment)
        for error in collected.errors + secrets.errors { reader.report(error) }
        var warnings = secrets.warnings
        var configuration = readAll(
            &reader, values: collected.values, stateDirectory: sources.environment["STATE_DIRECTORY"], for: purpose,
            warnings: &warnings)
        configuration.configuredSecrets = secrets.secrets
        configuration.modes = modes(in: collected.values, default: mode)
        configuration.explained = explained(
            reader.settings, collected.values, environment: environment, mode: mode)
        reader.reportUnknownKeys()
        // A file that could not be read would make every key of it look missing.
        var errors = collected.isFileUnread ? reader.errors.filter { $0.origin != nil } : reader.errors
        // Told under the name by which it was given.
        if secrets.errors.contains(where: { $0.key == "SECRET_KEY" }) { errors.removeAll { $0.key == "secret-key" } }
        return ConfigurationReading(
            configuration: configuration, errors: errors, warnings: warnings, file: collected.file,
            settings: configuration.explained)
    }

    /// Every key that exists, in reading order.
    public static let definedSettings: [SettingDescription] = {
        var reader = ConfigurationReader(values: [:], defaultMode: .observe, environment: .development)
        var warnings: [ConfigurationWarning] = []
        _ = readAll(&reader, values: [:], stateDirectory: nil, for: .inspection, warnings: &warnings)
        var seen: Set<String> = []
        return reader.settings.filter { seen.insert($0.key).inserted }
    }()

    private static func readAll(
        _ reader: inout ConfigurationReader, values: [String: ConfigurationValue], stateDirectory: String?,
        for purpose: Purpose, warnings: inout [ConfigurationWarning]
    ) -> GatewayConfiguration {
        let upstream = reader.read(ServerSettings.upstream)
        let listen = reader.read(ServerSettings.listen)
        let tlsListen = reader.read(ServerSettings.tlsListen)
        let certificate = reader.read(ServerSettings.tlsCertificate)
        let key = reader.read(ServerSettings.tlsKey)
        let operatorListen = reader.read(ServerSettings.operatorListen)
        _ = reader.read(ServerSettings.environment)
        _ = reader.read(ServerSettings.mode)
        var tls: TLSDoor?
        if let tlsListen {
            tls = TLSDoor(
                listen: tlsListen, material: material(&reader, certificate: certificate, key: key))
        }
        let publicURL = reader.read(ServerSettings.publicURL)
        let configuration = GatewayConfiguration(
            environment: reader.environment, mode: reader.defaultMode,
            upstream: upstream ?? .tcp(host: "upstream.invalid", port: 80), listen: listen, tls: tls,
            operatorListen: operatorListen, publicURL: publicURL,
            pidFile: reader.read(ServerSettings.pidFile), timeLimits: TimeLimits.read(&reader),
            upstreamConnections: reader.read(
                .number(
                    "limits.upstream.connections", summary: "Most connections to the app at a time.", default: 1024,
                    in: 1...65_535)),
            threads: reader.read(ServerSettings.threads),
            emptiesPipeline: reader.read(ServerSettings.emptyPipeline),
            database: .read(&reader, stateDirectory: stateDirectory), redis: reader.read(RedisKeys.redis),
            worker: .read(&reader), secrets: .read(&reader), audit: .read(&reader),
            background: .read(&reader, host: publicURL?.host),
            identity: .read(&reader), console: .read(&reader), protection: .read(&reader), observability: .read(&reader)
        )
        let rules = ConfigurationRules(configuration: configuration, hasCertificate: certificate != nil || key != nil)
        rules.checkUpstream(&reader, isMissing: upstream == nil && purpose == .serving)
        rules.checkDoors(&reader)
        rules.checkProduction(&reader)
        rules.checkIdentity(&reader)
        rules.checkProviders(&reader)
        rules.checkBackground(&reader)
        rules.checkSecretKey(&reader, isNeeded: purpose == .serving)
        warnings += rules.warnings(reader)
        return configuration
    }

    /// The certificate with its key, where both are named and fit each other.
    private static func material(
        _ reader: inout ConfigurationReader, certificate: String?, key: String?
    ) -> TLSMaterial? {
        guard let certificate, let key else { return nil }
        do {
            return try TLSMaterial.load(certificate: certificate, key: key)
        } catch {
            let (name, path) =
                error.file == .certificate ? ("tls-certificate", certificate) : ("tls-key", key)
            reader.report(
                ConfigurationError(key: name, given: path, valid: error.explanation, origin: reader.origin(of: name)))
            return nil
        }
    }

    private static func environment(in values: [String: ConfigurationValue]) -> DeploymentEnvironment {
        if let given = given(ServerSettings.environment, in: values) { return given }
        let listen =
            values["listen"].flatMap { ServerSettings.listen.parse($0.node) } ?? ServerSettings.listen.defaultValue
        let tls = given(ServerSettings.tlsListen, in: values)
        return listen.isLoopback && (tls?.isLoopback ?? true) ? .development : .production
    }

    private static func modes(
        in values: [String: ConfigurationValue], default mode: ControlMode
    ) -> [String: ControlMode] {
        var modes: [String: ControlMode] = [:]
        for capability in Capabilities.all {
            guard let key = capability.modeKey else { continue }
            modes[capability.id] = values[key]?.node.text.flatMap(ControlMode.init(rawValue:)) ?? mode
        }
        return modes
    }

    private static func given<Value>(
        _ setting: Setting<Value?>, in values: [String: ConfigurationValue]
    ) -> Value? {
        values[setting.key].flatMap { setting.parse($0.node) } ?? nil
    }
}

/// What reading gave, errors included.
public struct ConfigurationReading: Sendable {
    /// Defaults stand where something was wrong.
    public let configuration: GatewayConfiguration
    public let errors: [ConfigurationError]
    public let warnings: [ConfigurationWarning]
    public let file: String?
    public let settings: [ExplainedSetting]
}
