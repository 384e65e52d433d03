import Kernel
import Store
import Synchronization

/// API keys in memory: what a request with one is judged by.
final class APIKeyView: Sendable {
    final class Live: Sendable {
        let row: APIKeyRow
        /// When its last use was noted; nanoseconds since 1970.
        let noted: Atomic<Int64>
        let memo = CallerMemo()
        init(_ row: APIKeyRow, notedLater: Int64? = nil) {
            self.row = row
            noted = Atomic(max(row.usedAt?.nanosecondsSinceEpoch ?? 0, notedLater ?? 0))
        }
    }

    private let keys: FreshTable<Live>
    private struct Touched: Sendable {
        var unwritten: [String: Timestamp] = [:]
        var noted: [String: Int64] = [:]
    }

    /// When keys were last used, as far as this process noted it.
    private final class Touches: Sendable {
        let state = Mutex(Touched())

        /// A row that the feed brings anew may be older than its last use.
        func live(_ row: APIKeyRow) -> Live {
            Live(row, notedLater: state.withLock { $0.noted[row.secretHash] })
        }
    }

    /// Nanoseconds between two notes of a use.
    private static let pause: Int64 = 60_000_000_000
    private let touches: Touches

    init(feed: ChangeFeed, clock: any MonotonicClock) {
        let store = APIKeyStore()
        let touches = Touches()
        self.touches = touches
        keys = FreshTable(
            APIKeyStore.topic, of: feed, clock: clock,
            load: { db in try store.all(in: db).map { ($0.secretHash, touches.live($0)) } },
            fetch: { db, keys in try store.fetch(keys, in: db).map { ($0.secretHash, touches.live($0)) } })
    }

    var count: Int { keys.count }
    subscript(_ hash: String) -> Live? { keys[hash] }
    func made(_ row: APIKeyRow) { keys.changed(row.secretHash, to: Live(row)) }
    func ended(_ row: APIKeyRow) { keys.changed(row.secretHash, to: nil) }
    func settle() { keys.settle() }

    /// Notes a use, once a minute at most: it is written later, off the request's path.
    func touch(_ live: Live, at now: Timestamp) {
        let then = live.noted.load(ordering: .relaxed)
        guard now.nanosecondsSinceEpoch &- then >= APIKeyView.pause,
            live.noted.compareExchange(
                expected: then, desired: now.nanosecondsSinceEpoch, ordering: .relaxed
            ).exchanged
        else { return }
        let hash = live.row.secretHash
        touches.state.withLock { touched in
            // A row that was being read while it was noted doesn't know of it.
            if let last = touched.noted[hash], now.nanosecondsSinceEpoch &- last < APIKeyView.pause {
                live.noted.store(last, ordering: .relaxed)
                return
            }
            if touched.noted.count > 16_384 { touched.noted = [:] }
            touched.noted[hash] = now.nanosecondsSinceEpoch
            touched.unwritten[hash] = now
        }
        // Beside the row of ours that still counts the feed's may stand already.
        if let told = keys.fed(hash), told !== live {
            told.noted.max(now.nanosecondsSinceEpoch, ordering: .relaxed)
        }
    }

    func takeTouched() -> [(key: String, at: Timestamp)] {
        touches.state.withLock { touched in
            defer { touched.unwritten = [:] }
            return touched.unwritten.map { (key: $0.key, at: $0.value) }
        }
    }

    func putBack(_ used: [(key: String, at: Timestamp)]) {
        touches.state.withLock { touched in
            for (key, at) in used { touched.unwritten[key] = max(touched.unwritten[key] ?? at, at) }
        }
    }
}
