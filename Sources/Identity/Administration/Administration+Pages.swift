public import Kernel
import Store

/// What the console shows of accounts and sessions, a page at a time.
extension Administration {
    /// A page of accounts, by address.
    public struct AccountPage: Sendable {
        public let accounts: [Account]
        /// What `after` takes for the page after this one; nil on the last.
        public let next: String?
    }

    /// - Parameters:
    ///   - text: part of an address; nil for all.
    ///   - after: `next` of the page before.
    ///   - limit: 1…200.
    public func accounts(
        matching text: String?, status: Account.Status?, role: String?, after: String?, limit: Int
    ) async throws -> AccountPage {
        let limit = min(max(1, limit), 200)
        let wanted = AccountStore.pattern(text)
        let (start, states) = (after ?? "", status.map { [$0.rawValue] } ?? Account.Status.allCases.map(\.rawValue))
        let found = try await database.read("user.page") { db in
            if let role {
                return try db.rows(
                    """
                    SELECT \(AccountStore.columns), email_key FROM accounts WHERE email_key > \(start)
                    AND email_key LIKE \(wanted) AND status IN (\(list: states)) AND role = \(role)
                    ORDER BY email_key LIMIT \(limit + 1)
                    """
                ).map { row in (try AccountStore.account(row), try row["email_key"] as String) }
            }
            return try db.rows(
                """
                SELECT \(AccountStore.columns), email_key FROM accounts WHERE email_key > \(start)
                AND email_key LIKE \(wanted) AND status IN (\(list: states)) ORDER BY email_key LIMIT \(limit + 1)
                """
            ).map { row in (try AccountStore.account(row), try row["email_key"] as String) }
        }
        let page = found.prefix(limit)
        return AccountPage(accounts: page.map(\.0), next: found.count > limit ? page.last?.1 : nil)
    }

    /// How many there are, by status.
    public func counts() async throws -> [Account.Status: Int] {
        try await database.read("user.counts") { db in
            var counts: [Account.Status: Int] = [:]
            for row in try db.rows("SELECT status, count(*) AS count FROM accounts GROUP BY status") {
                counts[try row["status"]] = try row["count"]
            }
            return counts
        }
    }

    /// One account with where it is signed in and whether it is locked; nil when there is none.
    public struct Sheet: Sendable {
        public let account: Account
        public let sessions: [SessionEntry]
        /// nil: not locked.
        public let lockedUntil: Timestamp?
    }

    public func sheet(_ id: String) async throws -> Sheet? {
        let now = clock.now()
        return try await database.read("user.sheet") { db in
            guard let account = try accounts.find(id: id, in: db) else { return nil }
            let own = try sessions.list(of: id, at: now, in: db).map { row in
                SessionEntry(
                    id: row.id, account: row.account, email: account.email.description, device: row.device,
                    address: row.address, createdAt: row.createdAt, seenAt: row.seenAt, isConsole: false)
            }
            let state = try LockoutStore(settings: LockoutSettings()).state(.account(account.email.folded), in: db)
            let until = state?.lockedUntil.flatMap { $0 > now ? $0 : nil }
            return Sheet(account: account, sessions: own, lockedUntil: until)
        }
    }

    /// How many counters of failed sign-ins are locked just now.
    public struct Locks: Sendable, Equatable {
        public var accounts = 0
        public var devices = 0
        public var addresses = 0
        public var secondFactors = 0
        public var total: Int { accounts + devices + addresses + secondFactors }
    }

    public func locks() async throws -> Locks {
        let now = clock.now()
        return try await database.read("user.locks") { db in
            var locks = Locks()
            for row in try db.rows(
                """
                SELECT substr(id, 1, 1) AS kind, count(*) AS count FROM sign_in_counters
                WHERE locked_until > \(now) GROUP BY substr(id, 1, 1)
                """)
            {
                let (kind, count): (String, Int) = (try row["kind"], try row["count"])
                switch kind {
                case "a": locks.accounts = count
                case "d": locks.devices = count
                case "n": locks.addresses = count
                default: locks.secondFactors += count
                }
            }
            return locks
        }
    }

    /// Somebody's session, of either door.
    public struct SessionEntry: Sendable {
        public let id: String
        public let account: String
        public let email: String
        public let device: String
        public let address: String
        public let createdAt: Timestamp
        public let seenAt: Timestamp
        public let isConsole: Bool
    }

    /// The newest first.
    ///
    /// - Parameters:
    ///   - isConsole: those of the console's door instead of the public one's.
    ///   - before: id of the last one of the page before: ids ascend with time.
    ///   - limit: 1…200.
    public func sessions(isConsole: Bool, before: String?, limit: Int) async throws -> [SessionEntry] {
        let now = clock.now()
        let limit = min(max(1, limit), 200)
        let end = before ?? "g"
        let table: SQL = isConsole ? "console_sessions" : "sessions"
        return try await database.read("session.page") { db in
            try db.rows(
                """
                SELECT s.id, s.account, a.email, s.device, s.address, s.created_at, s.seen_at FROM \(table) s
                JOIN accounts a ON a.id = s.account WHERE s.id < \(end) AND s.expires_at > \(now)
                ORDER BY s.id DESC LIMIT \(limit)
                """
            ).map { row in
                SessionEntry(
                    id: try row["id"], account: try row["account"], email: try row["email"], device: try row["device"],
                    address: try row["address"], createdAt: try row["created_at"], seenAt: try row["seen_at"],
                    isConsole: isConsole)
            }
        }
    }

    /// Ends one session of anybody's; false when it had ended already.
    public func endSession(_ id: String, isConsole: Bool) async throws -> Bool {
        let now = clock.now()
        return try await database.transaction("user.end-session") { db in
            let found = try db.row(
                isConsole
                    ? "SELECT secret_hash, account FROM console_sessions WHERE id = \(id)"
                    : "SELECT secret_hash, account FROM sessions WHERE id = \(id)")
            guard let found else { return false }
            let (key, account): (String, String) = (try found["secret_hash"], try found["account"])
            let isEnded =
                isConsole
                ? try db.execute("DELETE FROM console_sessions WHERE id = \(id)") > 0
                : try sessions.remove(key, at: now, in: db)
            guard isEnded else { return false }
            try audit.append(
                AuditEvent(
                    "session.revoked", actor: actor, subject: account,
                    details: ["reason": "administrator", "count": "1"]), in: db)
            return true
        }
    }

    /// A one-time path with which the owner of an account chooses a new password; links made before open nothing any more.
    public func resetLink(_ email: String, ownPrefix: String) async throws -> Handout {
        let secret = OneTimeSecret(random: random)
        let until = clock.now().advanced(by: IdentityFlows.resetSpan)
        try await change(email, "user.reset") { account, now, db in
            guard account.status == .active else { throw Failure.unknown("\(account.email) (it is disabled)") }
            try links.removeAll(.reset, of: account.id, in: db)
            let link = OneTimeLink(
                kind: .reset, account: account.id, email: nil, role: nil, createdAt: now, expiresAt: until)
            try links.insert(link, secret, in: db)
            try audit.append(
                AuditEvent(
                    "password.reset-requested", actor: actor, subject: account.id, details: ["count": "1"]), in: db)
        }
        return Handout(path: Secret("\(ownPrefix)/choose?token=\(secret.text.reveal())"), expiresAt: until)
    }
}
