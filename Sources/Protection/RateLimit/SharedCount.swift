internal import Store

/// The count that all replicas share: one number per caller in Redis, moved by a script that runs there alone.
///
/// The same rule as `GCRA`, in Redis' own time (microseconds), so that replicas' clocks don't matter. A number that lies
/// further ahead than the rule can bring it is from a clock that went back, and is brought into bounds.
struct SharedCount: Sendable {
    let client: RedisClient

    static let script = """
        local interval, tolerance, asked = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local arrival = tonumber(redis.call('GET', KEYS[1]) or '0')
        arrival = math.min(math.max(arrival, now), now + tolerance + interval)
        local ahead = arrival - now
        local possible = 0
        if ahead <= tolerance then possible = math.floor((tolerance - ahead) / interval) + 1 end
        local granted = math.min(asked, possible)
        if granted > 0 then
            arrival = arrival + granted * interval
            ahead = arrival - now
            redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil(ahead / 1000) + 1000)
        end
        local retry = math.max(0, ahead - tolerance)
        return {granted, possible - granted, math.ceil(retry), math.ceil(ahead)}
        """

    /// Asks for `tokens`.
    ///
    /// - Throws: `DatabaseError` when Redis is away or answers something else.
    func ask(_ tokens: Int, for key: String, limit: GCRA) async throws -> Grant {
        let shared = GCRA(quota: limit.quota, window: limit.windowNanoseconds + Lease.lifetime)
        // Up, so that no microsecond is lost in the caller's favour.
        let interval = (shared.interval + 999) / 1000
        let command = [
            "EVAL", SharedCount.script, "1", key, "\(interval)", "\(interval * UInt64(shared.burst - 1))", "\(tokens)",
        ]
        guard case .list(let values) = try await client.run([command]).first, values.count == 4 else {
            throw DatabaseError(.unavailable, "Redis can't count")
        }
        let numbers = values.compactMap { value -> Int64? in
            guard case .integer(let number) = value, number >= 0 else { return nil }
            return number
        }
        guard numbers.count == 4 else { throw DatabaseError(.decoding, "Redis counted strangely") }
        return Grant(
            tokens: Int(clamping: numbers[0]), remaining: Int(clamping: numbers[1]),
            retryNanoseconds: UInt64(numbers[2]) &* 1000, restNanoseconds: UInt64(numbers[3]) &* 1000)
    }
}
