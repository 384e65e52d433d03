import Crypto
import Kernel
public import Store

/// Encrypts columns: AES-256-GCM under a key derived for each column from the ring's `at-rest` key, with table, column,
/// row and key id authenticated. A value copied to another row, column or database doesn't open.
///
///     let column = SealedColumn(table: "second_factors", column: "seed")
///     let seed = try sealer.seal(Secret(…), at: column, row: id, in: db)
///     try db.execute("INSERT INTO second_factors (id, seed) VALUES (\(id), \(seed))")
///
/// Sealing happens inside the transaction that writes, under the key that the database says is active, which stays open
/// until that transaction ends: that is what lets a scan prove that a key isn't used any more. (ASVS 5.0 V11.3.2, V14.2.4)
public final class Sealer: Sendable {
    let ring: KeyRing
    let columns: [SealedColumn]

    /// - Parameter columns: every sealed column of this program.
    public init(ring: KeyRing, columns: [SealedColumn]) {
        self.ring = ring
        self.columns = columns
    }

    /// Enters the columns in the database, where programs of other versions see them too. At start, after migrations.
    public func register() async throws {
        try await ring.database.transaction("at-rest.register") { db in
            for column in self.columns.sorted(by: { $0.description < $1.description }) {
                try db.execute(
                    """
                    INSERT INTO sealed_columns (table_name, column_name, id_column, index_column, updated_at)
                    VALUES (\(column.table), \(column.column), \(column.id), \(column.index), \(self.ring.clock.now()))
                    ON CONFLICT (table_name, column_name)
                    DO UPDATE SET id_column = excluded.id_column, index_column = excluded.index_column
                    """)
            }
        }
    }

    // MARK: Values

    /// - Parameter row: the row's primary key, as it will be stored.
    /// - Throws: `AtRestError` `.unknownColumn`, `KeyRingError` `.noKey`, `DatabaseError`.
    public func seal<Value: Sealable>(
        _ value: Value, at column: SealedColumn, row: some SQLEncodable, in db: Transaction
    ) throws -> Sealed<Value> {
        let key = try current(.atRest, in: db)
        return Sealed(bytes: try seal(value.sealableBytes, at: column, row: row.sqlValue, key: key))
    }

    /// - Throws: `AtRestError`, `DatabaseError`.
    public func open<Value: Sealable>(
        _ sealed: Sealed<Value>, at column: SealedColumn, row: some SQLEncodable, in db: ReadTransaction
    ) throws -> Value {
        let bytes = try open(sealed.bytes, at: column, row: row.sqlValue, in: db)
        guard let value = Value(sealableBytes: bytes) else { throw AtRestError.notOfType }
        return value
    }

    /// The blind index of a value, under the newest index key. Normalise the value first (case, spaces).
    public func index(_ value: some Sealable, at column: SealedColumn, in db: Transaction) throws -> BlindIndex {
        try known(column)
        return index(value.sealableBytes, at: column, key: try current(.blindIndex, in: db))
    }

    /// What a row that holds `value` may have as its blind index: under every index key there is, so that rows of before
    /// a rotation are found too.
    ///
    ///     db.row("SELECT … WHERE seed_index IN (\(list: try sealer.candidates(value, at: column, in: db)))")
    ///
    /// A UNIQUE constraint on the index doesn't hold across a rotation: look first, in the same transaction.
    public func candidates(
        _ value: some Sealable, at column: SealedColumn, in db: ReadTransaction
    ) throws -> [BlindIndex] {
        try known(column)
        let bytes = value.sealableBytes
        return try ring.load(.blindIndex, in: db).filter { $0.material != nil }
            .map { index(bytes, at: column, key: $0) }
    }

    // MARK: Inside

    func seal(_ plain: [UInt8], at column: SealedColumn, row: SQLValue, key: RingKey) throws -> [UInt8] {
        try known(column)
        let header = SealedForm.header(key.id)
        let box = try AuthenticatedBox.seal(
            plain, key: columnKey(key, column), authenticating: Sealer.context(header, column, row),
            random: ring.random)
        return header + box
    }

    func open(_ bytes: [UInt8], at column: SealedColumn, row: SQLValue, in db: ReadTransaction) throws -> [UInt8] {
        let form = try SealedForm(bytes)
        let key = try key(form.key, in: db)
        let context = Sealer.context(SealedForm.header(form.key), column, row)
        guard let plain = AuthenticatedBox.open(form.box, key: columnKey(key, column), authenticating: context) else {
            throw AtRestError.notGenuine
        }
        return plain
    }

    func index(_ plain: [UInt8], at column: SealedColumn, key: RingKey) -> BlindIndex {
        let derived = AuthenticatedBox.derive(
            key.material ?? [], salt: "seaworthy blind index v1", info: column.purposeInfo)
        let code = HMAC<SHA256>.authenticationCode(for: plain, using: derived)
        return BlindIndex(bytes: key.id.bytes + code.prefix(16))
    }

    /// The key that seals now, by the database's word, held open until the transaction ends.
    func current(_ purpose: KeyPurpose, in db: Transaction) throws -> RingKey {
        if let key = try active(purpose, in: db) { return key }
        // Nobody has opened the ring of this database yet: a command before the first start.
        try ring.ensure(purpose, in: db)
        guard let key = try active(purpose, in: db) else {
            throw KeyRingError(.noKey, "there is no key for \(purpose.rawValue)")
        }
        return key
    }

    /// nil when there is none that isn't closed or destroyed.
    private func active(_ purpose: KeyPurpose, in db: Transaction) throws -> RingKey? {
        if let held = db.gathered(HeldKey.self).first(where: { $0.key.purpose == purpose }) { return held.key }
        let now = ring.clock.now()
        // The newest that has begun, else (a clock that is behind) the first that will.
        let row = try db.row(
            """
            SELECT \(KeyRing.columns) FROM secret_keys
            WHERE purpose = \(purpose.rawValue) AND closed_at IS NULL AND destroyed_at IS NULL
            ORDER BY CASE WHEN active_at <= \(now) THEN active_at ELSE -active_at END DESC, id DESC LIMIT 1
            """ + .dialects(sqlite: "", postgres: " FOR SHARE"))
        guard let row else {
            // Closed while we waited for it: the next try finds its successor.
            let other: Int? = try db.value(
                "SELECT 1 FROM secret_keys WHERE purpose = \(purpose.rawValue) AND closed_at IS NULL LIMIT 1")
            if other != nil { throw DatabaseError(.conflict, "the \(purpose.rawValue) key was closed meanwhile") }
            return nil
        }
        let key = try ring.key(row)
        // Without material: says why.
        if key.material == nil { _ = try ring.unwrap(try KeyRecord(row)) }
        _ = db.gather(HeldKey(key: key))
        return key
    }

    /// From memory; from the database when this replica hasn't heard of it yet.
    private func key(_ id: KeyID, in db: ReadTransaction) throws -> RingKey {
        if let key = ring.remembered(id), key.material != nil { return try forSealing(key) }
        guard let row = try db.row("SELECT \(KeyRing.columns) FROM secret_keys WHERE id = \(id)") else {
            throw AtRestError.unknownKey(id)
        }
        let record = try KeyRecord(row)
        guard record.wrapped != nil else { throw AtRestError.unknownKey(id) }
        return try forSealing(record.key(try ring.unwrap(record)))
    }

    /// A signing key's id in a sealed value is a forgery.
    private func forSealing(_ key: RingKey) throws -> RingKey {
        guard key.purpose == .atRest else { throw AtRestError.unknownKey(key.id) }
        return key
    }

    private func known(_ column: SealedColumn) throws {
        guard columns.contains(column) else { throw AtRestError.unknownColumn("\(column)") }
    }

    private func columnKey(_ key: RingKey, _ column: SealedColumn) -> SymmetricKey {
        AuthenticatedBox.derive(key.material ?? [], salt: "seaworthy at rest v1", info: column.purposeInfo)
    }

    /// What is authenticated besides the value: where it stands, and under what.
    private static func context(_ header: [UInt8], _ column: SealedColumn, _ row: SQLValue) -> [UInt8] {
        let id: [UInt8] =
            switch row {
            case .null: [0]
            case .integer(let number): [1] + Array("\(number)".utf8)
            case .real(let number): [2] + Array("\(number)".utf8)
            case .text(let text): [3] + Array(text.utf8)
            case .blob(let bytes): [4] + bytes
            }
        return AuthenticatedBox.joined([header, Array(column.table.utf8), Array(column.column.utf8), id])
    }
}

/// A key that this transaction seals with.
private struct HeldKey {
    let key: RingKey
}
