public import Kernel

/// How many wrong passwords lock what, and for how long.
public struct LockoutSettings: Sendable, Equatable {
    public var mode = ControlMode.enforce
    /// For each account (attempts from unknown devices), and for each known device of it.
    public var failures = 5
    /// For each address, whatever the accounts; known devices aren't counted.
    public var addressFailures = 5
    public var duration: Duration = .seconds(1800)
    public var longest: Duration = .seconds(86_400)

    public init() {}

    var perAccount: Lockout { Lockout(limit: failures, duration: duration, longest: longest) }
    var perAddress: Lockout { Lockout(limit: addressFailures, duration: duration, longest: longest) }

    public static func read(_ reader: inout ConfigurationReader) -> LockoutSettings {
        var settings = LockoutSettings()
        let key = "identity.lockout"
        settings.mode = reader.mode(of: key)
        settings.failures = reader.read(
            .number(
                "\(key).failures", summary: "Wrong passwords that lock an account, or one known device of it.",
                default: 5, in: 1...100))
        settings.addressFailures = reader.read(
            .number(
                "\(key).address-failures", summary: "Wrong passwords from one address that lock it.", default: 5,
                in: 1...10_000))
        settings.duration = reader.read(
            .duration(
                "\(key).duration", summary: "The first lock; each further one lasts twice as long.",
                default: .seconds(1800), defaultText: "30min"))
        settings.longest = reader.read(
            .duration(
                "\(key).longest", summary: "The longest lock.", default: .seconds(86_400), defaultText: "1d"))
        return settings
    }
}
