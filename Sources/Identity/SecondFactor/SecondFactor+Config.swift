public import Kernel

/// Who must have a second factor, and for how long a proof of who it is counts.
public struct SecondFactorSettings: Sendable, Equatable {
    /// Roles whose people can do nothing but set one up until they have one.
    public var requiredFor: Set<String> = []
    /// Sensitive acts want a proof of who it is that is no older. (ASVS 5.0 V7.5.1, V7.5.3)
    public var freshness: Duration = .seconds(300)
    /// How the entry in an authenticator app is called.
    public var issuer = "Seaworthy"

    public init() {}

    public func isRequired(of role: Role) -> Bool { requiredFor.contains(role.rawValue) }

    public static func read(_ reader: inout ConfigurationReader) -> SecondFactorSettings {
        var settings = SecondFactorSettings()
        settings.requiredFor = Set(
            reader.read(
                .texts(
                    "identity.second-factor.required-for",
                    summary: "Roles whose people must have a second factor; until then they are led to set one up.",
                    form: "a list of roles, such as [administrator]", default: [], reloads: false,
                    accepts: { Role(rawValue: $0) != nil })))
        settings.freshness = reader.read(
            .duration(
                "identity.re-authentication", summary: "Sensitive acts want a proof of who it is that is no older.",
                default: .seconds(300), defaultText: "5min"))
        settings.issuer = reader.read(
            Setting<String>(
                "identity.second-factor.issuer", summary: "How the entry in people's authenticator app is called.",
                form: "1 to 60 letters, digits, spaces, dots and hyphens", default: "Seaworthy",
                defaultText: "Seaworthy",
                parse: { node in
                    node.text.flatMap { text in
                        (1...60).contains(text.utf8.count)
                            && text.utf8.allSatisfy {
                                $0.isASCIILetter || $0.isASCIIDigit || [0x20, 0x2D, 0x2E].contains($0)
                            } ? text : nil
                    }
                }))
        if settings.freshness < .seconds(30) || settings.freshness > .seconds(3600) {
            reader.report(
                ConfigurationError(
                    key: "identity.re-authentication", given: nil, valid: "30s to 1h",
                    origin: reader.origin(of: "identity.re-authentication")))
        }
        return settings
    }
}
