public import Kernel

/// How passwords are hashed and which are taken.
public struct PasswordSettings: Sendable, Equatable {
    public enum Scheme: String, Sendable, CaseIterable { case bcrypt, argon2id }

    public var scheme = Scheme.bcrypt
    /// bcrypt's cost: 2^cost rounds.
    public var cost = 12
    /// Argon2id's memory in KiB.
    public var memory = 19_456
    /// Argon2id's passes over it.
    public var passes = 2
    /// Fewest characters (Unicode scalars after NFC).
    public var minimum = 15
    /// As `minimum`, for roles that must have a second factor.
    public var minimumWithFactor = 8
    /// Most characters; bounds the work, nothing is ever cut off.
    public var maximum = 256
    /// Refuses what is common, breached, personal or patterned.
    public var mode = ControlMode.enforce
    /// Asks for letters of both cases, a digit and a mark, for those whose auditor insists.
    public var asksForClasses = false
    /// A file of passwords that others lost.
    public var breachedFile: String?
    /// Hashing that waits at most, for each worker.
    public var queue = 16

    public init() {}

    public static func read(_ reader: inout ConfigurationReader) -> PasswordSettings {
        var settings = PasswordSettings()
        let key = "identity.password"
        settings.mode = reader.mode(of: key)
        settings.scheme = reader.read(
            Setting<Scheme>(
                "\(key).scheme", summary: "How new password hashes are made; old ones are renewed at sign-in.",
                form: "bcrypt or argon2id", default: .bcrypt, defaultText: "bcrypt",
                parse: { $0.text.flatMap(Scheme.init(rawValue:)) }))
        settings.cost = reader.read(
            .number("\(key).cost", summary: "bcrypt's cost: 2^cost rounds.", default: 12, in: 4...16))
        settings.memory = reader.read(
            .number("\(key).memory", summary: "Argon2id's memory in KiB.", default: 19_456, in: 7168...1_048_576))
        settings.passes = reader.read(
            .number("\(key).passes", summary: "Argon2id's passes over its memory.", default: 2, in: 1...20))
        settings.minimum = reader.read(
            .number(
                "\(key).minimum", summary: "Fewest characters of a password that stands alone.", default: 15, in: 8...64
            ))
        settings.minimumWithFactor = reader.read(
            .number(
                "\(key).minimum-with-second-factor",
                summary: "As minimum, for roles that must have a second factor; the lower of both counts.", default: 8,
                in: 8...64))
        settings.asksForClasses = reader.read(
            .flag(
                "\(key).complexity",
                summary: "Ask for letters of both cases, a digit and a mark: for those whose auditor insists.",
                default: false))
        settings.breachedFile = reader.read(
            Setting<String?>(
                "\(key).breached-file",
                summary:
                    "Passwords that others lost: one a line, or sorted SHA-1 hashes as Have I Been Pwned has them.",
                form: "the path of a file", default: nil, defaultText: "none", reloads: false,
                parse: { node in node.text.flatMap { $0.isEmpty ? nil : .some($0) } }))
        if reader.environment == .production, settings.cost < 10 {
            reader.report(
                ConfigurationError(
                    key: "\(key).cost", given: "\(settings.cost)", valid: "10 to 16 in production",
                    origin: reader.origin(of: "\(key).cost")))
        }
        return settings
    }
}
