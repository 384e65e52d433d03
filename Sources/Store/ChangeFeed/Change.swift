public import Kernel

/// A row that others keep in memory has changed: which, not what. They read it again.
public struct Change: Sendable, Hashable {
    /// The kind of row, such as `session`.
    public let topic: Topic
    /// The row's key as text.
    public let key: String

    public struct Topic: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }
    }

    public init(_ topic: Topic, key: String) {
        self.topic = topic
        self.key = key
    }
}

extension Transaction {
    /// Tells every replica's in-memory view about a changed row, from the moment this transaction commits.
    ///
    /// The sequence's one row is locked last and only for the length of COMMIT. That lock is what makes the order of
    /// numbers the order of commits: a reader that has seen number 7 will never find a 6 afterwards.
    public func changed(_ topic: Change.Topic, key: String, at time: Timestamp) {
        guard gather(PendingChange(change: Change(topic, key: key), at: time)) else { return }
        let signals = signals
        afterCommit { signals.fire() }
        atCommit(.changes) { db in
            let pending = db.gathered(PendingChange.self)
            var seen: Set<Change> = []
            let changes = pending.filter { seen.insert($0.change).inserted }
            let count = Int64(changes.count)
            let last: Int64 =
                try db.value("UPDATE change_sequence SET value = value + \(count) WHERE id = 1 RETURNING value") ?? 0
            let rows = changes.enumerated().map { offset, entry -> SQL in
                let sequence = last - count + 1 + Int64(offset)
                return "(\(sequence), \(entry.change.topic.rawValue), \(entry.change.key), \(entry.at))"
            }
            for start in stride(from: 0, to: rows.count, by: 200) {
                let part = SQL.joined(Array(rows[start..<min(start + 200, rows.count)]), by: ", ")
                try db.execute("INSERT INTO changes (sequence, topic, key, at) VALUES \(part)")
            }
            if db.engine == .postgres {
                // Only a hint: whoever misses it sees the change at the next poll.
                _ = try db.row("SELECT pg_notify(\(ChangeFeed.channel), \("\(last)"))")
            }
        }
    }
}

struct PendingChange {
    let change: Change
    let at: Timestamp
}
