public import Kernel

/// How the app's own sign-in looks from outside, and what is done over it.
public struct AdoptionSettings: Sendable, Equatable {
    /// What to do when the app goes on with the session that the browser had before it signed in.
    public enum Fixation: String, Sendable, CaseIterable {
        /// Tell it, and follow that session.
        case note
        /// Refuse the sign-in and never forward that session's cookie again.
        case refuse
    }

    /// Whether the app's own people are asked for a second factor of ours.
    public enum SecondFactor: String, Sendable, CaseIterable {
        /// Nobody is, and nobody can set one up.
        case off
        /// Whoever has set one up.
        case optional
        /// Everybody: whoever has none is led to set one up.
        case required
    }

    public var mode = ControlMode.enforce
    public var secondFactor = SecondFactor.optional
    /// Names, as the app's form takes them, whose second factor is required where it is optional for others.
    public var secondFactorFor: [String] = []
    /// Where the app's forms and scripts send name and password.
    public var loginPaths: [String] = []
    public var loginMethod = "POST"
    /// Names of form fields or JSON members, or JSON Pointers (RFC 6901); the first that is there names the person.
    public var userFields = ["username", "email", "login"]
    public var passwordFields = ["password"]
    public var success = LoginSignal()
    public var failure = LoginSignal()
    /// The cookies that carry the app's session.
    public var sessionCookies: [String] = []
    /// Cookies that bring the app's session back ("remember me"): they end with ours.
    public var rememberCookies: [String] = []
    public var logoutPaths: [String] = []
    public var fixation = Fixation.note

    public init() {}

    /// Every cookie that is bound to our session.
    var boundCookies: Set<String> { Set(sessionCookies + rememberCookies) }

    /// A login form is never longer; what is can't be judged.
    public static let mostBytes = 65_536
    /// The longest value of a cookie that still fits a browser's 4096 bytes once it is sealed.
    static let longestCookie = 2_800
    private static let area = "identity.adopt"

    /// - Parameter isOn: `identity.sign-in: adopt`, which can't do without some of these.
    public static func read(_ reader: inout ConfigurationReader, isOn: Bool) -> AdoptionSettings {
        var settings = AdoptionSettings()
        settings.mode = reader.mode(of: area)
        readForm(&reader, &settings)
        readCookies(&reader, &settings)
        readFactor(&reader, &settings)
        settings.success = .read(&reader, "\(area).success", of: "a sign-in that worked")
        settings.failure = .read(&reader, "\(area).failure", of: "a sign-in that didn't")
        guard isOn else { return settings }
        if settings.loginPaths.isEmpty { want("login-path", "a path of the app, such as /login", &reader) }
        if settings.sessionCookies.isEmpty {
            want("session-cookie", "the name of the cookie that the app's sign-in sets, such as session", &reader)
        }
        if settings.userFields.isEmpty { want("user-field", "a name, such as username", &reader) }
        if settings.passwordFields.isEmpty { want("password-field", "a name, such as password", &reader) }
        return settings
    }

    private static func want(_ key: String, _ what: String, _ reader: inout ConfigurationReader) {
        reader.report(
            ConfigurationError(
                key: "\(area).\(key)", given: nil, valid: "\(what): `identity.sign-in: adopt` needs it",
                origin: reader.origin(of: "\(area).\(key)")))
    }

    private static func readForm(_ reader: inout ConfigurationReader, _ settings: inout AdoptionSettings) {
        settings.loginPaths = reader.read(
            .texts(
                "\(area).login-path", summary: "Where the app's login form or script sends name and password.",
                form: "paths, such as /login", default: [], accepts: isPath))
        settings.loginMethod = reader.read(
            Setting<String>(
                "\(area).login-method", summary: "The method of that request.", form: "POST, PUT or PATCH",
                default: "POST", defaultText: "POST",
                parse: { node in
                    node.text.flatMap { ["POST", "PUT", "PATCH"].contains($0.uppercased()) ? $0.uppercased() : nil }
                }))
        settings.userFields = reader.read(
            .texts(
                "\(area).user-field",
                summary: "The field that names the person; the first that is there counts.",
                form: "names of form fields or JSON members, or JSON Pointers such as /user/email",
                default: settings.userFields, accepts: isField))
        settings.passwordFields = reader.read(
            .texts(
                "\(area).password-field", summary: "The field with the password: it is never logged nor kept.",
                form: "names of form fields or JSON members, or JSON Pointers", default: settings.passwordFields,
                accepts: isField))
        settings.logoutPaths = reader.read(
            .texts(
                "\(area).logout-path", summary: "Where the app signs people out: our session ends with its own.",
                form: "paths, such as /logout", default: [], accepts: isPath))
    }

    private static func readFactor(_ reader: inout ConfigurationReader, _ settings: inout AdoptionSettings) {
        settings.secondFactor = reader.read(
            Setting<SecondFactor>(
                "\(area).second-factor",
                summary:
                    "Who of the app's people shows a second factor after its login: nobody, who set one up, everybody.",
                form: "off, optional or required", default: .optional, defaultText: "optional",
                parse: { node in node.text.flatMap { SecondFactor(rawValue: $0 == "false" ? "off" : $0) } }))
        settings.secondFactorFor = reader.read(
            .texts(
                "\(area).second-factor-for",
                summary: "People whose second factor is required where it is optional for others.",
                form: "names as the app's login form takes them", default: [], accepts: isField))
        if settings.secondFactor == .off, !settings.secondFactorFor.isEmpty {
            reader.report(
                ConfigurationError(
                    key: "\(area).second-factor-for", given: nil,
                    valid: "empty where \(area).second-factor is off; set that to optional",
                    origin: reader.origin(of: "\(area).second-factor-for")))
        }
    }

    private static func readCookies(_ reader: inout ConfigurationReader, _ settings: inout AdoptionSettings) {
        settings.sessionCookies = reader.read(
            .texts(
                "\(area).session-cookie", summary: "The cookie that carries the app's session.",
                form: "names of cookies, such as session", default: [], accepts: isCookie))
        settings.rememberCookies = reader.read(
            .texts(
                "\(area).remember-cookie",
                summary: "Cookies that bring the app's session back (remember me): they end with the session here.",
                form: "names of cookies, such as remember_token", default: [], accepts: isCookie))
        settings.fixation = reader.read(
            Setting<Fixation>(
                "\(area).fixation",
                summary: "When the app keeps the session that the browser had before it signed in.",
                form: "note or refuse", default: .note, defaultText: "note",
                parse: { $0.text.flatMap(Fixation.init(rawValue:)) }))
    }

    static func isPath(_ text: String) -> Bool {
        text.utf8.first == 0x2F && text.utf8.count <= 500
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 && $0 != 0x25 }
    }

    private static func isField(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// A token (RFC 9110 §5.6.2), and none of ours.
    private static func isCookie(_ text: String) -> Bool {
        let separators = Array("()<>@,;:\\\"/[]?={} \t".utf8)
        return (1...100).contains(text.utf8.count) && !SessionCookies.isOurs(text)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !separators.contains($0) }
    }
}

/// By what an answer shows how a sign-in ended: all that is given must be there. Nothing given: as is usual.
public struct LoginSignal: Sendable, Equatable {
    public var statuses: [Int] = []
    /// Of `Location`; `*` stands for any characters.
    public var redirect: String?
    /// A cookie that the answer sets, to something.
    public var cookie: String?
    /// In the first 16 KiB of the body, as it is.
    public var body: String?

    public init() {}

    var isGiven: Bool { !statuses.isEmpty || redirect != nil || cookie != nil || body != nil }

    static func read(_ reader: inout ConfigurationReader, _ key: String, of what: String) -> LoginSignal {
        var signal = LoginSignal()
        signal.statuses = reader.read(
            .texts(
                "\(key).status", summary: "Statuses of \(what).", form: "statuses, such as 302", default: [],
                accepts: { Int($0).map { (200...599).contains($0) } ?? false })
        ).compactMap { Int($0) }
        signal.redirect = text(&reader, "\(key).redirect", "Where \(what) leads (`Location`); * is any text.")
        signal.cookie = text(&reader, "\(key).cookie", "The cookie that \(what) sets.")
        signal.body = text(&reader, "\(key).body", "Text in the page of \(what), where nothing else tells.")
        return signal
    }

    private static func text(_ reader: inout ConfigurationReader, _ key: String, _ summary: String) -> String? {
        reader.read(
            Setting<String?>(
                key, summary: summary, form: "1 to 200 characters", default: nil, defaultText: "as is usual",
                parse: { node in
                    node.text.flatMap { (1...200).contains($0.utf8.count) ? .some(.some($0)) : nil }
                }))
    }
}
