import Crypto
import Kernel
import Store

/// Counters of failed sign-ins in the database: one row for each key, locked while it is changed, so that attempts at the
/// same time on any number of replicas never get more guesses than the rule gives.
struct LockoutStore: Sendable {
    /// What a counter counts.
    enum Key: Hashable, Sendable {
        /// Attempts on an account from devices that it doesn't know. Of the folded address, known or not.
        case account(String)
        /// Attempts from one device that the account knows.
        case device(String)
        /// Attempts from one address; an IPv6 network of 64 bits counts as one.
        case address(IPAddress)
        /// Codes for an account's second factor: from one device that it knows, or from all others together.
        case factor(String, device: String?)

        /// What stands in the row: neither address nor e-mail in readable form.
        var text: String {
            switch self {
            case .account(let address): "a:" + Key.fingerprint(address)
            case .device(let hash): "d:" + hash
            case .factor(let account, let device): "f:" + Key.fingerprint("\(account) \(device ?? "")")
            case .address(let address): "n:" + Key.fingerprint(Key.network(address))
            }
        }

        private static func fingerprint(_ text: String) -> String {
            HexText.text(SHA256.hash(data: Array(text.utf8)).prefix(16))
        }

        private static func network(_ address: IPAddress) -> String {
            address.family == .v4 ? "4:\(address.low)" : "6:\(address.high)"
        }
    }

    let settings: LockoutSettings

    func rule(for key: Key) -> Lockout {
        if case .address = key { return settings.perAddress }
        return settings.perAccount
    }

    /// Counts an attempt under all keys, or under none when one of them is locked.
    func attempt(_ keys: [Key], at now: Timestamp, in db: Transaction) throws -> Lockout.Decision {
        var states: [(key: Key, state: LockoutState)] = []
        for key in keys.sorted(by: { $0.text < $1.text }) { states.append((key, try locked(key, at: now, in: db))) }
        var isLast = false
        var changed: [(Key, LockoutState)] = []
        var refusedUntil: Timestamp?
        for (key, state) in states {
            let (next, decision) = rule(for: key).attempt(state, at: now)
            switch decision {
            case .refused(let until): refusedUntil = max(refusedUntil ?? until, until)
            case .allowed(let last):
                // Only the account's own counter is told to its owner.
                if case .address = key {} else { isLast = isLast || last }
            }
            changed.append((key, next))
        }
        if let refusedUntil { return .refused(until: refusedUntil) }
        for (key, state) in changed { try write(state, key, at: now, in: db) }
        return .allowed(isLast: isLast)
    }

    /// After the right password: the account's or device's counter starts anew, the address gets its attempt back.
    func succeeded(_ keys: [Key], at now: Timestamp, in db: Transaction) throws {
        for key in keys.sorted(by: { $0.text < $1.text }) {
            if case .address = key {
                let state = try locked(key, at: now, in: db)
                try write(rule(for: key).givenBack(state), key, at: now, in: db)
            } else {
                try clear(key, in: db)
            }
        }
    }

    /// For attempts in which nothing was compared.
    func giveBack(_ keys: [Key], at now: Timestamp, in db: Transaction) throws {
        for key in keys.sorted(by: { $0.text < $1.text }) {
            let state = try locked(key, at: now, in: db)
            try write(rule(for: key).givenBack(state), key, at: now, in: db)
        }
    }

    func clear(_ key: Key, in db: Transaction) throws {
        try db.execute("DELETE FROM sign_in_counters WHERE id = \(key.text)")
    }

    func state(_ key: Key, in db: ReadTransaction) throws -> LockoutState? {
        try db.row(LockoutStore.columns + "FROM sign_in_counters WHERE id = \(key.text)").map(LockoutStore.state)
    }

    private static let columns: SQL = "SELECT failures, locks, locked_until, last_attempt_at "

    private static func state(_ row: Row) throws -> LockoutState {
        LockoutState(
            failures: try row["failures"], locks: try row["locks"], lockedUntil: try row["locked_until"],
            lastAttemptAt: try row["last_attempt_at"])
    }

    /// The row, made where there is none and locked.
    private func locked(_ key: Key, at now: Timestamp, in db: Transaction) throws -> LockoutState {
        try db.execute(
            """
            INSERT INTO sign_in_counters (id, failures, locks, last_attempt_at) VALUES (\(key.text), 0, 0, \(now))
            ON CONFLICT (id) DO NOTHING
            """)
        let row = try db.lockedRow(LockoutStore.columns + "FROM sign_in_counters WHERE id = \(key.text)")
        return try row.map(LockoutStore.state) ?? LockoutState()
    }

    private func write(_ state: LockoutState, _ key: Key, at now: Timestamp, in db: Transaction) throws {
        try db.execute(
            """
            UPDATE sign_in_counters SET failures = \(state.failures), locks = \(state.locks),
                locked_until = \(state.lockedUntil), last_attempt_at = \(state.lastAttemptAt ?? now)
            WHERE id = \(key.text)
            """)
    }

    /// Removes what the rule has forgotten.
    static func sweep(before time: Timestamp, in db: Transaction) throws -> Int {
        try db.execute(
            """
            DELETE FROM sign_in_counters WHERE last_attempt_at < \(time)
                AND (locked_until IS NULL OR locked_until < \(time))
            """)
    }
}

extension Lockout {
    /// The state without one attempt that turned out to be right.
    func givenBack(_ state: LockoutState) -> LockoutState {
        var next = state
        next.failures = max(0, state.failures - 1)
        if state.lockedUntil != nil, next.failures < limit {
            next.lockedUntil = nil
            next.locks = max(0, state.locks - 1)
        }
        return next
    }
}
