public import Identity
public import Kernel
public import Observability
public import Operations
public import Protection
public import Store

/// One gateway's whole configuration, validated: read at boot and at reload, swapped whole.
public struct GatewayConfiguration: Sendable {
    /// Decides defaults only.
    public var environment: DeploymentEnvironment
    /// What a control does that has no mode of its own set.
    public var mode: ControlMode
    public var upstream: UpstreamAddress
    /// The public door, plain HTTP.
    public var listen: ListenAddress
    /// The public door over TLS; nil: none.
    public var tls: TLSDoor?
    public var operatorListen: ListenAddress
    public var publicURL: PublicURL?
    public var pidFile: String?
    public var timeLimits: TimeLimits
    /// At most this many connections to the app.
    public var upstreamConnections: Int
    /// Event loops; 0 means one for each core.
    public var threads: Int
    /// Runs no stage at all, to measure what the stages cost.
    public var emptiesPipeline: Bool
    /// The mode of each control that has one, by capability id.
    var modes: [String: ControlMode] = [:]
    /// Every key with its value in force and where that came from, as `config explain` shows it.
    var explained: [ExplainedSetting] = []
    /// Names of stages that are taken out of the list: only `prove` does that, to a shadow; no key can.
    var leftOut: Set<String> = []
    public var database: DatabaseConfiguration
    /// Where replicas count limits together; nil: each alone.
    public var redis: RedisAddress?
    public var worker: WorkerPlan
    /// The root keys, and how keys change.
    public var secrets: SecretSettings
    /// How the audit trail is watched over.
    public var audit: AuditSettings
    /// Every secret that was given, with what it is worth: for the inventory, and to tell changed ones at a reload.
    public var configuredSecrets: [ConfiguredSecret] = []
    /// Jobs, mails, webhooks and backups.
    public var background: BackgroundConfiguration
    public var identity: IdentitySettings
    public var console: ConsoleSettings
    public var protection: ProtectionSettings
    public var observability: ObservabilitySettings

    /// The TLS listener of the public door.
    public struct TLSDoor: Sendable {
        public var listen: ListenAddress
        /// nil: a self-signed certificate is made at start (development only).
        public var material: TLSMaterial?
    }
}

/// A configuration that is in order, with what its operator should know of it.
public struct LoadedConfiguration: Sendable {
    public let configuration: GatewayConfiguration
    public let warnings: [ConfigurationWarning]
    /// The file that was read, if any.
    public let file: String?
    /// Every key with the value in force.
    public let settings: [ExplainedSetting]

    public init(
        configuration: GatewayConfiguration, warnings: [ConfigurationWarning], file: String?,
        settings: [ExplainedSetting]
    ) {
        self.configuration = configuration
        self.warnings = warnings
        self.file = file
        self.settings = settings
    }
}

extension LoadedConfiguration {
    /// Keys whose values are others than in `earlier`; secrets by what they hold.
    public func changedKeys(since earlier: LoadedConfiguration) -> [String] {
        let old = Dictionary(earlier.settings.map { ($0.description.key, $0.value) }, uniquingKeysWith: { $1 })
        let changed = settings.filter { $0.value != old[$0.description.key] }.map(\.description.key)
        return Set(changed + configuration.changedSecrets(since: earlier.configuration)).sorted()
    }
}
