public import Kernel

/// What all stages of this room are configured with: read in one go, at boot and at reload.
public struct ProtectionSettings: Sendable, Equatable {
    public var problems: ProblemsStage.Settings
    public var headers: ResponseHeadersStage.Settings
    public var cookies: CookieAttributesStage.Settings
    public var compression: CompressionStage.Settings
    public var requestShape: RequestShapeStage.Settings
    public var host: HostCheckStage.Settings
    public var clientAddress: ClientAddressStage.Settings
    public var headerHygiene: HeaderHygieneStage.Settings
    public var https: HTTPSRedirectStage.Settings
    public var cors: CORSStage.Settings
    public var rateLimit: AddressLimitStage.Settings
    public var exposure: ExposureStage.Settings
    public var routePolicy: RoutePolicyStage.Settings
    public var csrf: CSRFStage.Settings
    public var authorization: AuthorizationStage.Settings
    public var webSocket: WebSocketStage.Settings
    public var scrubbing: ErrorScrubbingStage.Settings

    public static func read(_ reader: inout ConfigurationReader) -> ProtectionSettings {
        ProtectionSettings(
            problems: .read(&reader), headers: .read(&reader), cookies: .read(&reader), compression: .read(&reader),
            requestShape: .read(&reader), host: .read(&reader), clientAddress: .read(&reader),
            headerHygiene: .read(&reader), https: .read(&reader), cors: .read(&reader), rateLimit: .read(&reader),
            exposure: .read(&reader), routePolicy: .read(&reader), csrf: .read(&reader), authorization: .read(&reader),
            webSocket: .read(&reader), scrubbing: .read(&reader))
    }

    /// The manifests of this room.
    public static let capabilities: [Capability] = [
        ProblemsStage.capability, ResponseHeadersStage.capability, CookieAttributesStage.capability,
        CompressionStage.capability, RequestShapeStage.capability, HostCheckStage.capability,
        ClientAddressStage.capability, HeaderHygieneStage.capability, HTTPSRedirectStage.capability,
        CORSStage.capability, AddressLimitStage.capability, ExposureStage.capability, RoutePolicyStage.capability,
        CSRFStage.capability, WebSocketStage.capability, ErrorScrubbingStage.capability,
    ]
}
