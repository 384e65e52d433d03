public import Kernel

/// Who does the work behind the edge.
public struct WorkerPlan: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// `serve` starts one worker and keeps it up.
        case own
        /// Somebody else runs `seaworthy work`.
        case external
        /// Nobody: jobs wait.
        case none
    }

    public var kind: Kind
    /// The worker's own file; nil: `worker.yaml` where there is one. The edge knows its name and never opens it.
    public var file: String?
}

public enum WorkerKeys {
    static let kind = Setting<WorkerPlan.Kind>(
        "worker", summary: "Who runs jobs: a worker that serve starts and keeps up, somebody else's, or nobody.",
        form: "own, external or none", default: .own, defaultText: "own", reloads: false,
        parse: { $0.text.flatMap(WorkerPlan.Kind.init(rawValue:)) })

    public static let file = Setting<String?>(
        "worker-config", summary: "The worker's own file with what the edge must not know; serve never opens it.",
        form: "a path", default: nil, defaultText: "worker.yaml where it exists", reloads: false,
        parse: { node in node.text.flatMap { $0.isEmpty || $0.utf8.contains(0) ? nil : .some($0) } })

    /// Only in the worker's own file.
    static let appDatabase = Setting<Secret?>(
        "app.database", summary: "The app's own database, for export and erasure of a person's data.",
        form: "the address as the app knows it, such as postgres://USER:PASSWORD@HOST/NAME", default: nil,
        defaultText: "none", reloads: false, isSecret: true,
        parse: { node in node.text.flatMap { $0.isEmpty ? nil : .some(Secret($0)) } })
}

extension WorkerPlan {
    static func read(_ reader: inout ConfigurationReader) -> WorkerPlan {
        WorkerPlan(kind: reader.read(WorkerKeys.kind), file: reader.read(WorkerKeys.file))
    }
}

/// What only the worker knows. Read from its own file, by its own process.
public struct WorkerConfiguration: Sendable {
    /// Credentials of the app's own database.
    public var appDatabase: Secret?
    /// Keys of the general configuration that stand here because the edge needs no knowledge of them.
    var shared: [String: ConfigurationValue] = [:]

    /// Areas whose keys may stand in the worker's own file: nobody else hands mail over or makes backups.
    static let areas = ["smtp.", "operations.backup."]

    /// - Parameter file: nil: `worker.yaml` in the working directory, where it exists.
    public static func load(_ file: String?) throws(ConfigurationErrors) -> WorkerConfiguration {
        let path = file ?? "worker.yaml"
        guard file != nil || BoundedFile.exists(path) else { return WorkerConfiguration() }
        if let problem = PrivateFile.problem(at: path) {
            throw ConfigurationErrors([ConfigurationError(key: "file", given: nil, valid: problem, origin: path)])
        }
        var collected = CollectedConfiguration()
        let settings = GatewayConfiguration.definedSettings.filter { setting in
            areas.contains { setting.key.hasPrefix($0) }
        }
        collected.readFile(path, known: KnownKeys([WorkerKeys.appDatabase.description] + settings))
        let names = Set(settings.map(\.key))
        var reader = ConfigurationReader(
            values: collected.values.filter { !names.contains($0.key) }, defaultMode: .enforce, environment: .production
        )
        for error in collected.errors { reader.report(error) }
        let configuration = WorkerConfiguration(
            appDatabase: reader.read(WorkerKeys.appDatabase), shared: collected.values.filter { names.contains($0.key) }
        )
        reader.reportUnknownKeys()
        guard reader.errors.isEmpty else { throw ConfigurationErrors(reader.errors) }
        return configuration
    }
}
