public import Kernel
public import Store
internal import Synchronization

/// The limits of several replicas as one: tokens leased from Redis in small batches, so that most requests ask nobody.
///
/// While Redis is away each replica limits alone, to its part of the quota (`limit ÷ replicas`), and has counted along
/// before, so that nobody starts afresh.
public final class SharedLimiter: Sendable {
    private final class Shard: Sendable {
        let state = Mutex(Table())
    }

    private struct Entry: Sendable {
        var lease = Lease()
        var isAsking = false
        var waiting: [CheckedContinuation<Bool, Never>] = []
        var usedAt: UInt64 = 0
    }

    private struct Table: Sendable {
        var entries: [AddressLimiter.Key: Entry] = [:]
    }

    private let shards: [Shard] = (0..<64).map { _ in Shard() }
    private let local: AddressLimiter
    private let client: RedisClient
    private let count: SharedCount
    private let clock: any MonotonicClock
    private let identity: String
    private let replicas: Atomic<Int>
    private let capacityPerShard = 4096
    private let counters = Counters()

    private final class Counters: Sendable {
        let asked = Atomic<Int>(0)
        let alone = Atomic<Int>(0)
    }

    /// - Parameters:
    ///   - identity: this replica's name among the others, such as its host name and process id.
    ///   - replicas: how many there are; nil to count those that Redis has heard of in the last 10 s.
    public init(
        client: RedisClient, local: AddressLimiter, clock: any MonotonicClock, identity: String, replicas: Int? = nil
    ) {
        self.client = client
        self.local = local
        self.clock = clock
        self.identity = identity
        self.replicas = Atomic(max(1, replicas ?? 1))
        isCounting = replicas == nil
        count = SharedCount(client: client)
    }

    private let isCounting: Bool

    /// Whether Redis is there.
    public var isShared: Bool { client.isUp }

    /// Questions to Redis, decisions without it, replicas that are known: for metrics.
    public var figures: (asked: Int, alone: Int, replicas: Int) {
        (
            counters.asked.load(ordering: .relaxed), counters.alone.load(ordering: .relaxed),
            replicas.load(ordering: .relaxed)
        )
    }

    /// Tells Redis that this replica lives and learns how many others do, every two seconds, until cancelled.
    public func run() async {
        while !Task.isCancelled {
            if isCounting { await countReplicas() }
            try? await Task.sleep(for: .seconds(2))
        }
        _ = try? await client.run([["ZREM", SharedLimiter.replicasKey, identity]])
    }

    private static let replicasKey = "seaworthy:replicas"

    /// One round of `run`.
    func countReplicas() async {
        guard let replies = try? await client.run([["TIME"]]), case .list(let parts) = replies.first,
            case .text(let text) = parts.first, let now = Int(text)
        else { return }
        let counted = try? await client.run([
            ["ZADD", SharedLimiter.replicasKey, "\(now)", identity],
            ["ZREMRANGEBYSCORE", SharedLimiter.replicasKey, "-inf", "(\(now - 10)"],
            ["ZCARD", SharedLimiter.replicasKey],
            ["EXPIRE", SharedLimiter.replicasKey, "60"],
        ])
        if let counted, counted.count == 4, case .integer(let number) = counted[2] {
            replicas.store(max(1, Int(clamping: number)), ordering: .relaxed)
        }
    }

    enum Outcome: Sendable, Equatable {
        case admitted
        case refused
        /// Somebody must wait for Redis: call `ask`.
        case ask
    }

    /// Decides without waiting where that is possible.
    func admit(_ key: AddressLimiter.Key, _ limit: GCRA, now: UInt64) -> Outcome {
        guard client.isUp else { return alone(key, limit, now: now) }
        let decision = shard(of: key).state.withLock { table -> Lease.Decision in
            var entry = table.entries[key] ?? Entry()
            // Others ask already: who comes now stands behind them.
            let decision = entry.isAsking ? Lease.Decision.ask : entry.lease.use(now: now)
            entry.usedAt = now
            if table.entries[key] == nil, table.entries.count >= capacityPerShard { makeRoom(&table, now: now) }
            table.entries[key] = entry
            return decision
        }
        switch decision {
        case .admitted:
            note(key, limit, now: now)
            return .admitted
        case .refused: return .refused
        case .ask: return .ask
        }
    }

    /// Waits for Redis; whether the request is admitted. Never throws: without Redis this replica decides alone.
    func ask(_ key: AddressLimiter.Key, _ limit: GCRA) async -> Bool {
        let isAdmitted = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let question: Int? = shard(of: key).state.withLock { table in
                var entry = table.entries[key] ?? Entry()
                entry.waiting.append(continuation)
                defer { table.entries[key] = entry }
                if entry.isAsking { return nil }
                entry.isAsking = true
                return max(entry.lease.size, entry.waiting.count)
            }
            if let question { Task { await self.fetch(question, key, limit) } }
        }
        return isAdmitted
    }

    /// Asks until nobody waits for this key any more.
    private func fetch(_ first: Int, _ key: AddressLimiter.Key, _ limit: GCRA) async {
        var tokens = first
        while true {
            let sent = clock.nanoseconds()
            counters.asked.add(1, ordering: .relaxed)
            let grant = try? await count.ask(tokens, for: SharedLimiter.name(of: key, limit), limit: limit)
            let now = clock.nanoseconds()
            let (answers, next) = shard(of: key).state.withLock { table in
                settle(&table.entries[key, default: Entry()], grant, asked: tokens, sent: sent, now: now, limit)
            }
            for (continuation, answer) in answers {
                let isAdmitted = answer ?? (alone(key, limit, now: now) == .admitted)
                if answer == true { note(key, limit, now: now) }
                continuation.resume(returning: isAdmitted)
            }
            guard let next else { return }
            tokens = next
        }
    }

    /// Who is told what (nil: decide alone), and how many tokens to ask for next, if somebody still waits.
    private func settle(
        _ entry: inout Entry, _ grant: Grant?, asked: Int, sent: UInt64, now: UInt64, _ limit: GCRA
    ) -> (answers: [(CheckedContinuation<Bool, Never>, Bool?)], next: Int?) {
        var answers: [(CheckedContinuation<Bool, Never>, Bool?)] = []
        guard let grant else {
            answers = entry.waiting.map { ($0, nil) }
            entry.waiting = []
            entry.isAsking = false
            return (answers, nil)
        }
        entry.lease.take(grant, asked: asked, sent: sent, now: now, limit: limit)
        while let waiter = entry.waiting.first {
            switch entry.lease.use(now: now) {
            case .admitted: answers.append((waiter, true))
            case .refused: answers.append((waiter, false))
            case .ask: return (answers, max(entry.lease.size, entry.waiting.count))
            }
            entry.waiting.removeFirst()
        }
        entry.isAsking = false
        return (answers, nil)
    }

    /// What the caller may still do.
    func peek(_ key: AddressLimiter.Key, _ limit: GCRA, now: UInt64) -> GCRA.Decision {
        guard client.isUp else { return local.peek(key, part(of: limit), now: now) }
        let lease = shard(of: key).state.withLock { $0.entries[key]?.lease }
        return lease?.announced(now: now, limit: limit) ?? local.peek(key, limit, now: now)
    }

    /// What was decided, with what is announced of it.
    func state(_ key: AddressLimiter.Key, _ limit: GCRA, now: UInt64, isAdmitted: Bool) -> GCRA.Decision {
        let left = peek(key, limit, now: now)
        return GCRA.Decision(
            isAdmitted: isAdmitted, remaining: isAdmitted ? left.remaining : 0, resetSeconds: left.resetSeconds)
    }

    // MARK: Without Redis

    /// This replica's part of the quota, which it counts along whether Redis is there or not.
    public func part(of limit: GCRA) -> GCRA {
        GCRA(
            quota: max(1, limit.quota / max(1, replicas.load(ordering: .relaxed))), window: limit.windowNanoseconds)
    }

    private func alone(_ key: AddressLimiter.Key, _ limit: GCRA, now: UInt64) -> Outcome {
        counters.alone.add(1, ordering: .relaxed)
        return local.admit(key, part(of: limit), now: now).isAdmitted ? .admitted : .refused
    }

    /// Counts along, so that this replica knows what it let through when Redis goes away.
    private func note(_ key: AddressLimiter.Key, _ limit: GCRA, now: UInt64) {
        _ = local.admit(key, part(of: limit), now: now)
    }

    private func makeRoom(_ table: inout Table, now: UInt64) {
        table.entries = table.entries.filter { key, entry in
            entry.isAsking || entry.lease.refusedUntil > now || entry.lease.expires > now
        }
    }

    /// Redis' key: the class, the limit's shape (a changed limit counts afresh) and the address's bits.
    private static func name(of key: AddressLimiter.Key, _ limit: GCRA) -> String {
        let kind = key.isAsset ? "assets" : "address"
        let address = "\(String(key.high, radix: 16)).\(String(key.low, radix: 16))"
        return "seaworthy:limit:\(kind):\(limit.quota)/\(limit.windowSeconds):\(address)"
    }

    private func shard(of key: AddressLimiter.Key) -> Shard { shards[AddressLimiter.shard(of: key)] }
}
