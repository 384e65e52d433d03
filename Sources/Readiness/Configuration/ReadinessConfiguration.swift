/// A part of `readiness.yaml` that a check may need.
public enum ConfigurationPart: String, Sendable, Codable, CaseIterable {
    case login, identities, protected, objects, race, comments, search, profile, upload
    /// `race` by what it promises: a number that is taken from, a thing used once, writes that exclude each other, and
    /// writes that are all read back.
    case raceTakes = "race.takes"
    case raceOnce = "race.at-most"
    case raceExclusive = "race.exclusive"
    case raceKept = "race.shows"
    case signUp = "sign-up"
    case token, routes
    case exports = "export"
    case writes = "allow-writes"
    case signOut = "login.sign-out"
    case openAPI = "openapi"
    case plainURL = "plain-url"
    case start
    /// Files of other tools; not asked for where none is given.
    case evidence
    /// The app's source; not asked for where none is given.
    case source
    case origin
    case operatorURL = "operator-url"
    case browser

    /// The flag that gives it.
    var flag: String { self == .writes || self == .browser ? "--\(rawValue)" : "--\(rawValue) URL" }

    /// What only a flag gives, and not the file.
    static let flags: Set<ConfigurationPart> = [.origin, .operatorURL, .writes, .browser]
}

/// What `readiness.yaml` says about an app; the empty value stands for "no file", with which every check still runs as
/// far as it can.
public struct ReadinessConfiguration: Sendable {
    /// How the report calls the app.
    public var name: String?
    /// The page that the probes of pages look at; the target's own path when nil.
    public var start: String?
    /// The plain http listener of an https target.
    public var plainURL: SiteURL?
    /// Path on the target, or the text of a file that was read.
    public var openAPI: OpenAPISource?
    /// Operations of an app that describes itself nowhere.
    public var routes: [Operation] = []
    /// Whether checks may write where others' things could change or vanish; set by `--allow-writes`.
    public var allowsWrites = false
    public var login: Login?
    public var token: TokenRule?
    /// `login: none`: nobody signs in to this app.
    public var hasNoSignIn = false
    public var signUp: SignUp?
    public var passwordChange: PasswordChange?
    public var identities: [Identity] = []
    public var protected: [ProtectedOperation] = []
    public var objects: [ObjectRule] = []
    public var race: [RaceRule] = []
    public var comments: CommentRule?
    public var search: SearchRule?
    public var profile: ProfileRule?
    public var upload: UploadRule?
    /// Pages with `{value}` in their address that write it.
    public var echoes: [String] = []
    public var exports: ExportRule?
    /// Targets with `{url}` in them that redirect to what they are given.
    public var redirects: [String] = []
    /// Paths that are meant for nobody.
    public var closed: [String] = []
    public var levels: [Level] = []
    public var waivers: [Waiver] = []
    /// The shipped checklist that the app is held to, by name.
    public var checklist: String?
    /// Items of the team's own checklist.
    public var criteria: [Criterion] = []
    /// Shares of the groups of those items.
    public var weights: [String: Int] = [:]
    public var attestations: [Attestation] = []
    /// A file of `seaworthy uat export --for-check`, beside the configuration.
    public var launch: String?
    /// The public key, beside the configuration, that must have signed it.
    public var launchKey: String?
    /// Figures that something else measured.
    public var figures: [Figure] = []
    /// Requests of the last burst when the target announces no limit.
    public var burst = 150
    /// Files of other tools, and what is asked of them.
    public var evidence = EvidenceRules()
    /// What the build must leave.
    public var artefacts: [DeclaredArtifact] = []
    /// Where the app can be reached around the layer in front of it; set by `--origin`.
    public var origin: SiteURL?

    /// Who vouches for the target's certificate, as PEM, instead of this machine's authorities; set by `--ca`.
    public var authorities: String?
    /// Whether pages are opened in a browser; set by `--browser`.
    public var browser: BrowserSetup?
    /// Where operators read metrics: `/metrics` there, or the path that it has; set by `--operator-url`.
    public var operatorURL: SiteURL?

    public init() {}

    /// The parts that are there, for checks that need some.
    public var parts: Set<ConfigurationPart> {
        var found: Set<ConfigurationPart> = []
        if login != nil || identities.contains(where: { $0.header != nil }) { found.insert(.login) }
        if login?.signOut != nil { found.insert(.signOut) }
        if !identities.isEmpty { found.insert(.identities) }
        if !protected.isEmpty || openAPI != nil { found.insert(.protected) }
        if !objects.isEmpty { found.insert(.objects) }
        for rule in race { found.insert(rule.kind.part) }
        if signUp != nil { found.insert(.signUp) }
        if allowsWrites { found.insert(.writes) }
        if exports != nil { found.insert(.exports) }
        if token != nil { found.insert(.token) }
        if !routes.isEmpty { found.insert(.routes) }
        if comments != nil { found.insert(.comments) }
        if search != nil { found.insert(.search) }
        if profile != nil { found.insert(.profile) }
        if upload != nil { found.insert(.upload) }
        if openAPI != nil { found.insert(.openAPI) }
        if plainURL != nil { found.insert(.plainURL) }
        if start != nil { found.insert(.start) }
        if origin != nil { found.insert(.origin) }
        if operatorURL != nil { found.insert(.operatorURL) }
        if browser != nil { found.insert(.browser) }
        return found
    }

    /// Browsers add what was typed into their own dialogue to every request, like a cookie.
    var hasBasicSignIn: Bool { login?.isBasic ?? false }

    func identity(_ name: String) -> Identity? { identities.first { $0.name == name } }
}

extension RaceRule.Kind {
    /// The part of a configuration that a rule of this kind is.
    var part: ConfigurationPart {
        switch self {
        case .adds: .race
        case .takes: .raceTakes
        case .once: .raceOnce
        case .exclusive: .raceExclusive
        case .kept: .raceKept
        }
    }
}

public enum OpenAPISource: Sendable, Equatable {
    case path(String)
    case text(String)
}

/// `METHOD /path/{name}` as a configuration writes an operation.
public struct Operation: Sendable, Equatable, CustomStringConvertible {
    public var method: String
    public var path: String

    public init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard let method = words.first, let path = words.dropFirst().first?.trimmed, path.hasPrefix("/"),
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(method)
        else { return nil }
        guard path.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else { return nil }
        self.method = method
        self.path = path
    }

    public var description: String { "\(method) \(path)" }
}

/// How a body is written: as JSON or as a form, with `{name}` where values go.
public enum BodyTemplate: Sendable {
    case json(String)
    case form([(name: String, value: String)])
}

/// How somebody signs in.
public struct Login: Sendable {
    public var operation: Operation
    public var body: BodyTemplate
    /// Status of a successful sign-in; any 2xx or 3xx with a cookie when nil.
    public var status: Int?
    /// The cookie that a successful sign-in sets.
    public var cookie: String?
    /// The page with the form, read first so that its hidden fields go along.
    public var page: String?
    public var signOut: Operation?
    /// The page with the form that signs out, read first for its hidden fields.
    public var signOutPage: String?
    /// Seconds without use after which a session ends; looked at where they are few.
    public var idle: Double?
    /// JSON pointer to the token in the answer; looked for under its usual names where no session cookie comes.
    public var token: String?
    /// The word before the token in `Authorization`.
    public var scheme = "Bearer"
    /// Whether name and password go along with every request (RFC 7617); the operation is one that asks for them.
    public var isBasic = false

    public init(operation: Operation, body: BodyTemplate) {
        self.operation = operation
        self.body = body
    }
}

/// Where somebody who is signed in chooses another password.
public struct PasswordChange: Sendable {
    public var operation: Operation
    /// With `{password}` for the old one and `{new}`.
    public var body: BodyTemplate
    /// The page with the form, read first for its hidden fields.
    public var page: String?

    public init(operation: Operation, body: BodyTemplate, page: String? = nil) {
        self.operation = operation
        self.body = body
        self.page = page
    }
}

/// How a program gets a bearer token.
public struct TokenRule: Sendable {
    public var operation: Operation
    public var body: BodyTemplate
    /// JSON pointer to the token in the answer.
    public var pointer: String
    /// A body that asks for a token of a second or two, to see it expire.
    public var shortLived: BodyTemplate?
}

/// Somebody whom the probes may sign in as.
public struct Identity: Sendable {
    public var name: String
    public var user: String
    public var password: String
    public var role: String?
    /// Whether it exists for probes that lock it out or change its password.
    public var isExpendable = false
    /// What this person's requests carry, such as an API key, instead of signing in.
    var header: HeaderField?

    public init(name: String, user: String, password: String, role: String? = nil, isExpendable: Bool = false) {
        self.name = name
        self.user = user
        self.password = password
        self.role = role
        self.isExpendable = isExpendable
    }
}

/// An operation that nobody may use without signing in.
public struct ProtectedOperation: Sendable {
    public var operation: Operation
    /// The identity that may use it, so that a refusal of everybody isn't mistaken for protection.
    public var identity: String?

    public init(operation: Operation, identity: String?) {
        self.operation = operation
        self.identity = identity
    }
}

/// An object that belongs to one person: where that person learns its id, and where it is read.
public struct ObjectRule: Sendable {
    public var name: String
    public var learn: Operation
    /// JSON pointer to the id in the answer of `learn`.
    public var pointer: String
    /// Operation with `{id}` in its path.
    public var read: Operation
    /// Whether others may read it too: then it only lends its id to other rules.
    public var isShared = false
}

/// Where a person writes text that a page shows.
public struct CommentRule: Sendable {
    public var identity: String?
    public var object: String?
    public var write: Operation
    public var body: BodyTemplate
    public var page: String
}

/// Text with `{payload}` that a person writes, and the file in which it is exported.
public struct ExportRule: Sendable {
    public var identity: String?
    public var object: String?
    public var write: Operation
    public var body: BodyTemplate
    public var read: Operation
}

/// A search; `{value}` stands for what is looked for.
public struct SearchRule: Sendable {
    public var identity: String?
    public var operation: Operation
    /// Something that finds at least one thing, but not everything.
    public var value: String
}

/// A person's own record with a field that the person must not set.
public struct ProfileRule: Sendable {
    public var identity: String?
    public var read: Operation
    public var write: Operation
    /// Fields that a person may set, as JSON.
    public var body: String
    public var field: String
    public var value: String
    /// Where the field is read back.
    public var pointer: String
}

/// An upload that takes one kind of file.
public struct UploadRule: Sendable {
    public var identity: String?
    public var object: String?
    public var operation: Operation
    /// Name of the multipart field; the body is sent as it is when nil.
    public var field: String?
    public var fileName: String
    public var type: String
    /// A small file of the right kind.
    public var content: String
}
