public import Kernel

/// How long API keys may last.
public struct APIKeySettings: Sendable, Equatable {
    /// From its making to its end: no key is for ever.
    public var longest: Duration = .seconds(365 * 86_400)

    public init() {}

    /// Whole days, one at least.
    public var longestDays: Int { max(1, Int(longest.components.seconds / 86_400)) }

    public static func read(_ reader: inout ConfigurationReader) -> APIKeySettings {
        var settings = APIKeySettings()
        let key = "identity.api-key.longest"
        settings.longest = reader.read(
            .duration(
                key, summary: "The longest life of an API key; its maker chooses a shorter one.",
                default: .seconds(365 * 86_400), defaultText: "365d"))
        if settings.longest < .seconds(86_400) {
            reader.report(
                ConfigurationError(key: key, given: nil, valid: "1d or more", origin: reader.origin(of: key)))
        }
        return settings
    }
}
