import GRDB
import GRDBSQLite
import Kernel
import Synchronization

/// Ends a statement that runs past its limit: SQLite has no statement timeout of its own, but asks a handler every few
/// thousand steps whether to go on.
final class StatementDeadlines: Sendable {
    /// One per connection. 0 means no limit. Lives as long as the process, as the connection may.
    final class Deadline: Sendable {
        let nanoseconds = Atomic<UInt64>(0)
        let clock: any MonotonicClock
        init(clock: any MonotonicClock) { self.clock = clock }
    }

    private let clock: any MonotonicClock
    private let deadlines = Mutex<[UInt: Deadline]>([:])

    init(clock: any MonotonicClock) { self.clock = clock }

    func attach(to db: GRDB.Database) {
        guard let connection = db.sqliteConnection else { return }
        let deadline = Deadline(clock: clock)
        // A pointer is given out again only after its connection was closed: the newest holder is the right one. The
        // older deadline stays alive, because nobody tells us when a connection is closed.
        deadlines.withLock { $0[UInt(bitPattern: connection)] = deadline }
        sqlite3_progress_handler(
            connection, 4000,
            { context in
                guard let context else { return 0 }
                let deadline = Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue()
                let limit = deadline.nanoseconds.load(ordering: .relaxed)
                return limit != 0 && deadline.clock.nanoseconds() > limit ? 1 : 0
            }, Unmanaged.passRetained(deadline).toOpaque())
    }

    /// Lets `work` use the connection until the limit has passed.
    func within<Value>(_ limit: Duration, on db: GRDB.Database, _ work: () throws -> Value) rethrows -> Value {
        let key = UInt(bitPattern: db.sqliteConnection)
        guard let deadline = deadlines.withLock({ $0[key] }) else { return try work() }
        deadline.nanoseconds.store(clock.nanoseconds() &+ limit.nanoseconds, ordering: .relaxed)
        defer { deadline.nanoseconds.store(0, ordering: .relaxed) }
        return try work()
    }
}

extension Duration {
    /// Seconds, as a number.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    /// Nanoseconds, not negative.
    var nanoseconds: UInt64 { UInt64(max(0, seconds) * 1e9) }
}
