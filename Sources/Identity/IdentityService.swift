public import Kernel
public import Store
import Synchronization

/// What of identity outlives a reload: the view of sessions, the threads that hash passwords, the app's tokens.
public final class IdentityService: Sendable {
    public let tokens: IdentityTokens
    public let pool: PasswordPool
    public let csrf: CSRFTokens
    let database: Database
    let view: SessionView
    let keys: any PurposeKeys
    let mailer: any Mailer
    let audit: any AuditTrail
    let clock: any WallClock
    let monotonic: any MonotonicClock
    let random: any RandomSource
    let accounts = AccountStore()
    let sessions: SessionStore
    let links = LinkStore()
    let devices = DeviceStore()
    let steps = SignInStepStore()
    let passkeys = PasskeyStore()
    let providerSessions = ProviderSessionStore()
    let providerSignIns = ProviderSignInStore()
    let identities = LinkedIdentityStore()
    let provenAddresses = ProvenAddressStore()
    /// nil where nobody else signs people in.
    let providers: ProviderDirectory?
    public let secondFactors: SecondFactors
    /// Roles whose people must have a second factor: fixed for the life of the process, so that no view of it differs.
    let required: Set<String>
    let apiKeys = APIKeyStore()
    let keyView: APIKeyView
    /// Access tokens of programs, and the families that they belong to.
    public let access: AccessTokens
    let families = TokenStore()
    let familyView: FreshTable<TokenFamily.Live>
    let projects: ProjectView
    let projectStore = ProjectStore()
    let projectInvitations = ProjectInvitationStore()
    let breached: BreachedPasswords?
    /// Cookies of the app that count as sessions by themselves; nil where its sign-in isn't adopted.
    let adopted: AdoptedCookies?
    let pending = PendingWrites()
    private let upkeep: IdentityUpkeep
    /// Hashes that nobody's password has, by scheme and cost: what sign-ins to unknown accounts are compared with.
    private let dummies = Mutex<[String: String]>([:])

    /// What the service stands on; all of it is made by the composition root.
    public struct Ports: Sendable {
        public var database: Database
        public var feed: ChangeFeed
        public var keys: any PurposeKeys
        public var mailer: any Mailer
        public var audit: any AuditTrail
        public var wallClock: any WallClock
        public var monotonicClock: any MonotonicClock
        public var random: any RandomSource
        /// Seals the secrets of second factors.
        public var sealing: any SeedSealing
        /// Threads that may hash passwords.
        public var workers: Int
        /// Who signs tokens (`iss`): the public URL.
        public var issuer: String
        /// Calls the providers of sign-in; nil: nobody else signs people in.
        public var providers: ProviderDirectory?

        public init(
            database: Database, feed: ChangeFeed, keys: any PurposeKeys, mailer: any Mailer, audit: any AuditTrail,
            wallClock: any WallClock, monotonicClock: any MonotonicClock, random: any RandomSource,
            sealing: any SeedSealing, workers: Int, issuer: String, providers: ProviderDirectory? = nil
        ) {
            self.database = database
            self.feed = feed
            self.keys = keys
            self.mailer = mailer
            self.audit = audit
            self.wallClock = wallClock
            self.monotonicClock = monotonicClock
            self.random = random
            self.sealing = sealing
            self.workers = workers
            self.issuer = issuer
            self.providers = providers
        }
    }

    /// Follows the change feed, so make it before the feed runs.
    ///
    /// - Throws: `BreachedPasswords.Unreadable` for a list that can't be read.
    public init(_ ports: Ports, settings: IdentitySettings) throws(BreachedPasswords.Unreadable) {
        if let path = settings.password.breachedFile {
            breached = try BreachedPasswords(path: path)
        } else {
            breached = nil
        }
        database = ports.database
        upkeep = IdentityUpkeep(database: ports.database, clock: ports.wallClock, settings: settings)
        keys = ports.keys
        mailer = ports.mailer
        audit = ports.audit
        clock = ports.wallClock
        monotonic = ports.monotonicClock
        random = ports.random
        providers = ports.providers
        secondFactors = SecondFactors(sealing: ports.sealing, random: ports.random)
        required = settings.secondFactor.requiredFor
        view = SessionView(feed: ports.feed, clock: ports.monotonicClock)
        adopted = settings.signIn == .adopt ? AdoptedCookies(feed: ports.feed) : nil
        keyView = APIKeyView(feed: ports.feed, clock: ports.monotonicClock)
        familyView = TokenStore.view(feed: ports.feed, clock: ports.monotonicClock)
        projects = ProjectView(feed: ports.feed, clock: ports.monotonicClock)
        sessions = SessionStore(families: familyView)
        access = AccessTokens(
            keys: ports.keys, clock: ports.wallClock, random: ports.random, issuer: ports.issuer,
            algorithm: settings.tokens.algorithm)
        pool = PasswordPool(workers: ports.workers, queue: settings.password.queue)
        tokens = IdentityTokens(
            keys: ports.keys, clock: ports.wallClock, issuer: ports.issuer, audience: settings.audience)
        csrf = CSRFTokens(keys: ports.keys, random: ports.random)
    }

    /// A hash as today's sign-ins compare with, of a password that nobody knows.
    func dummy(_ hasher: PasswordHasher) throws -> String {
        let name =
            "\(hasher.settings.scheme) \(hasher.settings.cost) \(hasher.settings.memory) \(hasher.settings.passes)"
        if let known = dummies.withLock({ $0[name] }) { return known }
        let made = try hasher.hash(Password(Base64URL.text(random.bytes(count: 24))))
        return dummies.withLock { dummies in
            if dummies[name] == nil { dummies[name] = made }
            return dummies[name] ?? made
        }
    }

    private let keeping = Mutex<Task<Void, Never>?>(nil)

    /// Keeps memory and database in step until `end`: writes when sessions were last used, and forgets what the feed has told.
    public func begin() {
        keeping.withLock { task in
            guard task == nil else { return }
            task = Task { [weak self] in
                var turns = 0
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(5))
                    await self?.flush()
                    turns += 1
                    // Every five minutes; what can't be swept now is swept the next time.
                    if turns.isMultiple(of: 60) { _ = try? await self?.upkeep.sweep() }
                }
            }
        }
    }

    /// Writes what is left and lets the threads go.
    public func end() async {
        let task = keeping.withLock { $0.take() }
        task?.cancel()
        await task?.value
        await pending.finish()
        await flush()
        await pool.stop()
    }

    func flush() async {
        view.settle()
        familyView.settle()
        projects.settle()
        await flushKeys()
        let seen = view.takeTouched()
        guard !seen.isEmpty else { return }
        let now = clock.now()
        do {
            for start in stride(from: 0, to: seen.count, by: 200) {
                let part = Array(seen[start..<min(start + 200, seen.count)])
                try await database.transaction("session.touch") { [sessions] db in
                    try sessions.touch(part, now: now, in: db)
                }
            }
        } catch {
            // It is asked again in a few seconds; idle sessions end a little early at worst.
            view.putBack(seen)
        }
    }

    private func flushKeys() async {
        keyView.settle()
        let used = keyView.takeTouched()
        guard !used.isEmpty else { return }
        do {
            for start in stride(from: 0, to: used.count, by: 200) {
                let part = Array(used[start..<min(start + 200, used.count)])
                try await database.transaction("api-key.touch") { [apiKeys] db in try apiKeys.touch(part, in: db) }
            }
        } catch {
            // It is asked again in a few seconds.
            keyView.putBack(used)
        }
    }

    /// For metrics: sessions and accounts in memory, and the threads that hash.
    public var figures: (sessions: Int, accounts: Int, hashing: PasswordPool.Figures) {
        (view.sessionCount, view.accountCount, pool.current)
    }
}
