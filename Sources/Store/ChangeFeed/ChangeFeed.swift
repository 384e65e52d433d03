public import Kernel
import Synchronization

/// Keeps what this process holds in memory as fresh as the database.
///
/// The truth is a poll of the sequence row every 250 ms; a NOTIFY (PostgreSQL) or a commit of this very process only makes
/// the next poll come at once. Numbers have the order of commits (`Transaction.changed`), so nothing is missed between two
/// polls; when rows were pruned, or the database was restored, everything is read anew.
public final class ChangeFeed: Sendable {
    static let channel: String = "seaworthy_changes"

    /// What a view must read again.
    public enum Batch: Sendable, Equatable {
        case everything
        /// Keys of one topic, each once, in the order of their first change.
        case keys([String])
    }

    /// Reads what changed. Called one after the other; when it throws, the same batch (or more) comes again.
    public typealias Reader = @Sendable (ReadTransaction, Batch) throws -> Void

    private let database: Database
    private let clock: any MonotonicClock
    private let interval: Duration
    private let readers = Mutex<[(topic: Change.Topic, read: Reader)]>([])
    /// Monotonic time at which the last poll that succeeded began; 0 before the first.
    private let confirmed = Atomic<UInt64>(0)
    private let polls = Atomic<Int>(0)
    private let failures = Atomic<Int>(0)

    public init(database: Database, clock: any MonotonicClock, interval: Duration = .milliseconds(250)) {
        self.database = database
        self.clock = clock
        self.interval = interval
    }

    /// Calls `read` with everything at the start and with each change of `topic` afterwards. Before `run`.
    public func follow(_ topic: Change.Topic, _ read: @escaping Reader) {
        readers.withLock { $0.append((topic, read)) }
    }

    /// How old the views may be: time since the last poll that succeeded began; nil before the first.
    public var age: Duration? {
        let then = confirmed.load(ordering: .acquiring)
        guard then != 0 else { return nil }
        let now = clock.nanoseconds()
        return .nanoseconds(Int64(clamping: now > then ? now - then : 0))
    }

    /// Polls that succeeded and that failed, for metrics.
    public var counts: (polls: Int, failures: Int) {
        (polls.load(ordering: .relaxed), failures.load(ordering: .relaxed))
    }

    /// Follows until the task is cancelled. A database that can't be reached makes the views older, nothing else.
    public func run() async {
        let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let ticket = database.signals.add { continuation.yield() }
        let hints = database.hints(channel: ChangeFeed.channel) { continuation.yield() }
        let ticker = Task { [interval] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                continuation.yield()
            }
        }
        defer {
            ticker.cancel()
            hints?.cancel()
            database.signals.remove(ticket)
        }
        var position: Int64?
        continuation.yield()
        for await _ in wakes {
            if Task.isCancelled { return }
            do {
                position = try await poll(after: position)
            } catch {
                failures.add(1, ordering: .relaxed)
            }
        }
    }

    /// One poll; the new position. For tests and for a start that waits for the first.
    @discardableResult
    public func poll(after position: Int64?) async throws -> Int64 {
        let began = clock.nanoseconds()
        let readers = readers.withLock { $0 }
        let next = try await database.read("change-feed.poll") { db -> Int64 in
            let value: Int64 = try db.value("SELECT value FROM change_sequence WHERE id = 1") ?? 0
            if let position, value == position { return position }
            guard let position, value > position, value - position <= ChangeFeed.batch,
                let changes = try ChangeFeed.changes(db, after: position, to: value)
            else {
                for reader in readers { try reader.read(db, .everything) }
                return value
            }
            for reader in readers {
                if let keys = changes[reader.topic] { try reader.read(db, .keys(keys)) }
            }
            return value
        }
        confirmed.store(max(1, began), ordering: .releasing)
        polls.add(1, ordering: .relaxed)
        return next
    }

    /// More changes than this at once cost as much as reading everything.
    private static let batch: Int64 = 5000

    /// nil when some of them are gone already.
    private static func changes(
        _ db: ReadTransaction, after position: Int64, to value: Int64
    ) throws -> [Change.Topic: [String]]? {
        let rows = try db.rows(
            """
            SELECT sequence, topic, key FROM changes WHERE sequence > \(position) AND sequence <= \(value)
            ORDER BY sequence
            """)
        guard rows.count == Int(value - position) else { return nil }
        var keys: [Change.Topic: [String]] = [:]
        var seen: Set<Change> = []
        for row in rows {
            let topic = Change.Topic(rawValue: try row["topic"])
            let key: String = try row["key"]
            if seen.insert(Change(topic, key: key)).inserted { keys[topic, default: []].append(key) }
        }
        return keys
    }

    /// Removes entries that every replica has seen long ago; those that slept longer read everything.
    public static func prune(_ db: Transaction, before time: Timestamp) throws {
        try db.execute("DELETE FROM changes WHERE at < \(time)")
    }
}
