public import Kernel
import Store

/// What a request to rotate came to.
public struct Rotation: Sendable, Equatable {
    public let purpose: KeyPurpose
    /// The newest key, whoever made it.
    public let key: KeyID
    public let activeAt: Timestamp
    /// Whether this request made it; false when an earlier one had.
    public let isNew: Bool
    /// Keys that still verify, and until when; nil: until nothing that they sealed is left.
    public let overlapping: [Overlap]

    public struct Overlap: Sendable, Equatable {
        public let key: KeyID
        public let until: Timestamp?
    }
}

extension KeyRing {
    /// Makes a new key of `purpose`, which signs once every replica knows it; the ones before verify until what they made
    /// has ended. However many ask at the same time, or again soon after: one key.
    ///
    /// - Parameters:
    ///   - urgent: a key is known to a stranger. The new one signs at once and the others verify nothing any more: what
    ///     they signed is refused. (What they sealed can still be opened, and is sealed anew.)
    ///   - actor: for the audit trail, such as `cli:root`.
    @discardableResult
    public func rotate(_ purpose: KeyPurpose, urgent: Bool = false, actor: String = "system") async throws -> Rotation {
        let rotation = try await database.transaction("secrets.rotate") { db in
            try self.rotate(purpose, urgent: urgent, actor: actor, in: db)
        }
        try await refresh()
        return rotation
    }

    func rotate(_ purpose: KeyPurpose, urgent: Bool, actor: String, in db: Transaction) throws -> Rotation {
        try lock(purpose, in: db)
        let now = clock.now()
        let keys = try load(purpose, in: db)
        if let newest = keys.last, settled(newest, among: keys, urgent: urgent, now: now) {
            return report(newest.id, newest.activeAt, isNew: false, keys)
        }
        // Never before a key that is there: the newest is the one that signs, also when the clock went back.
        let latest = keys.last.map { $0.activeAt.adding(.nanoseconds(1)) } ?? now
        let activeAt = max(keys.isEmpty || urgent ? now : now.adding(settings.propagation), latest)
        let id = try insert(purpose, createdAt: now, activeAt: activeAt, in: db)
        try expire(keys, of: purpose, successorActive: activeAt, urgent: urgent, now: now, in: db)
        try db.execute("UPDATE secret_purposes SET rotated_at = \(now) WHERE purpose = \(purpose.rawValue)")
        try audit.append(
            AuditEvent(
                "secret.rotated", actor: actor,
                details: ["purpose": purpose.rawValue, "key": id.rawValue, "urgent": "\(urgent)"]), in: db)
        if settings.overlap(purpose) == .untilUnused, !keys.isEmpty {
            var job = JobRequest(RewrapHandler.jobKind, payload: "{\"key\":\"\(id)\"}")
            job.idempotencyKey = id.rawValue
            job.runAt = activeAt.adding(.seconds(1))
            job.maxAttempts = 50
            try jobs.enqueue(job, in: db)
        }
        return report(id, activeAt, isNew: true, try load(purpose, in: db))
    }

    /// Whether the newest key is the answer to this request already.
    private func settled(_ newest: RingKey, among keys: [RingKey], urgent: Bool, now: Timestamp) -> Bool {
        let isYoung = now < newest.createdAt.adding(settings.settling)
        guard urgent else { return newest.activeAt > now || isYoung }
        // Done already when nothing else verifies. What was sealed stays open whatever the urgency.
        let isAlone: Bool
        if case .lasting = settings.overlap(newest.purpose) {
            isAlone = keys.dropLast().allSatisfy { $0.isSpent(at: now) }
        } else {
            isAlone = true
        }
        return isYoung && newest.activeAt <= now && isAlone && keys.count > 1
    }

    private func expire(
        _ keys: [RingKey], of purpose: KeyPurpose, successorActive: Timestamp, urgent: Bool, now: Timestamp,
        in db: Transaction
    ) throws {
        guard case .lasting(let overlap) = settings.overlap(purpose) else { return }
        // Once more the propagation delay: a replica whose clock is behind signs with the old key that much longer.
        let end = urgent ? now : successorActive.adding(overlap).adding(settings.propagation)
        for key in keys.sorted(by: { $0.id < $1.id }) where key.expiresAt.map({ $0 > end }) ?? true {
            try db.execute("UPDATE secret_keys SET expires_at = \(end) WHERE id = \(key.id)")
            db.changed(KeyRing.topic, key: key.id.rawValue, at: now)
        }
    }

    private func report(_ id: KeyID, _ activeAt: Timestamp, isNew: Bool, _ keys: [RingKey]) -> Rotation {
        let now = clock.now()
        let others = keys.filter { $0.id != id && !$0.isSpent(at: now) }
        return Rotation(
            purpose: keys.last?.purpose ?? "", key: id, activeAt: activeAt, isNew: isNew,
            overlapping: others.map { Rotation.Overlap(key: $0.id, until: $0.expiresAt) })
    }

    /// Makes the first key of a purpose; it signs at once, for there is nothing else.
    func ensure(_ purpose: KeyPurpose, in db: Transaction) throws {
        try lock(purpose, in: db)
        guard try load(purpose, in: db).isEmpty else { return }
        let now = clock.now()
        let id = try insert(purpose, createdAt: now, activeAt: now, in: db)
        try audit.append(
            AuditEvent(
                "secret.created", actor: "system", details: ["purpose": purpose.rawValue, "key": id.rawValue]),
            in: db)
    }

    /// Rotates what is older than `rotateAfter` and destroys what has expired: once an hour or so.
    ///
    /// - Returns: what was destroyed.
    @discardableResult
    public func upkeep() async throws -> [KeyID] {
        if let limit = settings.rotateAfter {
            let now = clock.now()
            let keys = try await database.read("secrets.load") { db in try self.load(db) }
            for purpose in Set(keys.map(\.purpose)) where settings.overlap(purpose) != .untilReleased {
                let newest = keys.filter { $0.purpose == purpose }.map(\.createdAt).max()
                if let newest, newest.adding(limit) <= now { try await rotate(purpose) }
            }
        }
        return try await destroyExpired()
    }

    /// Destroys keys whose last product has ended. Only the names and times stay.
    @discardableResult
    public func destroyExpired() async throws -> [KeyID] {
        let destroyed = try await database.transaction("secrets.destroy-expired") { db -> [KeyID] in
            let now = self.clock.now()
            let rows = try db.lockedRows(
                """
                SELECT id, purpose FROM secret_keys WHERE destroyed_at IS NULL AND expires_at <= \(now) ORDER BY id
                """)
            return try rows.map { row in
                let id: KeyID = try row["id"]
                try self.destroy(id, purpose: KeyPurpose(rawValue: try row["purpose"]), at: now, in: db)
                return id
            }
        }
        if !destroyed.isEmpty { try await refresh() }
        return destroyed
    }

    /// Lets a key go that is kept until released, such as a password pepper that no hash names any more.
    ///
    /// - Throws: `KeyRingError` `.refused` for the key that signs.
    public func release(_ id: KeyID, actor: String) async throws {
        try await database.transaction("secrets.release") { db in
            guard let row = try db.row("SELECT purpose FROM secret_keys WHERE id = \(id)") else {
                throw KeyRingError(.noKey, "there is no key \(id)")
            }
            let purpose = KeyPurpose(rawValue: try row["purpose"])
            try self.lock(purpose, in: db)
            let keys = try self.load(purpose, in: db)
            guard self.settings.overlap(purpose) == .untilReleased, keys.contains(where: { $0.id == id }),
                let signing = keys.signing(purpose, at: self.clock.now()), signing.id != id,
                let key = keys.first(where: { $0.id == id }), key.activeAt < signing.activeAt
            else { throw KeyRingError(.refused, "key \(id) (\(purpose.rawValue)) can't be released") }
            try self.destroy(id, purpose: purpose, at: self.clock.now(), actor: actor, in: db)
        }
        try await refresh()
    }

    func destroy(
        _ id: KeyID, purpose: KeyPurpose, at now: Timestamp, actor: String = "system", in db: Transaction
    ) throws {
        try db.execute(
            "UPDATE secret_keys SET wrapped = NULL, destroyed_at = \(now) WHERE id = \(id) AND destroyed_at IS NULL")
        db.changed(KeyRing.topic, key: id.rawValue, at: now)
        try audit.append(
            AuditEvent(
                "secret.destroyed", actor: actor, details: ["purpose": purpose.rawValue, "key": id.rawValue]), in: db)
    }

    /// Holds the purpose until the transaction ends: one rotation at a time.
    private func lock(_ purpose: KeyPurpose, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO secret_purposes (purpose, rotated_at) VALUES (\(purpose.rawValue), \(clock.now()))
            ON CONFLICT (purpose) DO NOTHING
            """)
        _ = try db.lockedRow("SELECT purpose FROM secret_purposes WHERE purpose = \(purpose.rawValue)")
    }

    /// Keys of one purpose that aren't destroyed, the newest last.
    func load(_ purpose: KeyPurpose, in db: ReadTransaction) throws -> [RingKey] {
        try db.rows(
            """
            SELECT \(KeyRing.columns) FROM secret_keys WHERE purpose = \(purpose.rawValue) AND destroyed_at IS NULL
            ORDER BY active_at, id
            """
        ).map { try key($0) }
    }
}

extension Timestamp {
    /// Later by `span`; stops at the end of the range.
    func adding(_ span: Duration) -> Timestamp {
        let (seconds, attoseconds) = span.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, tooLate) = nanosecondsSinceEpoch.addingReportingOverflow(
            overflow ? .max : whole &+ attoseconds / 1_000_000_000)
        return Timestamp(nanosecondsSinceEpoch: tooLate ? .max : sum)
    }
}
