public import Kernel
public import Store

/// What administrators do with accounts: for the command line now, for the console later. Each act and its audit row are one
/// transaction; running gateways hear of it by the change feed.
public struct Administration: Sendable {
    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case unknown(String)
        case taken(String)
        case badAddress(String, String)
        case badRole(String)
        case lastAdministrator
        case noSecondFactor(String)
        case noProject(String)
        /// Their address, and the slugs of the projects that they alone own.
        case lastOwner(String, String)
        /// Something about a project can't be done; why.
        case project(String)

        public var description: String {
            switch self {
            case .unknown(let email): "no account has the address \(email)"
            case .taken(let email): "\(email) has an account already"
            case .badAddress(let text, let reason): "\(text.debugDescription) is no e-mail address: \(reason)"
            case .badRole(let text): "\(text.debugDescription) is no role: 1 to 40 small letters, digits and hyphens"
            case .noSecondFactor(let email): "\(email) has no second factor"
            case .noProject(let slug):
                "there is no project \(slug.debugDescription); `seaworthy project list` shows those that there are"
            case .project(let reason): reason
            case .lastOwner(let email, let slugs):
                "nobody but \(email) owns \(slugs): make somebody else an owner (seaworthy project member role SLUG EMAIL "
                    + "owner), or say what becomes of such projects (--successor EMAIL, --orphan-projects delete or keep)"
            case .lastAdministrator: "this is the last active administrator: make another one first"
            }
        }
    }

    let database: Database
    let audit: any AuditTrail
    let clock: any WallClock
    let random: any RandomSource
    /// Who acts, such as `cli:root`.
    let actor: String
    let accounts = AccountStore()
    let sessions = SessionStore()
    let links = LinkStore()

    public init(
        database: Database, audit: any AuditTrail, clock: any WallClock, random: any RandomSource, actor: String
    ) {
        self.database = database
        self.audit = audit
        self.clock = clock
        self.random = random
        self.actor = actor
    }

    static func address(_ text: String) throws(Failure) -> MailAddress {
        do {
            return try MailAddress(text)
        } catch {
            throw .badAddress(text, error.rawValue)
        }
    }

    static func role(_ text: String) throws(Failure) -> Role {
        guard let role = Role(rawValue: text) else { throw .badRole(text) }
        return role
    }

    func newID(at time: Timestamp) -> String { UniqueID(at: time, random: random).rawValue }

    /// A path that is good once, for whoever it is given to.
    public struct Handout: Sendable {
        public let path: Secret
        public let expiresAt: Timestamp
    }

    /// Makes an account without a password, and the one-time path where its owner chooses one.
    ///
    /// - Parameter ownPrefix: where our own pages are, such as `/seaworthy`.
    public func add(_ email: String, role: String, ownPrefix: String) async throws -> Handout {
        let address = try Administration.address(email)
        let role = try Administration.role(role)
        let now = clock.now()
        let secret = OneTimeSecret(random: random)
        let until = now.advanced(by: IdentityFlows.invitationSpan)
        try await database.transaction("user.add") { db in
            let id = newID(at: now)
            guard try accounts.insert(id, email: address, role: role, password: nil, at: now, in: db) != nil else {
                throw Failure.taken(address.description)
            }
            let link = OneTimeLink(
                kind: .reset, account: id, email: nil, role: nil, createdAt: now, expiresAt: until)
            try links.insert(link, secret, in: db)
            try audit.append(
                AuditEvent("account.created", actor: actor, subject: id, details: ["method": "command-line"]), in: db)
            if role != .person { try granted(role, to: id, in: db) }
        }
        return Handout(path: Secret("\(ownPrefix)/choose?token=\(secret.text.reveal())"), expiresAt: until)
    }

    /// A one-time path for the first administrator; nil once there is one. It replaces the one before.
    public func setupLink(ownPrefix: String) async throws -> Handout? {
        let now = clock.now()
        let secret = OneTimeSecret(random: random)
        let until = now.advanced(by: .seconds(900))
        let isWanted = try await database.transaction("user.setup") { db in
            guard try !accounts.hasAdministrator(in: db) else { return false }
            try links.removeAll(.setup, in: db)
            let link = OneTimeLink(kind: .setup, account: nil, email: nil, role: nil, createdAt: now, expiresAt: until)
            try links.insert(link, secret, in: db)
            return true
        }
        return isWanted
            ? Handout(path: Secret("\(ownPrefix)/choose?token=\(secret.text.reveal())"), expiresAt: until) : nil
    }

    /// Accounts by address.
    public func list(matching text: String? = nil, limit: Int = 1000) async throws -> [Account] {
        try await database.read("user.list") { db in try accounts.list(matching: text, limit: limit, in: db) }
    }

    /// The address of the account here that stands for one of the app's people; nil for whoever never signed in through us.
    ///
    /// - Parameter name: as the app's login form takes it, in any spelling that some app might take for the same.
    public func address(ofAppPerson name: String, keys: any PurposeKeys) async throws -> String? {
        let person = try AppPerson(name, keys: keys)
        return try await database.read("user.app-person") { db in
            if let account = try accounts.find(id: person.account, in: db) { return account.email.description }
            for counted in [person.counted] + person.earlier {
                let pattern = "%.\(counted.dropFirst(4))@\(AppPerson.domain)"
                let row = try db.row(
                    "SELECT email FROM accounts WHERE email_key LIKE \(pattern) ORDER BY signed_in_at DESC, id LIMIT 1")
                if let row { return try row["email"] as String }
            }
            return nil
        }
    }

    /// Bars an account, and ends its sessions at once; how many.
    @discardableResult
    public func disable(_ email: String, reason: String) async throws -> Int {
        try await change(email, "user.disable") { account, now, db in
            try keepsAnAdministrator(without: account, in: db)
            try accounts.setStatus(.disabled, of: account.id, at: now, in: db)
            let ended = try sessions.removeAll(of: account.id, at: now, in: db)
            try audit.append(
                AuditEvent("account.disabled", actor: actor, subject: account.id, details: ["reason": reason]), in: db)
            return ended.count
        }
    }

    public func enable(_ email: String) async throws {
        try await change(email, "user.enable") { account, now, db in
            try accounts.setStatus(.active, of: account.id, at: now, in: db)
            try audit.append(
                AuditEvent("account.enabled", actor: actor, subject: account.id, details: ["reason": "administrator"]),
                in: db)
        }
    }

    /// Lets people try again at once: the account's own counter and those of its devices start anew.
    public func unlock(_ email: String) async throws {
        try await change(email, "user.unlock") { account, _, db in
            let store = LockoutStore(settings: LockoutSettings())
            try store.clear(.account(AppPerson.counted(of: account.email) ?? account.email.folded), in: db)
            let devices: [String] = try db.rows(
                "SELECT secret_hash FROM known_devices WHERE account = \(account.id) ORDER BY secret_hash LIMIT 1000"
            ).map { try $0["secret_hash"] }
            try store.clear(.factor(account.factorSubject, device: nil), in: db)
            for device in devices {
                try store.clear(.device(device), in: db)
                try store.clear(.factor(account.factorSubject, device: device), in: db)
            }
            try audit.append(
                AuditEvent(
                    "account.unlocked", actor: actor, subject: account.id, details: ["method": "administrator"]),
                in: db)
        }
    }

    /// Lets whoever comes from an address sign in again at once, such as an office behind one address where one person mistyped
    /// for all: the address's counter starts anew, those of accounts stay. An IPv6 network of 64 bits counts as one.
    public func unlock(_ address: IPAddress) async throws {
        try await database.transaction("user.unlock-address") { db in
            try LockoutStore(settings: LockoutSettings()).clear(.address(address), in: db)
            try audit.append(
                AuditEvent("address.unlocked", actor: actor, details: ["method": "administrator"]), in: db)
        }
    }

    /// Takes the second factor of somebody who lost it away, and ends their sessions; how many. Where their role must have one,
    /// they are led to set up another at the next sign-in. (ASVS 5.0 V6.5.6)
    @discardableResult
    public func resetSecondFactor(_ email: String) async throws -> Int {
        try await change(email, "user.reset-second-factor") { account, now, db in
            // Only removes: nothing is sealed or opened.
            let hadApp = try SecondFactors.removeAll(of: account.factorSubject, in: db)
            let hadPasskeys = try PasskeyStore.removeAll(of: account.factorSubject, in: db) > 0
            guard hadApp || hadPasskeys else { throw Failure.noSecondFactor(account.email.description) }
            let store = LockoutStore(settings: LockoutSettings())
            try store.clear(.factor(account.factorSubject, device: nil), in: db)
            let ended = try sessions.removeAll(of: account.id, at: now, in: db)
            for (method, had) in [("totp", hadApp), ("passkey", hadPasskeys)] where had {
                try audit.append(
                    AuditEvent(
                        "second-factor.removed", actor: actor, subject: account.id,
                        details: ["method": method, "reason": "administrator"]), in: db)
            }
            return ended.count
        }
    }

    /// Ends every session of an account; how many.
    @discardableResult
    public func signOut(_ email: String) async throws -> Int {
        try await change(email, "user.sign-out") { account, now, db in
            let ended = try sessions.removeAll(of: account.id, at: now, in: db)
            try audit.append(
                AuditEvent(
                    "session.revoked", actor: actor, subject: account.id,
                    details: ["reason": "administrator", "count": "\(ended.count)"]), in: db)
            return ended.count
        }
    }

    public func setRole(_ email: String, to text: String) async throws {
        let role = try Administration.role(text)
        try await change(email, "user.set-role") { account, now, db in
            guard account.role != role else { return }
            if role != .administrator { try keepsAnAdministrator(without: account, in: db) }
            try accounts.setRole(role, of: account.id, at: now, in: db)
            try audit.append(
                AuditEvent(
                    "role.revoked", actor: actor, subject: account.id,
                    details: ["role": account.role.rawValue, "scope": "installation"]), in: db)
            try granted(role, to: account.id, in: db)
        }
    }

    private func granted(_ role: Role, to id: String, in db: Transaction) throws {
        try audit.append(
            AuditEvent(
                "role.granted", actor: actor, subject: id, details: ["role": role.rawValue, "scope": "installation"]),
            in: db)
    }

    /// Refuses to leave an installation with nobody who may administer it. Locks every administrator, in order, so that two
    /// such acts at a time don't both go through.
    func keepsAnAdministrator(without account: Account, in db: Transaction) throws {
        guard account.role == .administrator, account.status == .active else { return }
        let role = Role.administrator.rawValue
        let rows = try db.lockedRows(
            "SELECT id FROM accounts WHERE role = \(role) AND status = 'active' ORDER BY id")
        let others = try rows.filter { row in
            let id: String = try row["id"]
            return id != account.id
        }
        if others.isEmpty { throw Failure.lastAdministrator }
    }

    func change<Value: Sendable>(
        _ email: String, _ label: StaticString,
        _ body: @escaping @Sendable (Account, Timestamp, Transaction) throws -> Value
    ) async throws -> Value {
        let address = try Administration.address(email)
        let now = clock.now()
        return try await database.transaction(label) { db in
            guard let account = try locked([address], in: db).first else {
                throw Failure.unknown(address.description)
            }
            return try body(account, now, db)
        }
    }

    /// Accounts by their addresses, locked: all administrators first where one is among them, as `keepsAnAdministrator` locks
    /// them, then by id. One order for all, so no circle of waiting.
    func locked(_ addresses: [MailAddress], in db: Transaction) throws -> [Account] {
        let found = try addresses.map { address in
            guard let account = try accounts.find(email: address, in: db) else {
                throw Failure.unknown(address.description)
            }
            return account
        }
        if found.contains(where: { $0.role == .administrator }) {
            let role = Role.administrator.rawValue
            _ = try db.lockedRows("SELECT id FROM accounts WHERE role = \(role) ORDER BY id")
        }
        var held: [String: Account] = [:]
        for id in found.map(\.id).sorted() { held[id] = try accounts.locked(id: id, in: db) }
        return try zip(found, addresses).map { account, address in
            // Deleted, or another address, while this waited.
            guard let current = held[account.id], current.email.folded == address.folded else {
                throw Failure.unknown(address.description)
            }
            return current
        }
    }
}
