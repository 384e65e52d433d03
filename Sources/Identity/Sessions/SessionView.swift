import Kernel
import Store
import Synchronization

/// Sessions and accounts in memory: what a request is judged by, without the database. Kept fresh by the change feed; what this
/// process changed itself holds from its COMMIT on.
final class SessionView: Sendable {
    /// A session as it is used: when it was last seen lives here between two writes.
    final class Live: Sendable {
        let row: SessionRow
        let seen: Atomic<Int64>
        let memo = CallerMemo()
        init(_ row: SessionRow, seenLater: Timestamp? = nil) {
            self.row = row
            seen = Atomic(max(row.seenAt, seenLater ?? row.seenAt).nanosecondsSinceEpoch)
        }
    }

    /// When sessions were last used, as far as it isn't written yet.
    private final class Touches: Sendable {
        let unwritten = Mutex<[String: Timestamp]>([:])

        /// A row that the feed brings anew may be older than its last use.
        func live(_ row: SessionRow) -> Live {
            Live(row, seenLater: unwritten.withLock { $0[row.secretHash] })
        }
    }

    /// An account as it is at the moment: another one after each change.
    final class Person: Sendable {
        let email: String
        let role: String
        let isActive: Bool
        init(_ account: Account) {
            email = account.email.description
            role = account.role.rawValue
            isActive = account.status == .active
        }
    }

    /// What this process did a moment ago and the feed may not have told yet.
    private struct Recent: Sendable {
        /// nil: it ended.
        let live: Live?
        let at: UInt64
    }

    /// A view older than this refuses identity.
    static let tolerance: Duration = .seconds(5)
    private let feed: ChangeFeed
    private let sessions: LiveTable<Live>
    private let accounts: LiveTable<Person>
    private let recent = Mutex<[String: Recent]>([:])
    private let hasRecent = Atomic<Bool>(false)
    private let recentPeople = Mutex<[String: (person: Person, at: UInt64)]>([:])
    /// What ended here, for ten seconds.
    private let endedLately = Mutex<[String: UInt64]>([:])
    private let touches: Touches
    private let clock: any MonotonicClock

    init(feed: ChangeFeed, clock: any MonotonicClock) {
        self.feed = feed
        self.clock = clock
        let store = SessionStore()
        let touches = Touches()
        self.touches = touches
        sessions = LiveTable(
            SessionStore.topic, of: feed,
            load: { db in try store.all(in: db).map { ($0.secretHash, touches.live($0)) } },
            fetch: { db, keys in try store.fetch(keys, in: db).map { ($0.secretHash, touches.live($0)) } })
        accounts = LiveTable(
            AccountStore.topic, of: feed,
            load: { db in
                try db.rows("SELECT \(AccountStore.columns) FROM accounts").map { row in
                    let account = try AccountStore.account(row)
                    return (account.id, Person(account))
                }
            },
            fetch: { db, keys in
                try keys.compactMap { key in
                    try AccountStore().find(id: key, in: db).map { ($0.id, Person($0)) }
                }
            })
    }

    var isStale: Bool {
        guard let age = feed.age else { return true }
        return age > SessionView.tolerance
    }

    var sessionCount: Int { sessions.count }
    var accountCount: Int { accounts.count }

    /// The session under a key; nil when there is none or it has ended.
    func session(_ key: String) -> Live? {
        if hasRecent.load(ordering: .acquiring) {
            let told = told
            if let change = recent.withLock({ $0[key] }), change.at >= told { return change.live }
        }
        return sessions[key]
    }

    func person(_ account: String) -> Person? {
        if hasRecent.load(ordering: .acquiring) {
            let told = told
            if let change = recentPeople.withLock({ $0[account] }), change.at >= told { return change.person }
        }
        return accounts[account]
    }

    /// The moment at which the feed's last poll began: what was committed before it is in the tables.
    private var told: UInt64 {
        guard let age = feed.age else { return 0 }
        let (seconds, attoseconds) = age.components
        let span = UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
        let now = clock.nanoseconds()
        return now > span ? now - span : 0
    }

    /// After the COMMIT that began it.
    func began(_ row: SessionRow, of account: Account) {
        changed(account)
        note(Recent(live: Live(row), at: clock.nanoseconds()), for: row.secretHash)
    }

    /// After the COMMIT of what `began` told before it: a poll of the feed in between may have missed it.
    func committed(_ row: SessionRow, of account: Account) {
        guard endedLately.withLock({ $0[row.secretHash] }) == nil else { return }
        began(row, of: account)
    }

    /// After the COMMIT that ended it.
    func ended(_ keys: [String]) {
        let now = clock.nanoseconds()
        for key in keys { note(Recent(live: nil, at: now), for: key) }
        endedLately.withLock { ended in for key in keys { ended[key] = now } }
    }

    /// Whether a session that isn't here may be one that another replica began a moment ago: the feed hasn't told of that
    /// moment yet, and nothing here has ended it.
    func maySoonKnow(_ key: String, begun: Int64, at now: Timestamp) -> Bool {
        guard let age = feed.age, endedLately.withLock({ $0[key] }) == nil else { return false }
        let told = now.advanced(by: .zero - age).nanosecondsSinceEpoch / 1_000_000_000
        return told < begun &+ 2 && now.nanosecondsSinceEpoch / 1_000_000_000 < begun &+ 30
    }

    /// After the COMMIT that changed an account.
    func changed(_ account: Account) {
        let now = clock.nanoseconds()
        recentPeople.withLock { $0[account.id] = (Person(account), now) }
        hasRecent.store(true, ordering: .releasing)
    }

    private func note(_ change: Recent, for key: String) {
        recent.withLock { $0[key] = change }
        hasRecent.store(true, ordering: .releasing)
    }

    /// Drops what the feed has told by now. Every few seconds.
    func settle() {
        let told = told
        let now = clock.nanoseconds()
        endedLately.withLock { ended in
            if !ended.isEmpty { ended = ended.filter { now &- $0.value < 10_000_000_000 } }
        }
        let isEmpty = recent.withLock { recent in
            recent = recent.filter { $0.value.at >= told }
            return recent.isEmpty
        }
        let noPeople = recentPeople.withLock { people in
            people = people.filter { $0.value.at >= told }
            return people.isEmpty
        }
        if isEmpty, noPeople { hasRecent.store(false, ordering: .releasing) }
    }

    // MARK: When sessions were last used

    /// Notes that a session is in use: written once in half a minute at most.
    func touch(_ live: Live, at now: Timestamp) {
        let then = live.seen.load(ordering: .relaxed)
        guard now.nanosecondsSinceEpoch &- then > 30_000_000_000 else { return }
        guard
            live.seen.compareExchange(
                expected: then, desired: now.nanosecondsSinceEpoch, ordering: .relaxed
            ).exchanged
        else { return }
        touches.unwritten.withLock { $0[live.row.secretHash] = now }
        // Beside the row of ours that still counts the feed's may stand already.
        if let told = sessions[live.row.secretHash], told !== live {
            told.seen.max(now.nanosecondsSinceEpoch, ordering: .relaxed)
        }
    }

    func takeTouched() -> [(key: String, at: Timestamp)] {
        touches.unwritten.withLock { touched in
            let taken = touched.map { (key: $0.key, at: $0.value) }
            touched = [:]
            return taken
        }
    }

    func putBack(_ seen: [(key: String, at: Timestamp)]) {
        touches.unwritten.withLock { touched in
            for (key, at) in seen { touched[key] = max(touched[key] ?? at, at) }
        }
    }
}
