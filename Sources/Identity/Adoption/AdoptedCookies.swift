import Kernel
import Store
import Synchronization

/// Cookies of the app that were there before somebody signed in with them, and that the app kept: bound by their SHA-256, because
/// a browser may hold them unsealed. In memory, kept fresh by the change feed.
final class AdoptedCookies: Sendable {
    static let topic: Change.Topic = "adopted-cookie"

    /// What this process bound, until the feed has told.
    private final class Recent: Sendable {
        let sessions = Mutex<[String: String]>([:])
        func forget(_ keys: [String]) { sessions.withLock { kept in for key in keys { kept[key] = nil } } }
    }

    private let table: LiveTable<String>
    private let recent: Recent

    init(feed: ChangeFeed) {
        let recent = Recent()
        self.recent = recent
        table = LiveTable(
            AdoptedCookies.topic, of: feed,
            load: { db in
                try db.rows("SELECT cookie_hash, session_hash FROM adopted_cookies").map { row in
                    (key: try row["cookie_hash"], value: try row["session_hash"])
                }
            },
            fetch: { db, keys in
                recent.forget(keys)
                var found: [(key: String, value: String)] = []
                for start in stride(from: 0, to: keys.count, by: 500) {
                    let part = keys[start..<min(start + 500, keys.count)]
                    found += try db.rows(
                        "SELECT cookie_hash, session_hash FROM adopted_cookies WHERE cookie_hash IN (\(list: part))"
                    ).map { row in (key: try row["cookie_hash"], value: try row["session_hash"]) }
                }
                return found
            })
    }

    static func key(_ name: String, _ value: some StringProtocol) -> String { OneTimeSecret.hash("\(name)=\(value)") }

    /// The session that a cookie counts as; nil for cookies that nobody bound.
    func session(of name: String, _ value: some StringProtocol) -> String? {
        guard table.count > 0 || !recent.sessions.withLock({ $0.isEmpty }) else { return nil }
        let key = AdoptedCookies.key(name, value)
        guard let known = recent.sessions.withLock({ $0[key] }) else { return table[key] }
        return known.isEmpty ? nil : known
    }

    /// Before it is in the database.
    func bound(_ key: String, to session: String) { recent.sessions.withLock { $0[key] = session } }

    /// Lets a cookie go that `session` doesn't need after all; one that was bound anew meanwhile stays bound.
    func release(_ key: String, from session: String) {
        recent.sessions.withLock { kept in
            // Nobody's, until the feed has told.
            if kept[key] ?? table[key] == session { kept[key] = "" }
        }
    }

    static func remove(_ key: String, of session: String, at now: Timestamp, in db: Transaction) throws {
        let removed = try db.execute(
            "DELETE FROM adopted_cookies WHERE cookie_hash = \(key) AND session_hash = \(session)")
        if removed > 0 { db.changed(topic, key: key, at: now) }
    }

    func insert(_ key: String, session: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO adopted_cookies (cookie_hash, session_hash, created_at) VALUES (\(key), \(session), \(now))
            ON CONFLICT (cookie_hash) DO UPDATE SET session_hash = \(session), created_at = \(now)
            """)
        db.changed(AdoptedCookies.topic, key: key, at: now)
    }

    /// Forgets cookies that no app takes any more.
    static func sweep(before time: Timestamp, at now: Timestamp, in db: Transaction) throws -> Int {
        let keys: [String] = try db.rows(
            """
            DELETE FROM adopted_cookies WHERE cookie_hash IN (
                SELECT cookie_hash FROM adopted_cookies WHERE created_at < \(time) ORDER BY cookie_hash LIMIT 500)
            RETURNING cookie_hash
            """
        ).map { try $0["cookie_hash"] }
        for key in keys.sorted() { db.changed(topic, key: key, at: now) }
        return keys.count
    }
}

/// Writes that nobody waits for, until somebody does.
final class PendingWrites: Sendable {
    private struct State: Sendable {
        var next: UInt64 = 0
        var tasks: [UInt64: Task<Void, Never>] = [:]
    }
    private let state = Mutex(State())

    func add(_ work: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            let number = state.next
            state.next &+= 1
            // It can't take itself out before it is in: both want the lock.
            state.tasks[number] = Task { [weak self] in
                await work()
                self?.remove(number)
            }
        }
    }

    private func remove(_ number: UInt64) { state.withLock { $0.tasks[number] = nil } }

    /// Returns when those that were there are done.
    func finish() async {
        for task in state.withLock({ Array($0.tasks.values) }) { await task.value }
    }
}

extension IdentityService {
    /// Returns when what goes on behind answers has been written.
    public func settled() async { await pending.finish() }
}
