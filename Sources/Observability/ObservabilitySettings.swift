public import Kernel

/// What this room is configured with: read in one go, at boot and at reload.
public struct ObservabilitySettings: Sendable, Equatable {
    public var accessLog: AccessLogSettings

    public init(accessLog: AccessLogSettings = AccessLogSettings()) { self.accessLog = accessLog }

    public static func read(_ reader: inout ConfigurationReader) -> ObservabilitySettings {
        ObservabilitySettings(accessLog: .read(&reader))
    }

    /// The manifests of this room.
    public static let capabilities: [Capability] = [
        RecordStage.capability, MetricsStage.capability, WebhookSettings.capability,
    ]
}
