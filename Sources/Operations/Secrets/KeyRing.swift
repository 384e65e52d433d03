public import Kernel
public import Store
import Synchronization

/// How keys change.
public struct KeyRingSettings: Sendable, Equatable {
    /// From a key's making to its first signature: every replica must know it by then. Replicas whose view is older than
    /// 5 s refuse to work, so 10 s leave as much for clocks that differ.
    public var propagation: Duration = .seconds(10)
    /// A second request to rotate within this time of the first finds its work done.
    public var settling: Duration = .seconds(300)
    /// Age at which upkeep rotates by itself; nil: only when told to.
    public var rotateAfter: Duration?
    /// Other overlaps than the purposes' own.
    public var overlaps: [KeyPurpose: KeyOverlap] = [:]

    public init() {}

    func overlap(_ purpose: KeyPurpose) -> KeyOverlap { overlaps[purpose] ?? purpose.overlap }
}

/// The keys that all replicas share: wrapped in the database, unwrapped in memory, fresh by the change feed.
///
/// A key is made, known everywhere, signs, then only verifies, and is destroyed once nothing that it made is valid. Memory
/// is asked on the hot path, the database only by those who change something.
public final class KeyRing: PurposeKeys {
    public static let topic: Change.Topic = "secret-key"

    let database: Database
    let settings: KeyRingSettings
    let clock: any WallClock
    let random: any RandomSource
    let audit: any AuditTrail
    let jobs: JobQueue
    private let roots: RootKeys
    var rootIDs: [String] { roots.ids }
    private struct View: Sendable {
        var keys: [KeyID: RingKey] = [:]
        /// The change feed's number at the moment of reading.
        var version: Int64 = -1
    }
    private let view = Mutex(View())

    public init(
        database: Database, roots: RootKeys, settings: KeyRingSettings = KeyRingSettings(), clock: any WallClock,
        random: any RandomSource, audit: any AuditTrail
    ) {
        self.database = database
        self.roots = roots
        self.settings = settings
        self.clock = clock
        self.random = random
        self.audit = audit
        jobs = JobQueue(clock: clock, random: random)
    }

    /// Wraps what an earlier root key wrapped with the first one, makes a key for each purpose that has none, and reads
    /// all into memory. Before anything asks for a key.
    ///
    /// - Throws: `KeyRingError` when a key can't be unwrapped with any root key given: nothing is changed then.
    public func open(_ purposes: [KeyPurpose] = KeyPurpose.standard) async throws {
        try await rewrapRing()
        try await database.transaction("secrets.open") { db in
            for purpose in purposes.sorted(by: { $0.rawValue < $1.rawValue }) { try self.ensure(purpose, in: db) }
        }
        try await refresh()
    }

    /// Keeps the view fresh. Before `ChangeFeed.run`.
    public func follow(_ feed: ChangeFeed) {
        feed.follow(KeyRing.topic) { [weak self] db, batch in
            // A few dozen rows: reading all is as quick as reading one.
            guard let self else { return }
            replace(try snapshot(db), whatever: batch == .everything)
        }
    }

    /// Reads the view now: for the command line, and after a change of this process's own.
    public func refresh() async throws {
        replace(try await database.read("secrets.load") { db in try self.snapshot(db) }, whatever: false)
    }

    // MARK: Asking

    /// - Throws: `KeyRingError` `.noKey`.
    public func signing(_ purpose: KeyPurpose) throws -> PurposeKey {
        let now = clock.now()
        let key = view.withLock { $0.keys.values.signing(purpose, at: now) }
        guard let key, let material = key.material else {
            throw KeyRingError(.noKey, "there is no key for \(purpose.rawValue)")
        }
        return PurposeKey(id: key.id.rawValue, purpose: purpose, bytes: material)
    }

    public func verifying(_ id: String, for purpose: KeyPurpose) -> PurposeKey? {
        guard let id = KeyID(rawValue: id), let key = view.withLock({ $0.keys[id] }), key.purpose == purpose,
            let material = key.material, !key.isSpent(at: clock.now())
        else { return nil }
        return PurposeKey(id: key.id.rawValue, purpose: purpose, bytes: material)
    }

    public func published(_ purpose: KeyPurpose) -> [PurposeKey] {
        let now = clock.now()
        return view.withLock { $0.keys.values.filter { $0.purpose == purpose && !$0.isSpent(at: now) } }
            .sorted { $0.activeAt == $1.activeAt ? $0.id > $1.id : $0.activeAt > $1.activeAt }
            .compactMap { key in
                key.material.map { PurposeKey(id: key.id.rawValue, purpose: purpose, bytes: $0) }
            }
    }

    /// Keys that can't be unwrapped with the root keys at hand: an alarm when it isn't empty.
    public var unreadable: [KeyID] {
        view.withLock { $0.keys.values.filter { $0.material == nil && $0.destroyedAt == nil }.map(\.id) }.sorted()
    }

    func remembered(_ id: KeyID) -> RingKey? { view.withLock { $0.keys[id] } }

    // MARK: The database's side

    /// All keys that aren't destroyed, as a transaction sees them.
    func load(_ db: ReadTransaction) throws -> [RingKey] {
        try db.rows("SELECT \(KeyRing.columns) FROM secret_keys WHERE destroyed_at IS NULL ORDER BY purpose, active_at")
            .map { try key($0) }
    }

    /// A row as a key. What can't be unwrapped has no material: whoever needs it says so, the rest goes on.
    func key(_ row: Row) throws -> RingKey {
        let record = try KeyRecord(row)
        let known = remembered(record.id)
        // A key's bytes never change, whoever wraps them.
        let material = known?.material ?? (try? unwrap(record))
        return record.key(material)
    }

    /// The columns that `key` reads.
    static let columns: SQL =
        "id, purpose, created_at, active_at, expires_at, closed_at, destroyed_at, root_id, wrapped"

    func unwrap(_ record: KeyRecord) throws(KeyRingError) -> [UInt8] {
        guard let wrapped = record.wrapped else { throw KeyRingError(.noKey, "key \(record.id) was destroyed") }
        do {
            return try roots.unwrap(wrapped, root: record.rootID, context: record.context)
        } catch {
            throw KeyRingError(error.code, "key \(record.id) (\(record.purpose.rawValue)): \(error.detail)")
        }
    }

    /// Adds a key of 32 random bytes.
    func insert(_ purpose: KeyPurpose, createdAt now: Timestamp, activeAt: Timestamp, in db: Transaction) throws
        -> KeyID
    {
        let id = KeyID(random: random)
        let context = KeyRecord.context(id: id, purpose: purpose, createdAt: now)
        let wrapped = try roots.wrap(random.bytes(32), context: context, random: random)
        try db.execute(
            """
            INSERT INTO secret_keys (id, purpose, created_at, active_at, root_id, wrapped)
            VALUES (\(id), \(purpose.rawValue), \(now), \(activeAt), \(roots.firstID), \(wrapped))
            """)
        db.changed(KeyRing.topic, key: id.rawValue, at: now)
        return id
    }

    /// Wraps every key that another root key wrapped with the first one.
    ///
    /// - Returns: how many. - Throws: `KeyRingError` when one can't be unwrapped; then nothing is changed.
    @discardableResult
    public func rewrapRing() async throws -> Int {
        try await database.transaction("secrets.rewrap-ring") { db in
            let rows = try db.lockedRows(
                """
                SELECT \(KeyRing.columns) FROM secret_keys
                WHERE destroyed_at IS NULL AND root_id <> \(self.roots.firstID) ORDER BY id
                """)
            for row in rows {
                let record = try KeyRecord(row)
                let material = try self.unwrap(record)
                let wrapped = try self.roots.wrap(material, context: record.context, random: self.random)
                try db.execute(
                    """
                    UPDATE secret_keys SET root_id = \(self.roots.firstID), wrapped = \(wrapped)
                    WHERE id = \(record.id)
                    """)
                db.changed(KeyRing.topic, key: record.id.rawValue, at: self.clock.now())
            }
            if !rows.isEmpty {
                try self.audit.append(
                    AuditEvent(
                        "secret.root-rotated", actor: "system",
                        details: ["root": self.roots.firstID, "keys": "\(rows.count)"]), in: db)
            }
            return rows.count
        }
    }

    private func snapshot(_ db: ReadTransaction) throws -> View {
        let keys = try load(db)
        return View(
            keys: Dictionary(keys.map { ($0.id, $0) }, uniquingKeysWith: { $1 }),
            version: try db.value("SELECT value FROM change_sequence WHERE id = 1") ?? 0)
    }

    /// Two readings may end in another order than they began: the later state stays. Unless the feed says that all is to be
    /// read, because the database was restored.
    private func replace(_ new: View, whatever: Bool) {
        view.withLock { if whatever || new.version >= $0.version { $0 = new } }
    }
}

/// A row of `secret_keys`.
struct KeyRecord: Sendable {
    let id: KeyID
    let purpose: KeyPurpose
    let createdAt: Timestamp
    let activeAt: Timestamp
    let expiresAt: Timestamp?
    let closedAt: Timestamp?
    let destroyedAt: Timestamp?
    let rootID: String
    let wrapped: [UInt8]?

    init(_ row: Row) throws {
        id = try row["id"]
        purpose = KeyPurpose(rawValue: try row["purpose"])
        createdAt = try row["created_at"]
        activeAt = try row["active_at"]
        expiresAt = try row["expires_at"]
        closedAt = try row["closed_at"]
        destroyedAt = try row["destroyed_at"]
        rootID = try row["root_id"]
        wrapped = try row["wrapped"]
    }

    var context: [UInt8] { KeyRecord.context(id: id, purpose: purpose, createdAt: createdAt) }

    /// What a wrapped key belongs to: in another row, or for another purpose, it doesn't unwrap.
    static func context(id: KeyID, purpose: KeyPurpose, createdAt: Timestamp) -> [UInt8] {
        AuthenticatedBox.joined(
            [
                "seaworthy ring v1", id.rawValue, purpose.rawValue, "\(createdAt.nanosecondsSinceEpoch)",
            ].map { Array($0.utf8) })
    }

    func key(_ material: [UInt8]?) -> RingKey {
        RingKey(
            id: id, purpose: purpose, createdAt: createdAt, activeAt: activeAt, expiresAt: expiresAt,
            closedAt: closedAt, destroyedAt: destroyedAt, rootID: rootID, material: material)
    }
}
