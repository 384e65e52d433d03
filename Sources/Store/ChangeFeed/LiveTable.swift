public import Synchronization

/// Rows in memory, by key, kept fresh by a `ChangeFeed`: what the hot path asks instead of the database.
///
/// Sixteen shards, so that cores don't queue for one lock. Looking is inlinable: without it, the types are found out anew at
/// each look.
public final class LiveTable<Value: Sendable>: Sendable {
    @usableFromInline
    final class Shard: Sendable {
        @usableFromInline let rows = Mutex<[String: Value]>([:])
        init() {}
    }

    @usableFromInline let shards: [Shard] = (0..<16).map { _ in Shard() }

    /// Follows `topic` of the feed.
    ///
    /// - Parameters:
    ///   - load: every row.
    ///   - fetch: the rows of these keys; a key without a row is forgotten.
    public init(
        _ topic: Change.Topic, of feed: ChangeFeed,
        load: @escaping @Sendable (ReadTransaction) throws -> [(key: String, value: Value)],
        fetch: @escaping @Sendable (ReadTransaction, [String]) throws -> [(key: String, value: Value)]
    ) {
        feed.follow(topic) { [weak self] db, batch in
            guard let self else { return }
            switch batch {
            case .everything: replace(try load(db))
            case .keys(let keys): update(keys, try fetch(db, keys))
            }
        }
    }

    /// The row, as fresh as the feed (`ChangeFeed.age`).
    @inlinable
    public subscript(_ key: String) -> Value? { shards[LiveTable.shard(key)].rows.withLock { $0[key] } }

    public var count: Int { shards.reduce(0) { $0 + $1.rows.withLock { $0.count } } }

    /// By the last two bytes: ids and hashes differ there, and a whole hash is only made once, for the row.
    @inlinable
    static func shard(_ key: String) -> Int {
        func place(_ last: UInt8, _ before: UInt8) -> Int { Int((last &+ before &* 7) % 16) }
        return key.utf8.withContiguousStorageIfAvailable { bytes in
            switch bytes.count {
            case 0: 0
            case 1: place(bytes[0], 0)
            case let count: place(bytes[count &- 1], bytes[count &- 2])
            }
        } ?? place(key.utf8.last ?? 0, key.utf8.dropLast().last ?? 0)
    }

    private func replace(_ rows: [(key: String, value: Value)]) {
        var parts = [[String: Value]](repeating: [:], count: shards.count)
        for (key, value) in rows { parts[LiveTable.shard(key)][key] = value }
        for (shard, part) in zip(shards, parts) { shard.rows.withLock { $0 = part } }
    }

    private func update(_ keys: [String], _ rows: [(key: String, value: Value)]) {
        let found = Dictionary(rows.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        for key in keys { shards[LiveTable.shard(key)].rows.withLock { $0[key] = found[key] } }
    }
}
