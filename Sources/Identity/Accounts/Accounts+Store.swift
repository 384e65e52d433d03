import Kernel
import Store

/// Accounts in the database. Every change of one is told to all replicas, because whether its sessions count hangs on it.
struct AccountStore: Sendable {
    static let topic: Change.Topic = "account"

    static let columns: SQL = "id, email, status, role, password, created_at, signed_in_at"

    static func account(_ row: Row) throws -> Account {
        let text: String = try row["email"]
        let role: String = try row["role"]
        guard let email = try? MailAddress(text) else { throw DatabaseError(.decoding, "an account's address is none") }
        return Account(
            id: try row["id"], email: email, status: try row["status"],
            role: Role(rawValue: role) ?? .person, password: try row["password"],
            createdAt: try row["created_at"], signedInAt: try row["signed_in_at"])
    }

    func find(email: MailAddress, in db: ReadTransaction) throws -> Account? {
        try db.row("SELECT \(AccountStore.columns) FROM accounts WHERE email_key = \(email.folded)")
            .map(AccountStore.account)
    }

    func find(id: String, in db: ReadTransaction) throws -> Account? {
        try db.row("SELECT \(AccountStore.columns) FROM accounts WHERE id = \(id)").map(AccountStore.account)
    }

    func locked(id: String, in db: Transaction) throws -> Account? {
        try db.lockedRow("SELECT \(AccountStore.columns) FROM accounts WHERE id = \(id)").map(AccountStore.account)
    }

    func locked(email: MailAddress, in db: Transaction) throws -> Account? {
        try db.lockedRow("SELECT \(AccountStore.columns) FROM accounts WHERE email_key = \(email.folded)")
            .map(AccountStore.account)
    }

    /// All of them, by address.
    func list(matching text: String?, limit: Int, in db: ReadTransaction) throws -> [Account] {
        let wanted = AccountStore.pattern(text)
        return try db.rows(
            """
            SELECT \(AccountStore.columns) FROM accounts WHERE email_key LIKE \(wanted) ORDER BY email_key
            LIMIT \(limit)
            """
        ).map(AccountStore.account)
    }

    /// What `LIKE` takes for whatever has a text in it, in small letters; nil: everything.
    static func pattern(_ text: String?) -> String {
        text.map { "%" + $0.lowercased().replacing("%", with: "").replacing("_", with: "") + "%" } ?? "%"
    }

    /// Addresses by account.
    static func addresses(of accounts: Set<String>, in db: ReadTransaction) throws -> [String: String] {
        guard !accounts.isEmpty else { return [:] }
        var found: [String: String] = [:]
        for row in try db.rows("SELECT id, email FROM accounts WHERE id IN (\(list: accounts.sorted()))") {
            found[try row["id"]] = try row["email"] as String
        }
        return found
    }

    /// Makes an account; nil when the address has one already.
    func insert(
        _ id: String, email: MailAddress, role: Role, password: String?, at now: Timestamp, in db: Transaction
    ) throws -> Account? {
        let made = try db.execute(
            """
            INSERT INTO accounts (id, email, email_key, status, role, password, password_at, created_at)
            VALUES (\(id), \(email.description), \(email.folded), \(Account.Status.active), \(role.rawValue),
                \(password), \(password == nil ? nil : now), \(now))
            ON CONFLICT (email_key) DO NOTHING
            """)
        guard made == 1 else { return nil }
        db.changed(AccountStore.topic, key: id, at: now)
        return try find(id: id, in: db)
    }

    func setPassword(_ hash: String, of id: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute("UPDATE accounts SET password = \(hash), password_at = \(now) WHERE id = \(id)")
    }

    /// Renews a hash, unless the password was changed in the meantime.
    func renewHash(_ hash: String, of id: String, replacing old: String, in db: Transaction) throws {
        try db.execute("UPDATE accounts SET password = \(hash) WHERE id = \(id) AND password = \(old)")
    }

    func setStatus(_ status: Account.Status, of id: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute("UPDATE accounts SET status = \(status) WHERE id = \(id)")
        db.changed(AccountStore.topic, key: id, at: now)
    }

    func setRole(_ role: Role, of id: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute("UPDATE accounts SET role = \(role.rawValue) WHERE id = \(id)")
        db.changed(AccountStore.topic, key: id, at: now)
    }

    /// False when another account has the address.
    func setEmail(_ email: MailAddress, of id: String, at now: Timestamp, in db: Transaction) throws -> Bool {
        let taken = try db.row("SELECT id FROM accounts WHERE email_key = \(email.folded) AND id <> \(id)")
        guard taken == nil else { return false }
        try db.execute(
            "UPDATE accounts SET email = \(email.description), email_key = \(email.folded) WHERE id = \(id)")
        db.changed(AccountStore.topic, key: id, at: now)
        return true
    }

    /// Sessions, links and devices go with it, by the schema.
    func delete(_ id: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute("DELETE FROM accounts WHERE id = \(id)")
        db.changed(AccountStore.topic, key: id, at: now)
    }

    func signedIn(_ id: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute("UPDATE accounts SET signed_in_at = \(now) WHERE id = \(id)")
    }

    func hasAdministrator(in db: ReadTransaction) throws -> Bool {
        let role = Role.administrator.rawValue
        return try db.row("SELECT id FROM accounts WHERE role = \(role) AND status = 'active' LIMIT 1") != nil
    }
}
