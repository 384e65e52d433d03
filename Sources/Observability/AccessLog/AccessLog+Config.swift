public import Kernel

/// What the access log holds and where it goes.
public struct AccessLogSettings: Sendable, Equatable {
    /// Lines below it aren't written.
    public var level: AccessLogLevel
    /// A file's path, or `-` for standard output.
    public var file: String

    public init(level: AccessLogLevel = .info, file: String = "-") {
        self.level = level
        self.file = file
    }

    public static func read(_ reader: inout ConfigurationReader) -> AccessLogSettings {
        AccessLogSettings(level: reader.read(levelSetting), file: reader.read(fileSetting))
    }

    static let levelSetting = Setting<AccessLogLevel>(
        "observability.log.level", summary: "The least level that the access log holds.",
        form: "info, warning or error", default: .info, defaultText: "info",
        parse: { $0.text.flatMap(AccessLogLevel.init(rawValue:)) })

    static let fileSetting = Setting<String>(
        "observability.log.file",
        summary: "Where the access log goes; a file is opened anew at each reload, so that it can be rotated.",
        form: "a file's path, or - for standard output", default: "-", defaultText: "-",
        parse: { node in node.text.flatMap { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 } })
}
