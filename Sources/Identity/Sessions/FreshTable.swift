import Kernel
import Store
import Synchronization

/// Rows in memory, fresh by the change feed, in which what this process changed itself holds from its COMMIT on.
final class FreshTable<Value: Sendable>: Sendable {
    private struct Recent: Sendable {
        /// nil: it is gone.
        let value: Value?
        let at: UInt64
    }

    private let rows: LiveTable<Value>
    private let recent = Mutex<[String: Recent]>([:])
    private let hasRecent = Atomic<Bool>(false)
    private let feed: ChangeFeed
    private let clock: any MonotonicClock

    /// Before the feed runs. `load` and `fetch` as in `LiveTable`.
    init(
        _ topic: Change.Topic, of feed: ChangeFeed, clock: any MonotonicClock,
        load: @escaping @Sendable (ReadTransaction) throws -> [(key: String, value: Value)],
        fetch: @escaping @Sendable (ReadTransaction, [String]) throws -> [(key: String, value: Value)]
    ) {
        self.feed = feed
        self.clock = clock
        rows = LiveTable(topic, of: feed, load: load, fetch: fetch)
    }

    var count: Int { rows.count }

    subscript(_ key: String) -> Value? {
        if hasRecent.load(ordering: .acquiring) {
            let told = told
            if let change = recent.withLock({ $0[key] }), change.at >= told { return change.value }
        }
        return rows[key]
    }

    /// What the feed has brought, whatever this process changed since.
    func fed(_ key: String) -> Value? { rows[key] }

    /// After the COMMIT that changed it; nil: that removed it.
    func changed(_ key: String, to value: Value?) {
        let now = clock.nanoseconds()
        recent.withLock { $0[key] = Recent(value: value, at: now) }
        hasRecent.store(true, ordering: .releasing)
    }

    /// Drops what the feed has told by now. Every few seconds.
    func settle() {
        let told = told
        recent.withLock { recent in
            recent = recent.filter { $0.value.at >= told }
            if recent.isEmpty { hasRecent.store(false, ordering: .releasing) }
        }
    }

    /// The moment at which the feed's last poll began: what was committed before it is in the rows.
    private var told: UInt64 {
        guard let age = feed.age else { return 0 }
        let (seconds, attoseconds) = age.components
        let span = UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
        let now = clock.nanoseconds()
        return now > span ? now - span : 0
    }
}
