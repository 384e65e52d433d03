public import Kernel

extension AddressLimiter {
    /// What one address has used of a limit just now.
    public struct Caller: Sendable, Equatable {
        /// The address; of IPv6 its network of 64 bits, as it is counted.
        public let address: IPAddress
        /// Requests that would be admitted right now.
        public let remaining: Int
        /// Seconds until one more is admitted where none remains, else until it is as if the caller had never come.
        public let resetSeconds: Int
    }

    /// How a limit is used just now.
    public struct Usage: Sendable, Equatable {
        /// Addresses that are ahead of their rate.
        public var callers = 0
        /// Those of them that would be refused.
        public var limited = 0
        /// Who has used most, in that order.
        public var busiest: [Caller] = []

        public init() {}
    }

    /// Looks at every address that is remembered, one shard after the other: for people who ask, not for each request.
    ///
    /// - Parameters:
    ///   - now: monotonic nanoseconds, of the clock that requests are counted by.
    ///   - most: callers that `busiest` names at most.
    public func usage(of limit: GCRA, isAsset: Bool, now: UInt64, most: Int) -> Usage {
        let all = arrivals(isAsset: isAsset, after: now)
        var usage = Usage()
        usage.callers = all.count
        usage.limited = all.count { limit.peek($0.arrival, now: now).remaining == 0 }
        // By arrival, then by address: the same page twice shows the same order.
        let first = all.sorted {
            ($1.arrival, $0.key.high, $0.key.low) < ($0.arrival, $1.key.high, $1.key.low)
        }.prefix(max(0, most))
        usage.busiest = first.map { entry in
            let state = limit.peek(entry.arrival, now: now)
            return Caller(
                address: entry.key.address, remaining: state.remaining, resetSeconds: state.resetSeconds)
        }
        return usage
    }
}

extension AddressLimiter.Key {
    /// The address that was counted; IPv6 by its first 64 bits. Loopback's (`::1`) are all 0, and so stands as `::`.
    fileprivate var address: IPAddress {
        high == 0 && low != 0 ? IPAddress(v4: UInt32(truncatingIfNeeded: low)) : IPAddress(v6High: high, low: 0)
    }
}
