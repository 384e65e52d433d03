internal import Kernel
internal import Synchronization

/// What addresses have used: outlives a reload of the configuration. 64 shards, so that cores rarely meet at one lock.
public final class AddressLimiter: Sendable {
    /// A caller in a class of requests: pages and calls, or the assets of pages.
    struct Key: Hashable {
        let high: UInt64
        let low: UInt64
        let isAsset: Bool

        /// One of `high` and `low` is 0: together they tell addresses apart as well as each by itself would.
        func hash(into hasher: inout Hasher) {
            hasher.combine((high | low) ^ (isAsset ? 1 << 63 : 0))
        }
    }

    private final class Shard: Sendable {
        let state = Mutex(Table())
    }

    private struct Table {
        var arrivals: [Key: UInt64] = [:]
        var clearedAt: UInt64 = 0
        var evicted: UInt64 = 0
    }

    private let shards: [Shard]
    private let capacityPerShard: Int

    /// - Parameter capacity: addresses that are remembered at most, about 64 bytes each.
    public init(capacity: Int = 262_144) {
        shards = (0..<64).map { _ in Shard() }
        capacityPerShard = max(16, capacity / 64)
    }

    /// Counts one request.
    func admit(_ key: Key, _ limit: GCRA, now: UInt64) -> GCRA.Decision {
        shards[AddressLimiter.shard(of: key)].state.withLock { table in
            if let place = table.arrivals.index(forKey: key) {
                // One that is refused leaves it as it was.
                return limit.admit(&table.arrivals.values[place], now: now)
            }
            var arrival: UInt64 = 0
            let decision = limit.admit(&arrival, now: now)
            if decision.isAdmitted {
                if table.arrivals.count >= capacityPerShard { makeRoom(in: &table, now: now) }
                table.arrivals[key] = arrival
            }
            return decision
        }
    }

    /// What the caller may still do.
    func peek(_ key: Key, _ limit: GCRA, now: UInt64) -> GCRA.Decision {
        limit.peek(shards[AddressLimiter.shard(of: key)].state.withLock { $0.arrivals[key] ?? 0 }, now: now)
    }

    /// Those of a class that aren't back at rest, with when each would be: one shard is held at a time.
    func arrivals(isAsset: Bool, after now: UInt64) -> [(key: Key, arrival: UInt64)] {
        shards.flatMap { shard in
            shard.state.withLock { table in
                table.arrivals.filter { $0.key.isAsset == isAsset && $0.value > now }
            }.map { (key: $0.key, arrival: $0.value) }
        }
    }

    /// Addresses that are remembered just now.
    public var count: Int { shards.reduce(0) { $0 + $1.state.withLock { $0.arrivals.count } } }
    /// How often a limited address had to be forgotten for want of room.
    public var evictions: UInt64 { shards.reduce(0) { $0 &+ $1.state.withLock { $0.evicted } } }

    /// Forgets who is back at rest; if that isn't enough, the half that is closest to it. A flood of new addresses can
    /// so push out the least limited, never the most.
    private func makeRoom(in table: inout Table, now: UInt64) {
        table.arrivals = table.arrivals.filter { $0.value > now }
        guard table.arrivals.count >= capacityPerShard else { return }
        let median = table.arrivals.values.sorted()[table.arrivals.count / 2]
        let before = table.arrivals.count
        table.arrivals = table.arrivals.filter { $0.value > median }
        table.evicted &+= UInt64(before - table.arrivals.count)
    }

    static func shard(of key: Key) -> Int {
        var mixed = key.high ^ (key.low &* 0x9E37_79B9_7F4A_7C15)
        mixed ^= mixed >> 32
        mixed = mixed &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: (mixed >> 58) & 63)
    }
}
