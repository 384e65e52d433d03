import ArgumentParser
import Foundation
import Gateway
import Kernel

/// The flags by which every command that reads a configuration is told where from.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read the configuration from this file (default: ./seaworthy.yaml where it exists).", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(help: ArgumentHelp(flag: ServerSettings.upstream, value: "url"))
    var upstream: String?

    @Option(help: ArgumentHelp(flag: ServerSettings.listen, value: "host:port"))
    var listen: String?

    @Option(name: .customLong("tls-listen"), help: ArgumentHelp(flag: ServerSettings.tlsListen, value: "host:port"))
    var tlsListen: String?

    @Option(
        name: .customLong("tls-certificate"), help: ArgumentHelp(flag: ServerSettings.tlsCertificate, value: "file"),
        completion: .file())
    var tlsCertificate: String?

    @Option(
        name: .customLong("tls-key"), help: ArgumentHelp(flag: ServerSettings.tlsKey, value: "file"),
        completion: .file())
    var tlsKey: String?

    @Option(name: .customLong("operator"), help: ArgumentHelp(flag: ServerSettings.operatorListen, value: "host:port"))
    var operatorListen: String?

    @Option(
        help: ArgumentHelp(flag: ServerSettings.environment, value: "environment"),
        completion: .list(DeploymentEnvironment.allCases.map(\.rawValue)))
    var environment: String?

    @Option(help: ArgumentHelp(flag: ServerSettings.mode, value: "mode"), completion: .list(["observe", "enforce"]))
    var mode: String?

    @Option(name: .customLong("public-url"), help: ArgumentHelp(flag: ServerSettings.publicURL, value: "url"))
    var publicURL: String?

    @Option(
        name: .customLong("pid-file"), help: ArgumentHelp(flag: ServerSettings.pidFile, value: "file"),
        completion: .file())
    var pidFile: String?

    @Option(help: ArgumentHelp(flag: DatabaseKeys.database, value: "url"))
    var database: String?

    @Option(
        name: .customLong("worker-config"), help: ArgumentHelp(flag: WorkerKeys.file, value: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var workerConfig: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Set any key, such as --set protection.rate-limit.address=100/min; may be repeated.",
            valueName: "key=value"))
    var sets: [String] = []

    /// Flags over the environment over the file.
    var sources: ConfigurationSources {
        let environment = ProcessInfo.processInfo.environment
        let named = config ?? environment[ConfigurationSources.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        return ConfigurationSources(
            file: named.map { .required($0) } ?? .ifPresent("seaworthy.yaml"), environment: environment, sets: sets,
            flags: flags)
    }

    private var flags: [ConfigurationSources.Flag] {
        let given: [(String, String?)] = [
            ("upstream", upstream), ("listen", listen), ("tls-listen", tlsListen),
            ("tls-certificate", tlsCertificate), ("tls-key", tlsKey), ("operator", operatorListen),
            ("environment", self.environment), ("mode", mode), ("public-url", publicURL), ("pid-file", pidFile),
            ("database", database), ("worker-config", workerConfig),
        ]
        return given.compactMap { key, value in
            value.map { ConfigurationSources.Flag(name: "--\(key)", key: key, value: $0) }
        }
    }

    /// The same options as arguments for another process, without the database and the root key: these go by its
    /// environment, because anybody may read a list of processes.
    var argumentsWithoutSecrets: [String] {
        let left = ["database=", "database.url=", "secret-key="]
        return (config.map { ["--config", $0] } ?? [])
            + flags.filter { $0.key != "database" }.flatMap { [$0.name, $0.value] }
            + sets.filter { set in !left.contains { set.hasPrefix($0) } }.flatMap { ["--set", $0] }
    }

    var setsSecretKey: Bool { sets.contains { $0.hasPrefix("secret-key=") } }

    /// The validated configuration; otherwise every error on standard error and exit 78.
    ///
    /// - Parameter refused: hears of the errors first, for the log.
    func load(
        for purpose: GatewayConfiguration.Purpose, refused: (ConfigurationErrors) -> Void = { _ in }
    ) throws -> LoadedConfiguration {
        do {
            return try GatewayConfiguration.load(sources, for: purpose)
        } catch {
            refused(error)
            throw ExitStatus.failure(ExitStatus.configuration, error.description)
        }
    }
}

extension ArgumentHelp {
    /// Help from the definition of the key that the flag sets.
    init<Value>(flag setting: Setting<Value>, value name: String) {
        let fallback = setting.defaultText == "none" ? "" : " (default: \(setting.defaultText))"
        self.init(
            "\(setting.summary.hasSuffix(".") ? String(setting.summary.dropLast()) : setting.summary)\(fallback).",
            valueName: name)
    }
}
