public import Kernel

/// Whether this gateway has accounts of its own, and how people get one and stay signed in.
public struct IdentitySettings: Sendable, Equatable {
    /// Who signs people in.
    public enum SignIn: String, Sendable, CaseIterable {
        /// Nobody here: the app has its own way, or none.
        case none
        /// We do, with accounts of our own.
        case own
        /// The app does, and we guard it.
        case adopt
    }

    public enum SignUp: String, Sendable, CaseIterable {
        /// Accounts come from the command line only.
        case off
        /// Administrators invite people.
        case invite
        /// Whoever has an address that mail reaches.
        case open
    }

    public var signIn = SignIn.none
    public var signUp = SignUp.off
    /// A session ends when nothing was asked for this long.
    public var idle: Duration = .seconds(1800)
    /// A session ends this long after it began, whatever is asked.
    public var absolute: Duration = .seconds(43_200)
    /// Who the app's token is for (`aud`).
    public var audience = "app"
    /// Who else signs people in, in the order of their buttons.
    public var providers: [SignInProvider] = []
    public var password = PasswordSettings()
    public var lockout = LockoutSettings()
    public var secondFactor = SecondFactorSettings()
    public var adoption = AdoptionSettings()
    /// What each role may do.
    public var roles = RoleTable.builtIn
    public var apiKeys = APIKeySettings()
    public var tokens = TokenSettings()

    public init() {}

    /// Whether there is anything of this room at all.
    public var isOn: Bool { signIn != .none }
    /// Whether accounts are ours, with pages to sign in.
    public var hasOwnAccounts: Bool { signIn == .own }
    /// Whether people may have a second factor with us.
    public var hasSecondFactors: Bool { hasOwnAccounts || signIn == .adopt && adoption.secondFactor != .off }

    public static func read(_ reader: inout ConfigurationReader) -> IdentitySettings {
        var settings = IdentitySettings()
        settings.signIn = reader.read(
            Setting<SignIn>(
                "identity.sign-in",
                summary: "Who signs people in: nobody here, we with accounts of our own, or the app, guarded.",
                form: "none, own or adopt", default: .none, defaultText: "none", reloads: false,
                parse: { $0.text.flatMap(SignIn.init(rawValue:)) }))
        settings.signUp = reader.read(
            Setting<SignUp>(
                "identity.sign-up", summary: "Who may make an account: nobody, whom an administrator invites, anybody.",
                form: "off, invite or open", default: .off, defaultText: "off",
                parse: { node in node.text.flatMap { SignUp(rawValue: $0 == "false" ? "off" : $0) } }))
        settings.idle = reader.read(
            .duration(
                "identity.session.idle", summary: "A session ends when nothing was asked for this long.",
                default: .seconds(1800), defaultText: "30min"))
        settings.absolute = reader.read(
            .duration(
                "identity.session.absolute", summary: "A session ends this long after sign-in, whatever is asked.",
                default: .seconds(43_200), defaultText: "12h"))
        settings.audience = reader.read(
            Setting<String>(
                "identity.audience", summary: "Who the token is for that tells the app who is calling (`aud`).",
                form: "1 to 100 visible characters of ASCII", default: "app", defaultText: "app",
                parse: { node in
                    node.text.flatMap { text in
                        (1...100).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
                            ? text : nil
                    }
                }))
        settings.providers = SignInProvider.read(&reader)
        settings.password = .read(&reader)
        settings.lockout = .read(&reader)
        settings.secondFactor = .read(&reader)
        settings.adoption = .read(&reader, isOn: settings.signIn == .adopt)
        settings.roles = .read(&reader)
        settings.apiKeys = .read(&reader)
        settings.tokens = .read(&reader)
        if settings.idle < .seconds(60) || settings.absolute < settings.idle {
            reader.report(
                ConfigurationError(
                    key: "identity.session.idle", given: nil,
                    valid: "1min or more, and no longer than identity.session.absolute",
                    origin: reader.origin(of: "identity.session.idle")))
        }
        return settings
    }
}
