public import Kernel
import Store

/// What people do with their accounts, under the configuration in force. Pages and API call the same function and get the same
/// answer; what goes wrong is a `Problem`.
public struct IdentityFlows: Sendable {
    public let service: IdentityService
    public let settings: IdentitySettings
    /// Where our own pages are, such as `/seaworthy`.
    public let ownPrefix: String
    /// Words that a password must not consist of: the site's host.
    let site: [String]
    /// The public address that is configured, such as `https://app.example`; nil: none is.
    public let publicOrigin: String?

    public init(
        _ service: IdentityService, settings: IdentitySettings, ownPrefix: String, site: [String],
        publicOrigin: String? = nil
    ) {
        self.publicOrigin = publicOrigin
        self.service = service
        self.settings = settings
        self.ownPrefix = ownPrefix
        self.site = site + ["seaworthy"]
    }

    var hasher: PasswordHasher {
        PasswordHasher(settings: settings.password, keys: service.keys, random: service.random)
    }
    var policy: PasswordPolicy { PasswordPolicy(settings: settings.password, breached: service.breached) }
    var lockouts: LockoutStore { LockoutStore(settings: settings.lockout) }
    var now: Timestamp { service.clock.now() }

    /// Who asks, as far as a request tells.
    public struct Client: Sendable {
        public var address: IPAddress?
        /// What the browser calls itself.
        public var userAgent: String?
        /// The secret of the device cookie.
        var device: String?
        /// The secret of a sign-in that is half done.
        var step: String?

        public init(address: IPAddress?, userAgent: String?, cookies: [String], secure: SessionCookies) {
            self.address = address
            self.userAgent = userAgent
            device = secure.device(in: cookies).map(String.init)
            step = secure.step(in: cookies).map(String.init)
        }
    }

    /// A session that has just begun, with the cookies that go with it.
    public struct Begun: Sendable {
        public let account: Account
        public let sessionID: String
        let secret: OneTimeSecret
        let device: String

        public func cookies(_ writer: SessionCookies) -> [String] {
            [writer.session(secret), writer.device(device), writer.stepRemoval()]
        }

        /// What tokens of this session are bound to.
        public var sessionKey: String { secret.hash }
    }

    // MARK: Beginning a session

    /// Writes a session and remembers the device, inside the transaction of whatever proved who it is.
    ///
    /// - Parameter key: of the session, or the half-done sign-in, that this one goes on from.
    func begin(
        _ account: Account, _ client: Client, method: String, factorAt: Timestamp? = nil, origins: [String] = [],
        from key: String? = nil, at now: Timestamp, in db: Transaction
    ) throws -> (begun: Begun, row: SessionRow, isNewDevice: Bool) {
        let secret = OneTimeSecret(random: service.random)
        let device = client.device ?? OneTimeSecret(random: service.random).text.reveal()
        let row = SessionRow(
            secretHash: secret.hash, id: UniqueID(at: now, random: service.random).rawValue, account: account.id,
            createdAt: now, authenticatedAt: now, seenAt: now, expiresAt: now.advanced(by: settings.absolute),
            device: DeviceLabel.of(client.userAgent), address: client.address.map { "\($0)" } ?? "",
            factorAt: factorAt, origins: origins)
        try service.sessions.insert(row, in: db)
        // Whoever can end that one at a provider can end this one.
        if let key, service.providers != nil { try service.providerSessions.move(key, to: row.secretHash, in: db) }
        let isNew = try service.devices.remember(OneTimeSecret.hash(device), account.id, at: now, in: db)
        try service.accounts.signedIn(account.id, at: now, in: db)
        try service.audit.append(
            AuditEvent(
                "session.started", actor: account.id, subject: account.id,
                details: ["method": method, "assurance": factorAt == nil ? "one-factor" : "two-factor"]), in: db)
        return (
            Begun(account: account, sessionID: row.id, secret: secret, device: device), row, isNew
        )
    }

    // MARK: Links

    /// Writes a one-time link and gives its path.
    func link(
        _ kind: OneTimeLink.Kind, account: String? = nil, email: MailAddress? = nil, role: Role? = nil,
        page: String, validFor span: Duration, at now: Timestamp, in db: Transaction
    ) throws -> MailLink {
        let secret = OneTimeSecret(random: service.random)
        let link = OneTimeLink(
            kind: kind, account: account, email: email, role: role, createdAt: now, expiresAt: now.advanced(by: span))
        try service.links.insert(link, secret, in: db)
        guard let path = MailLink(path: "\(ownPrefix)/\(page)?token=\(secret.text.reveal())") else {
            throw Problem("own.failed", status: 500, title: "This page failed.", source: .edge, cause: "no link")
        }
        return path
    }

    /// What people get for whatever is wrong with their e-mail address.
    static func address(_ text: String) throws -> MailAddress {
        do {
            return try MailAddress(text)
        } catch {
            throw Problem(
                "identity.input", status: 422, title: "Something in the form isn't valid.",
                detail: "email: \(error.rawValue)")
        }
    }

    /// Refuses a password that the policy doesn't take.
    ///
    /// - Parameter role: whose people may have shorter ones, where they must have a second factor.
    func check(_ password: Password, for email: MailAddress?, role: String) throws {
        var policy = policy
        if service.required.contains(role) { policy.allowShort() }
        guard let refusal = policy.judge(password, context: site + (email.map { [$0.description] } ?? [])) else {
            return
        }
        throw Problem(
            "identity.password-refused", status: 422, title: "This password can't be used.",
            detail: "password: \(refusal.code). \(refusal.detail)")
    }

    /// Fewest characters of a password, by whose it is.
    public func minimum(for role: String) -> Int {
        let password = settings.password
        return service.required.contains(role) ? min(password.minimum, password.minimumWithFactor) : password.minimum
    }

    static let linkInvalid = Problem(
        "identity.link-invalid", status: 410, title: "This link is no longer valid.",
        detail: "Links work once and for a limited time. Ask for a new one.")
}

/// A browser's own words, as few as help a person to recognise it. Never the whole text: it is personal and chosen by strangers.
enum DeviceLabel {
    static func of(_ userAgent: String?) -> String {
        guard let text = userAgent?.prefix(400), !text.isEmpty else { return "Unknown program" }
        func first(_ names: [(String, String)]) -> String? { names.first { text.contains($0.0) }?.1 }
        let browser = first([
            ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"),
            ("Safari/", "Safari"), ("curl/", "curl"), ("python", "Python"), ("okhttp", "okhttp"),
        ])
        let system = first([
            ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
        ])
        guard let browser else { return system.map { "A program on \($0)" } ?? "Unknown program" }
        return system.map { "\(browser) on \($0)" } ?? browser
    }
}
