import Glibc
import Kernel
import Observability
import Protection
import Store
import Synchronization

/// The limits that this replica shares with the others, with the connection and the task that go with it.
final class SharedLimits: Sendable {
    let limiter: SharedLimiter
    private let client: RedisClient
    private let counting: Task<Void, Never>
    private let watch: Task<Void, Never>

    /// Since when Redis is away, in monotonic nanoseconds; nil while it is there, or hasn't been missed yet.
    private final class Outage: Sendable {
        private let since = Mutex<UInt64?>(nil)
        let clock: any MonotonicClock
        let acts: GatewayActs

        init(_ clock: any MonotonicClock, _ acts: GatewayActs) {
            self.clock = clock
            self.acts = acts
        }

        func begin() {
            let now = clock.nanoseconds()
            let isNew = since.withLock { since in
                defer { since = since ?? now }
                return since == nil
            }
            if isNew { acts.tell("limit.shared-store-lost", ["store": "redis"]) }
        }

        func end() {
            guard let began = since.withLock({ $0.take() }) else { return }
            let now = clock.nanoseconds()
            let seconds = now > began ? (now - began) / 1_000_000_000 : 0
            acts.tell("limit.shared-store-back", ["store": "redis", "seconds": "\(seconds)"])
        }
    }

    /// How long Redis may take to be there at a start before it is missed.
    private static let patience: Duration = .seconds(5)

    /// Begins to connect; until Redis is there, this replica limits alone.
    init(
        _ address: RedisAddress, replicas: Int?, local: AddressLimiter, clock: any MonotonicClock,
        random: any RandomSource, acts: GatewayActs
    ) {
        let outage = Outage(clock, acts)
        let client = RedisClient(address) { isUp, _ in
            if isUp { outage.end() } else { outage.begin() }
        }
        watch = Task {
            try? await Task.sleep(for: SharedLimits.patience)
            if !Task.isCancelled, !client.isUp { outage.begin() }
        }
        let identity = "\(getpid())-\(String(random.next(), radix: 16))"
        let limiter = SharedLimiter(
            client: client, local: local, clock: clock, identity: identity, replicas: replicas)
        self.client = client
        self.limiter = limiter
        counting = Task { await limiter.run() }
    }

    var isReachable: Bool { client.isUp }
    /// As far as known.
    var replicas: Int { limiter.figures.replicas }

    func stop() async {
        watch.cancel()
        counting.cancel()
        await counting.value
        client.close()
    }

    /// Adds whether limits are shared, and what that costs, to a scrape.
    func write(to text: inout MetricsText) {
        let figures = limiter.figures
        text.family("seaworthy_shared_limits_up", .gauge, help: "1 while limits are counted together through Redis.")
        text.sample("seaworthy_shared_limits_up", [], limiter.isShared ? 1 : 0)
        text.family(
            "seaworthy_shared_limits_replicas", .gauge, help: "Replicas that share the limits, as far as known.")
        text.sample("seaworthy_shared_limits_replicas", [], figures.replicas)
        text.family(
            "seaworthy_shared_limits_questions_total", .counter, help: "Times that Redis was asked for tokens.")
        text.sample("seaworthy_shared_limits_questions_total", [], figures.asked)
        text.family(
            "seaworthy_shared_limits_alone_total", .counter, help: "Decisions that this replica made without Redis.")
        text.sample("seaworthy_shared_limits_alone_total", [], figures.alone)
        text.family("seaworthy_shared_limits_failures_total", .counter, help: "Times that Redis went away.")
        text.sample("seaworthy_shared_limits_failures_total", [], client.failures)
    }
}
