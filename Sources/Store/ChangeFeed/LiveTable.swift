import Synchronization

/// Rows in memory, by key, kept fresh by a `ChangeFeed`: what the hot path asks instead of the database.
///
/// Sixteen shards, so that cores don't queue for one lock.
public final class LiveTable<Value: Sendable>: Sendable {
    private final class Shard: Sendable {
        let rows = Mutex<[String: Value]>([:])
    }

    private let shards: [Shard] = (0..<16).map { _ in Shard() }

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
    public subscript(_ key: String) -> Value? { shard(key).rows.withLock { $0[key] } }

    public var count: Int { shards.reduce(0) { $0 + $1.rows.withLock { $0.count } } }

    private func shard(_ key: String) -> Shard { shards[Int(UInt(bitPattern: key.hashValue) % 16)] }

    private func replace(_ rows: [(key: String, value: Value)]) {
        var parts = [[String: Value]](repeating: [:], count: shards.count)
        for (key, value) in rows { parts[Int(UInt(bitPattern: key.hashValue) % 16)][key] = value }
        for (shard, part) in zip(shards, parts) { shard.rows.withLock { $0 = part } }
    }

    private func update(_ keys: [String], _ rows: [(key: String, value: Value)]) {
        let found = Dictionary(rows.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        for key in keys { shard(key).rows.withLock { $0[key] = found[key] } }
    }
}
