import Kernel

/// What a configuration is read from. Flags win over the environment, that over the file, that over the defaults.
public struct ConfigurationSources: Sendable {
    public enum File: Sendable, Equatable {
        case none
        /// Read where it exists: `seaworthy.yaml` in the working directory.
        case ifPresent(String)
        /// Named by somebody: it must be there.
        case required(String)
    }

    /// A flag of its own for one key, such as `--listen`.
    public struct Flag: Sendable, Equatable {
        public let name: String
        public let key: String
        public let value: String
        public init(name: String, key: String, value: String) {
            self.name = name
            self.key = key
            self.value = value
        }
    }

    public var file: File
    /// The process's environment; only names that start with `SEAWORTHY_`, and those of `ConventionalVariable`, are
    /// looked at.
    public var environment: [String: String]
    /// `KEY=VALUE` each, as given by `--set`; of two for one key the later one counts.
    public var sets: [String]
    public var flags: [Flag]
    /// What the worker's own file says; laid over the file, below the environment. Empty in the edge.
    var workersOwn: [String: ConfigurationValue] = [:]

    public init(
        file: File = .none, environment: [String: String] = [:], sets: [String] = [], flags: [Flag] = []
    ) {
        self.file = file
        self.environment = environment
        self.sets = sets
        self.flags = flags
    }

    /// The variable that names the file when no `--config` does.
    public static let fileVariable = "SEAWORTHY_CONFIG"

    /// With what the worker's own file says: for a worker, and for whoever may read that file.
    ///
    /// - Parameter file: nil: `worker.yaml` where it exists.
    public func withWorkersOwn(_ file: String?) throws(ConfigurationErrors) -> ConfigurationSources {
        var sources = self
        sources.workersOwn = try WorkerConfiguration.load(file).shared
        return sources
    }

    /// All layers laid over each other, with what was wrong in any of them.
    func collect(known: KnownKeys) -> CollectedConfiguration {
        var collected = CollectedConfiguration()
        switch file {
        case .none:
            break
        case .ifPresent(let path):
            if BoundedFile.exists(path) { collected.readFile(path, known: known) }
        case .required(let path):
            collected.readFile(path, known: known)
        }
        collected.values.merge(workersOwn) { _, own in own }
        collected.readEnvironment(environment, known: known)
        collected.readFlags(sets: sets, flags: flags, known: known)
        return collected
    }
}

/// The keys that exist, as the sources need them.
struct KnownKeys: Sendable {
    let settings: [SettingDescription]
    private let keys: Set<String>
    private let secrets: Set<String>
    /// `SEAWORTHY_…` to key.
    let variables: [String: String]

    init(_ settings: [SettingDescription]) {
        self.settings = settings
        self.keys = Set(settings.map(\.key))
        self.secrets = Set(settings.lazy.filter(\.isSecret).map(\.key))
        self.variables = Dictionary(
            settings.map { (KnownKeys.variable(for: $0.key), $0.key) }, uniquingKeysWith: { first, _ in first })
    }

    func contains(_ key: String) -> Bool { keys.contains(key) }
    func isSecret(_ key: String) -> Bool { secrets.contains(key) }
    /// Whether `section` holds further keys, as `protection` does.
    func isSection(_ section: String) -> Bool { keys.contains { $0.hasPrefix(section + ".") } }

    /// `protection.rate-limit.address` → `SEAWORTHY_PROTECTION_RATE_LIMIT_ADDRESS`.
    static func variable(for key: String) -> String {
        "SEAWORTHY_" + key.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }

    /// What stands for a mapping that also has settings of its own: `routes.list`, `database.url`.
    static func canonical(_ key: String) -> String {
        switch key {
        case "routes.list": "routes"
        case "database.url": "database"
        default: key
        }
    }
}

/// Values by key with the errors of reading them.
struct CollectedConfiguration: Sendable {
    var values: [String: ConfigurationValue] = [:]
    var errors: [ConfigurationError] = []
    /// The file that was read.
    var file: String?
    /// Secrets that a file of their own was named for: who may read it is judged once the environment is known.
    var secretFiles: [SecretFileName] = []

    struct SecretFileName: Sendable {
        let key: String
        let variable: String
        let path: String
        var origin: String { "\(variable) (\(path))" }
    }
    /// Whether the file was not there or no YAML.
    var isFileUnread: Bool { file != nil && errors.contains { $0.key == "file" } }

    mutating func reject(_ key: String, given: String? = nil, _ valid: String, origin: String?) {
        errors.append(ConfigurationError(key: key, given: given, valid: valid, origin: origin))
    }

    mutating func readFile(_ path: String, known: KnownKeys) {
        file = path
        let text: String
        do {
            text = try BoundedFile.text(at: path, limit: YAMLSource.sizeLimit)
        } catch {
            return reject("file", error.explanation, origin: path)
        }
        var source = YAMLSource(name: path, known: known)
        source.read(text)
        values = source.values
        errors += source.errors
    }

    mutating func readFlags(sets: [String], flags: [ConfigurationSources.Flag], known: KnownKeys) {
        var given: [String: ConfigurationValue] = [:]
        for text in sets {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                reject("--set", "--set wants KEY=VALUE, such as --set routes.default=app", origin: "--set")
                continue
            }
            let key = KnownKeys.canonical(String(text[..<equals]))
            switch YAMLSource.node(of: String(text[text.index(after: equals)...])) {
            case .success(let node): given[key] = ConfigurationValue(node, origin: "--set")
            case .failure(let problem): reject(key, problem.explanation, origin: "--set")
            }
        }
        for flag in flags {
            let value = ConfigurationValue(.scalar(flag.value), origin: flag.name)
            if let other = given[flag.key], other.node != value.node {
                reject(
                    flag.key, given: known.isSecret(flag.key) ? nil : flag.value,
                    "given twice: by \(flag.name) and by --set; keep one", origin: flag.name)
            }
            given[flag.key] = value
        }
        values.merge(given) { _, new in new }
    }
}
