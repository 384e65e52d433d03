public import Kernel

/// What signs access tokens.
public enum TokenAlgorithm: String, Sendable, CaseIterable {
    /// Ed25519 (RFC 8037).
    case edDSA = "EdDSA"
    /// P-256 with SHA-256 (RFC 7518 §3.4), for readers that know nothing else.
    case es256 = "ES256"
}

/// Tokens of programs: how long they are good, and what signs them.
public struct TokenSettings: Sendable, Equatable {
    public var access: Duration = .seconds(3600)
    public var refresh: Duration = .seconds(30 * 86_400)
    public var algorithm = TokenAlgorithm.edDSA

    public init() {}

    /// What access tokens name a key of the ring by (`kid`).
    public func keyID(of ring: String) -> String { TokenSigner.id(of: ring, algorithm) }

    public static func read(_ reader: inout ConfigurationReader) -> TokenSettings {
        var settings = TokenSettings()
        settings.access = reader.read(
            .duration(
                "identity.token.access", summary: "How long an access token is good.", default: .seconds(3600),
                defaultText: "1h"))
        settings.refresh = reader.read(
            .duration(
                "identity.token.refresh",
                summary: "How long after its sign-in a program may refresh its tokens.", default: .seconds(30 * 86_400),
                defaultText: "30d"))
        settings.algorithm = reader.read(
            Setting<TokenAlgorithm>(
                "identity.token.algorithm", summary: "What signs access tokens.", form: "EdDSA or ES256",
                default: .edDSA, defaultText: "EdDSA", reloads: false,
                parse: { $0.text.flatMap(TokenAlgorithm.init(rawValue:)) }))
        // A key signs for a day at most after another took over: no token may outlive it.
        if settings.access < .seconds(60) || settings.access > .seconds(86_400) || settings.refresh < settings.access {
            reader.report(
                ConfigurationError(
                    key: "identity.token.access", given: nil,
                    valid: "1min to 24h, and no longer than identity.token.refresh",
                    origin: reader.origin(of: "identity.token.access")))
        }
        return settings
    }
}
