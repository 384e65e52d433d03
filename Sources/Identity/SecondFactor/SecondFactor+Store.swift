public import Kernel
public import Store

/// The port to encryption at rest: Gateway wires it to the ring's sealer.
public protocol SeedSealing: Sendable {
    /// - Parameter account: the row that it will stand in; it opens nowhere else.
    func seal(_ seed: [UInt8], account: String, in db: Transaction) throws -> SQLValue
    func open(_ sealed: SQLValue, account: String, in db: ReadTransaction) throws -> [UInt8]
}

/// Second factors by the account's id and nothing else: also for people who sign in with the app's own login.
///
/// Whoever has one shows a code of an authenticator app, or one of ten recovery codes. What holds rows of an account that goes
/// must be told by `removeAll(of:in:)`.
public struct SecondFactors: Sendable {
    /// Where the sealed secrets stand.
    public static let table = "second_factors"
    public static let seedColumn = "seed"
    public static let idColumn = "account"
    /// A secret that was shown and not confirmed is forgotten after this.
    static let enrolmentSpan: Duration = .seconds(900)

    let sealing: any SeedSealing
    let random: any RandomSource

    public init(sealing: any SeedSealing, random: any RandomSource) {
        self.sealing = sealing
        self.random = random
    }

    /// What an account has.
    public struct Status: Sendable, Equatable {
        /// nil: none.
        public let confirmedAt: Timestamp?
        public let recoveryCodesLeft: Int
        public var isOn: Bool { confirmedAt != nil }
    }

    /// A secret that its owner puts into an app now.
    public struct Enrolment: Sendable {
        /// Base32 (RFC 4648 §6), 32 characters.
        public let secret: Secret
        public let expiresAt: Timestamp

        /// What the QR code says (the key URI format that authenticator apps share).
        public func uri(label: String, issuer: String) -> Secret {
            let (label, issuer) = (label.percentEncodedForQuery, issuer.percentEncodedForQuery)
            return Secret(
                "otpauth://totp/\(issuer):\(label)?secret=\(secret.reveal())&issuer=\(issuer)"
                    + "&algorithm=SHA1&digits=\(OneTimeCode.digits)&period=\(OneTimeCode.period)")
        }
    }

    // MARK: What there is

    public func status(of account: String, in db: ReadTransaction) throws -> Status {
        let confirmed: Timestamp? = try db.row(
            "SELECT confirmed_at FROM second_factors WHERE account = \(account)"
        )?["confirmed_at"]
        let left = try db.value("SELECT count(*) FROM recovery_codes WHERE account = \(account)", as: Int.self)
        return Status(confirmedAt: confirmed, recoveryCodesLeft: left ?? 0)
    }

    public func isOn(_ account: String, in db: ReadTransaction) throws -> Bool {
        try SecondFactors.isOn(account, in: db)
    }

    private static func isOn(_ account: String, in db: ReadTransaction) throws -> Bool {
        try db.row("SELECT 1 AS found FROM second_factors WHERE account = \(account) AND confirmed_at IS NOT NULL")
            != nil
    }

    /// Whether one of the app's people has one. What was kept under a key that has been rotated since moves to today's.
    func find(_ person: AppPerson, at now: Timestamp, in db: Transaction) throws -> Bool {
        if try isOn(person.counted, in: db) { return true }
        for old in person.earlier {
            guard
                let row = try db.lockedRow(
                    """
                    SELECT seed, last_step, created_at, confirmed_at FROM second_factors
                    WHERE account = \(old) AND confirmed_at IS NOT NULL
                    """)
            else { continue }
            let sealed = try sealing.seal(
                try sealing.open(row["seed"], account: old, in: db), account: person.counted, in: db)
            let (step, created, confirmed): (Int, Timestamp, Timestamp) = (
                try row["last_step"], try row["created_at"], try row["confirmed_at"]
            )
            try SecondFactors.removeAll(of: person.counted, in: db)
            try db.execute(
                """
                INSERT INTO second_factors (account, seed, last_step, created_at, confirmed_at)
                VALUES (\(person.counted), \(sealed), \(step), \(created), \(confirmed))
                """)
            try db.execute("UPDATE recovery_codes SET account = \(person.counted) WHERE account = \(old)")
            try db.execute("DELETE FROM second_factors WHERE account = \(old)")
            return true
        }
        return false
    }

    // MARK: Setting it up

    /// Begins: what was begun and not confirmed is replaced.
    ///
    /// - Returns: nil where there is one already.
    public func begin(_ account: String, at now: Timestamp, in db: Transaction) throws -> Enrolment? {
        let seed = random.bytes(count: OneTimeCode.seedLength)
        let sealed = try sealing.seal(seed, account: account, in: db)
        let written = try db.execute(
            """
            INSERT INTO second_factors (account, seed, last_step, created_at) VALUES (\(account), \(sealed), -1, \(now))
            ON CONFLICT (account) DO UPDATE SET seed = excluded.seed, created_at = excluded.created_at
            WHERE second_factors.confirmed_at IS NULL
            """)
        return written == 1 ? enrolment(seed, since: now) : nil
    }

    /// What was begun and isn't confirmed; nil once it is, or too old.
    public func pending(_ account: String, at now: Timestamp, in db: ReadTransaction) throws -> Enrolment? {
        guard
            let row = try db.row(
                "SELECT seed, created_at FROM second_factors WHERE account = \(account) AND confirmed_at IS NULL")
        else { return nil }
        let began: Timestamp = try row["created_at"]
        guard now < began.advanced(by: SecondFactors.enrolmentSpan) else { return nil }
        return enrolment(try sealing.open(row["seed"], account: account, in: db), since: began)
    }

    private func enrolment(_ seed: [UInt8], since began: Timestamp) -> Enrolment {
        Enrolment(
            secret: Secret(Base32.text(seed)), expiresAt: began.advanced(by: SecondFactors.enrolmentSpan))
    }

    /// Ends what was begun, by a code of the app. Exactly one of any number of callers gets true.
    public func confirm(_ account: String, code: String, at now: Timestamp, in db: Transaction) throws -> Bool {
        guard
            let row = try db.lockedRow(
                "SELECT seed, created_at FROM second_factors WHERE account = \(account) AND confirmed_at IS NULL")
        else { return false }
        let began: Timestamp = try row["created_at"]
        guard now < began.advanced(by: SecondFactors.enrolmentSpan), let typed = OneTimeCode.typed(code),
            let step = OneTimeCode.match(
                typed, try sealing.open(row["seed"], account: account, in: db), at: now, after: -1)
        else { return false }
        return try db.execute(
            """
            UPDATE second_factors SET confirmed_at = \(now), last_step = \(step)
            WHERE account = \(account) AND confirmed_at IS NULL
            """) == 1
    }

    // MARK: Using it

    /// Uses a code of the app up: of any number of callers with the same code, exactly one gets true. (ASVS 5.0 V6.5.1)
    public func use(code: String, of account: String, at now: Timestamp, in db: Transaction) throws -> Bool {
        guard let typed = OneTimeCode.typed(code),
            let row = try db.lockedRow(
                "SELECT seed, last_step FROM second_factors WHERE account = \(account) AND confirmed_at IS NOT NULL")
        else { return false }
        let seed = try sealing.open(row["seed"], account: account, in: db)
        guard let step = OneTimeCode.match(typed, seed, at: now, after: try row["last_step"]) else { return false }
        try db.execute("UPDATE second_factors SET last_step = \(step) WHERE account = \(account)")
        return true
    }

    /// The hash that a recovery code must match; nil where none has its first group.
    func hash(of code: RecoveryCode, _ account: String, in db: ReadTransaction) throws -> String? {
        try db.value("SELECT hash FROM recovery_codes WHERE account = \(account) AND selector = \(code.selector)")
    }

    /// Uses a recovery code up that matched this hash: exactly one of any number of callers gets how many are left.
    func use(_ code: RecoveryCode, matching hash: String, of account: String, in db: Transaction) throws -> Int? {
        let used = try db.execute(
            """
            DELETE FROM recovery_codes WHERE account = \(account) AND selector = \(code.selector) AND hash = \(hash)
            """)
        guard used == 1 else { return nil }
        return try status(of: account, in: db).recoveryCodesLeft
    }

    func replace(
        _ codes: [(selector: String, hash: String)], of account: String, at now: Timestamp, in db: Transaction
    ) throws {
        try db.execute("DELETE FROM recovery_codes WHERE account = \(account)")
        for code in codes {
            try db.execute(
                """
                INSERT INTO recovery_codes (account, selector, hash, created_at)
                VALUES (\(account), \(code.selector), \(code.hash), \(now))
                """)
        }
    }

    /// Takes everything of an account away; false where there was nothing that counted.
    @discardableResult
    public static func removeAll(of account: String, in db: Transaction) throws -> Bool {
        let wasOn = try isOn(account, in: db)
        try db.execute("DELETE FROM second_factors WHERE account = \(account)")
        try db.execute("DELETE FROM recovery_codes WHERE account = \(account)")
        return wasOn
    }

    /// Forgets secrets that nobody confirmed.
    static func sweep(at now: Timestamp, in db: Transaction) throws -> Int {
        let before = now.advanced(by: .zero - enrolmentSpan)
        return try db.execute("DELETE FROM second_factors WHERE confirmed_at IS NULL AND created_at < \(before)")
    }
}
