import Kernel
import Synchronization
import Web

/// Counts what the gateway does, in one shard for each event loop, and adds the shards up when somebody asks.
///
/// Labels are bounded: methods that are no standard ones count as `other`, routes are patterns of the configuration,
/// reasons are our own ids.
public final class MetricsRegistry: Sendable {
    /// Upper bounds of the duration histogram's buckets in seconds.
    static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    fileprivate static let boundNanoseconds = bounds.map { Int64($0 * 1_000_000_000) }
    /// Series a shard keeps at most; what comes later counts under route `other`.
    private static let seriesBound = 2_000

    struct RequestKey: Hashable {
        let method: String
        let status: Int
        let route: String

        /// Of nothing that was ever counted.
        fileprivate static let none = RequestKey(method: "", status: 0, route: "")
    }
    struct EventKey: Hashable {
        let control: String
        let reason: String
        let disposition: String
    }
    struct Duration {
        var buckets = [Int](repeating: 0, count: MetricsRegistry.bounds.count + 1)
        var sumNanoseconds: Int64 = 0
        var count = 0
    }
    struct Counts {
        var requests: [RequestKey: Int] = [:]
        var durations: [String: Duration] = [:]
        var events: [EventKey: Int] = [:]
        var endings: [String: Int] = [:]
        var requestBytes = 0
        var responseBytes = 0
        var inFlight = 0
        /// The series that counted last: most exchanges are like the one before, and need no look-up.
        fileprivate var recent = Recent(key: .none)
        /// The same for the events of an exchange.
        fileprivate var recentEvents: [SecurityEvent] = []
        fileprivate var recentEventsCount = 0

        /// Brings what `recent` counted to where it belongs.
        fileprivate mutating func settle() {
            settleEvents()
            let counted = recent
            recent = Recent(key: .none)
            guard counted.duration.count > 0 else { return }
            requests[counted.key, default: 0] &+= counted.duration.count
            durations[counted.key.route] = durations[counted.key.route]?.adding(counted.duration) ?? counted.duration
        }

        fileprivate mutating func settleEvents() {
            for event in recentEvents {
                let key = EventKey(
                    control: event.control, reason: event.reason.rawValue, disposition: event.disposition.rawValue)
                events[key, default: 0] &+= recentEventsCount
            }
            recentEvents = []
            recentEventsCount = 0
        }
    }
    fileprivate struct Recent {
        let key: RequestKey
        var duration = Duration()
    }
    /// A class, because an array can't hold a `Mutex`.
    private final class Shard: Sendable {
        let counts = Mutex(Counts())
    }

    private let shards: [Shard]

    public init(shardCount: Int) { shards = (0..<max(1, shardCount)).map { _ in Shard() } }

    private func shard(_ number: Int) -> Shard {
        shards[Int(truncatingIfNeeded: UInt(bitPattern: number) % UInt(shards.count))]
    }

    func began(_ number: Int) { shard(number).counts.withLock { $0.inFlight &+= 1 } }

    func ended(
        _ number: Int, key: RequestKey, nanoseconds: Int64, requestBytes: Int, responseBytes: Int,
        ending: Outcome.Ending, events: [SecurityEvent]
    ) {
        shard(number).counts.withLock { counts in
            counts.inFlight &-= 1
            if counts.recent.key != key {
                counts.settle()
                let isFull = counts.requests.count >= MetricsRegistry.seriesBound && counts.requests[key] == nil
                counts.recent = Recent(
                    key: isFull ? RequestKey(method: key.method, status: key.status, route: "other") : key)
            }
            counts.recent.duration.add(nanoseconds)
            counts.requestBytes &+= requestBytes
            counts.responseBytes &+= responseBytes
            if ending != .completed { counts.endings[ending.rawValue, default: 0] &+= 1 }
            guard !events.isEmpty else { return }
            if counts.recentEvents != events {
                counts.settleEvents()
                counts.recentEvents = events
            }
            counts.recentEventsCount &+= 1
        }
    }

    /// All shards together.
    func sum() -> Counts {
        var sum = Counts()
        for shard in shards {
            let counts = shard.counts.withLock { counts in
                counts.settle()
                return counts
            }
            sum.requests.merge(counts.requests, uniquingKeysWith: &+)
            sum.durations.merge(counts.durations) { $0.adding($1) }
            sum.events.merge(counts.events, uniquingKeysWith: &+)
            sum.endings.merge(counts.endings, uniquingKeysWith: &+)
            sum.requestBytes &+= counts.requestBytes
            sum.responseBytes &+= counts.responseBytes
            sum.inFlight &+= counts.inFlight
        }
        return sum
    }

    /// How many exchanges have ended.
    public var requestCount: Int { sum().requests.values.reduce(0, &+) }

    /// How often each control objected, by reason and disposition, most first.
    public var events: [(control: String, reason: String, disposition: String, count: Int)] {
        sum().events.map { ($0.key.control, $0.key.reason, $0.key.disposition, $0.value) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
}

extension MetricsRegistry.Duration {
    mutating func add(_ nanoseconds: Int64) {
        let bounds = MetricsRegistry.boundNanoseconds
        let bucket = bounds.firstIndex { nanoseconds <= $0 } ?? bounds.count
        buckets[bucket] &+= 1
        sumNanoseconds &+= nanoseconds
        count &+= 1
    }

    func adding(_ other: MetricsRegistry.Duration) -> MetricsRegistry.Duration {
        var sum = self
        for bucket in sum.buckets.indices { sum.buckets[bucket] &+= other.buckets[bucket] }
        sum.sumNanoseconds &+= other.sumNanoseconds
        sum.count &+= other.count
        return sum
    }
}
