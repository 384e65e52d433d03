import Kernel
import Store

/// Sign-ins whose first step is done: they open nothing, and end in a session or run out after ten minutes.
struct SignInStepStore: Sendable {
    static let span: Duration = .seconds(600)

    struct Step: Sendable {
        let account: String
        /// How the first step was done, such as `password`.
        let method: String
        /// The password's hash as it was then: a changed one ends the sign-in.
        let password: String?
    }

    func insert(
        _ secret: OneTimeSecret, _ step: Step, at now: Timestamp, in db: Transaction
    ) throws {
        try db.execute(
            """
            INSERT INTO sign_in_steps (secret_hash, account, method, password, created_at, expires_at)
            VALUES (\(secret.hash), \(step.account), \(step.method), \(step.password), \(now),
                \(now.advanced(by: SignInStepStore.span)))
            """)
    }

    func find(_ secret: String, at now: Timestamp, in db: ReadTransaction) throws -> Step? {
        guard OneTimeSecret.isPlausible(secret) else { return nil }
        return try db.row(
            """
            SELECT account, method, password FROM sign_in_steps
            WHERE secret_hash = \(OneTimeSecret.hash(secret)) AND expires_at > \(now)
            """
        ).map { Step(account: try $0["account"], method: try $0["method"], password: try $0["password"]) }
    }

    /// Exactly one of any number of callers gets true.
    func take(_ secret: String, at now: Timestamp, in db: Transaction) throws -> Bool {
        guard OneTimeSecret.isPlausible(secret) else { return false }
        return try db.execute(
            "DELETE FROM sign_in_steps WHERE secret_hash = \(OneTimeSecret.hash(secret)) AND expires_at > \(now)") == 1
    }

    /// By the hash of its secret.
    func remove(_ hash: String, in db: Transaction) throws {
        try db.execute("DELETE FROM sign_in_steps WHERE secret_hash = \(hash)")
    }

    func removeAll(of account: String, in db: Transaction) throws {
        try db.execute("DELETE FROM sign_in_steps WHERE account = \(account)")
    }

    static func sweep(at now: Timestamp, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM sign_in_steps WHERE expires_at < \(now)")
    }
}
