import Foundation
import GRDB
import HTTPTypes

/// Member or administrator.
enum Role: String, Codable, Sendable { case member, admin }

/// Who is behind a session.
struct SignedInPerson: Sendable, Codable, FetchableRecord {
    var id: Int64
    var email: String
    var name: String
    var role: Role

    /// Two letters for the round badge.
    var initials: String {
        let letters = name.split(separator: " ").prefix(2).compactMap(\.first)
        return letters.isEmpty ? "?" : String(letters).uppercased()
    }
}

/// An account as administration and profile show it.
struct Account: Sendable, Codable, FetchableRecord {
    var id: Int64
    var email: String
    var name: String
    var role: Role
    var status: String
    var createdAt: Int64

    var json: JSONValue {
        [
            "id": .int(id), "email": .string(email), "name": .string(name), "role": .string(role.rawValue),
            "status": .string(status), "createdAt": .string(Day.iso(createdAt)),
        ]
    }
}

/// Sign-up, sign-in, sessions, profiles and deletion.
struct Accounts: Sendable {
    let core: DeskCore
    let hashing: PasswordHashing
    let attempts: SignInAttempts
    let bearers: BearerTokens

    static let sessionSeconds: Int64 = 12 * 3600
    private static let columns = "id, email, name, role, status, createdAt"

    /// The person of a session token; nil when it is unknown, expired, or its account is disabled.
    func person(session token: String) async throws -> SignedInPerson? {
        guard token.utf8.count == 64 else { return nil }
        let (hash, now) = (key(of: token), core.timestamp)
        return try await core.database.read { db in
            try SignedInPerson.fetchOne(
                db,
                sql: """
                    SELECT account.id, email, name, role FROM session JOIN account ON account.id = accountID
                    WHERE tokenHash = ? AND expiresAt > ? AND status = 'active'
                    """,
                arguments: [hash, now])
        }
    }

    /// The person of a bearer token; nil when it isn't ours, has expired, or its account is disabled.
    func person(bearer token: String) async throws -> SignedInPerson? {
        guard let id = bearers.subject(of: token, at: core.timestamp) else { return nil }
        return try await core.database.read { db in
            try SignedInPerson.fetchOne(
                db, sql: "SELECT id, email, name, role FROM account WHERE id = ? AND status = 'active'",
                arguments: [id])
        }
    }

    /// What the database keeps of a session's token; with the flaw, of its first half.
    private func key(of token: String) -> String {
        RandomToken.hash(core.flaws.contains(.alteredSession) ? String(token.prefix(32)) : token)
    }

    /// A new account.
    /// - Throws: 422 for a malformed e-mail address, name or password; 409 when the address is in use.
    func signUp(email: String, name: String, password: String) async throws -> Account {
        let email = try Self.judge(email: email)
        try PasswordHashing.judge(password, takesCommon: core.flaws.contains(.commonPasswords))
        let hash = try await hashing.hash(password)
        let now = core.timestamp
        return try await core.database.write { db in
            guard try Int64.fetchOne(db, sql: "SELECT id FROM account WHERE email = ?", arguments: [email]) == nil
            else {
                throw DeskError.conflict("account-exists", "An account can't be made with these details.")
            }
            try db.execute(
                sql: """
                    INSERT INTO account (email, name, role, status, passwordHash, createdAt)
                    VALUES (?, ?, 'member', 'active', ?, ?)
                    """,
                arguments: [email, name, hash, now])
            return try Self.account(db.lastInsertedRowID, db)
        }
    }

    /// A session token for the right e-mail address and password.
    /// - Parameter brought: the token that the browser showed; with the flaw it becomes the session's.
    /// - Throws: 401 with one text for every reason (unless the flaw tells), 429 after ten failures.
    func signIn(
        email: String, password: String, brought: String? = nil
    ) async throws -> (token: String, person: SignedInPerson) {
        let kept = core.flaws.contains(.sessionFixation) && brought?.utf8.count == 64 ? brought : nil
        return try await openSession(try await recognised(email: email, password: password), token: kept)
    }

    /// A bearer token for programs, for the right e-mail address and password.
    /// - Throws: as `signIn`.
    func bearerToken(email: String, password: String, seconds: Int64) async throws -> String {
        let id = try await recognised(email: email, password: password)
        return try bearers.token(for: id, at: core.timestamp, seconds: seconds)
    }

    private func recognised(email: String, password: String) async throws -> Int64 {
        let email = email.trimmingCharacters(in: .whitespaces).lowercased()
        let limits = !core.flaws.contains(.unlimitedSignIn)
        if limits, let wait = attempts.wait(for: email, at: core.timestamp) {
            throw DeskError(
                .tooManyRequests, "too-many-attempts", "Too many attempts. Try again later.",
                headers: [.retryAfter: String(wait)])
        }
        let found = try await core.database.read { db in
            try Row.fetchOne(
                db, sql: "SELECT id, passwordHash FROM account WHERE email = ? AND status = 'active'",
                arguments: [email]
            ).map { row -> (id: Int64, hash: String) in (row["id"], row["passwordHash"]) }
        }
        if found == nil, core.flaws.contains(.userEnumeration) {
            throw DeskError(.notFound, "no-such-account", "There is no account with this e-mail address.")
        }
        let skipsHashing = found == nil && core.flaws.contains(.timingEnumeration)
        let isRight = skipsHashing ? false : try await hashing.verify(password, hash: found?.hash)
        guard isRight, let found else {
            if limits { attempts.failed(email, at: core.timestamp) }
            if core.flaws.contains(.userEnumeration) {
                throw DeskError(.unauthorized, "wrong-password", "The password is wrong.")
            }
            throw DeskError(.unauthorized, "sign-in-failed", "E-mail address or password is wrong.")
        }
        attempts.succeeded(email)
        return found.id
    }

    private func openSession(
        _ id: Int64, token kept: String?
    ) async throws -> (token: String, person: SignedInPerson) {
        let (token, now) = (kept ?? RandomToken.make(), core.timestamp)
        let key = key(of: token)
        return try await core.database.write { db in
            try db.execute(sql: "DELETE FROM session WHERE expiresAt <= ?", arguments: [now])
            try db.execute(
                sql: "INSERT OR REPLACE INTO session (tokenHash, accountID, createdAt, expiresAt) VALUES (?, ?, ?, ?)",
                arguments: [key, id, now, now + Self.sessionSeconds])
            let account = try Self.account(id, db)
            return (token, SignedInPerson(id: id, email: account.email, name: account.name, role: account.role))
        }
    }

    /// Ends a session: it can't be used again, wherever its cookie went.
    func signOut(session token: String) async throws {
        if core.flaws.contains(.sessionSurvivesSignOut) { return }
        let hash = key(of: token)
        try await core.database.write {
            try $0.execute(sql: "DELETE FROM session WHERE tokenHash = ?", arguments: [hash])
        }
    }

    /// The account with this number.
    func account(_ id: Int64) async throws -> Account { try await core.database.read { try Self.account(id, $0) } }

    /// All accounts, oldest first.
    func all() async throws -> [Account] {
        try await core.database.read {
            try Account.fetchAll($0, sql: "SELECT \(Self.columns) FROM account ORDER BY id")
        }
    }

    /// Changes what is given; role and status are for administrators (and for whoever finds the mass-assignment flaw).
    func change(_ id: Int64, name: String? = nil, role: Role? = nil, status: String? = nil) async throws -> Account {
        try await core.database.write { db in
            try db.execute(
                sql: """
                    UPDATE account SET name = coalesce(?, name), role = coalesce(?, role), status = coalesce(?, status)
                    WHERE id = ?
                    """,
                arguments: [name, role?.rawValue, status, id])
            if status == "disabled" { try db.execute(sql: "DELETE FROM session WHERE accountID = ?", arguments: [id]) }
            return try Self.account(id, db)
        }
    }

    /// Deletes the account with everything it owns. Its comments stay, without a name.
    /// - Throws: 403 for a wrong password; 409 while a portfolio holds cash or shares.
    func delete(_ id: Int64, password: String) async throws {
        let hash = try await core.database.read {
            try String.fetchOne($0, sql: "SELECT passwordHash FROM account WHERE id = ?", arguments: [id])
        }
        guard try await hashing.verify(password, hash: hash) else {
            throw DeskError(.forbidden, "wrong-password", "The password is wrong.")
        }
        if core.flaws.contains(.deletionRace) {
            try await core.database.read { try Self.requireEmpty(id, $0) }
            try await core.letOthersIn()
            try await core.database.write { try $0.execute(sql: "DELETE FROM account WHERE id = ?", arguments: [id]) }
            return
        }
        // One transaction: no deposit fits between the question and the answer.
        try await core.database.write { db in
            try Self.requireEmpty(id, db)
            try db.execute(sql: "DELETE FROM account WHERE id = ?", arguments: [id])
        }
    }

    private static func requireEmpty(_ id: Int64, _ db: Database) throws {
        let held = try Int64.fetchOne(
            db,
            sql: """
                SELECT (SELECT count(*) FROM portfolio WHERE accountID = :id AND cash <> 0)
                  + (SELECT count(*) FROM position JOIN portfolio ON portfolio.id = portfolioID
                     WHERE accountID = :id AND quantity <> 0)
                """,
            arguments: ["id": id])
        guard held == 0 else {
            throw DeskError.conflict("account-not-empty", "Withdraw all cash and sell all shares first.")
        }
    }

    private static func account(_ id: Int64, _ db: Database) throws -> Account {
        guard
            let account = try Account.fetchOne(
                db, sql: "SELECT \(columns) FROM account WHERE id = ?", arguments: [id])
        else { throw DeskError.notFound }
        return account
    }

    /// Lower-cases and judges an e-mail address: enough to catch typing errors.
    static func judge(email: String) throws -> String {
        let email = email.trimmingCharacters(in: .whitespaces).lowercased()
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = email.utf8.allSatisfy {
            $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
        }
        guard email.utf8.count <= 254, isPlain, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            parts[1].contains("."), parts[1].first != ".", parts[1].last != "."
        else { throw DeskError.invalid("invalid-email", "That is no e-mail address.") }
        return email
    }
}
