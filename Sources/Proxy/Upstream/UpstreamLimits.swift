public import NIOCore

/// How long and how much the gateway bears with the app.
///
/// Times are coarse: they are looked at by one tick for all connections of an event loop, so that a request arms no
/// timer of its own. A limit may pass by up to a quarter of the shortest one, never by more than a quarter of a second.
public struct UpstreamLimits: Sendable {
    /// Until a connection stands.
    public var connect: TimeAmount = .seconds(5)
    /// From the last byte of the request to the response's head.
    public var responseHead: TimeAmount = .seconds(60)
    /// Between two bytes of a response, or while the app takes nothing of a request.
    public var idle: TimeAmount = .seconds(60)
    /// For a whole exchange; nil for no limit.
    public var total: TimeAmount? = .hours(4)
    /// Between two bytes of an upgraded connection, either way; nil for no limit.
    public var upgradedIdle: TimeAmount? = .hours(1)
    /// How long a kept connection may lie unused. A shorter `Keep-Alive: timeout` of the app's counts.
    public var keepAlive: TimeAmount = .seconds(30)
    /// How long a connection may lie unused and still carry a request that can't be sent twice.
    public var keepAliveForUnsafe: TimeAmount = .seconds(1)
    /// How long a request may wait for a connection.
    public var wait: TimeAmount = .seconds(10)

    /// Connections in all, shared out evenly to the event loops; upgraded ones don't count.
    public var maxConnections = 1024
    /// Kept connections in all, shared out likewise.
    public var maxIdleConnections = 256
    /// Requests that wait for a connection in all, shared out likewise.
    public var maxWaiting = 1024

    /// Bytes of a response's head.
    public var maxHeadBytes = 64 * 1024
    /// Fields of a response's head or trailers.
    public var maxHeadFields = 256
    /// 1xx responses before the real one.
    public var maxInformational = 16
    /// Bytes of a request's body that are kept in hand for a second try.
    public var maxReplayBytes = 64 * 1024

    public init() {}
}

/// The limits as one event loop's pool counts them: time in ticks, numbers as its share.
struct PoolLimits {
    let base: UpstreamLimits
    let tick: TimeAmount
    let responseHead: Int
    let idle: Int
    let total: Int?
    let upgradedIdle: Int?
    let keepAlive: Int
    let keepAliveForUnsafe: Int
    let wait: Int
    let maxConnections: Int
    let maxIdle: Int
    let maxWaiting: Int

    init(_ limits: UpstreamLimits, loops: Int) {
        let times = [limits.responseHead, limits.idle, limits.keepAlive, limits.wait, limits.total ?? .hours(1)]
        let shortest = times.map(\.nanoseconds).min() ?? 0
        let tick = TimeAmount.nanoseconds(min(max(shortest / 4, 5_000_000), 250_000_000))
        func ticks(_ time: TimeAmount) -> Int {
            Int(clamping: (max(time.nanoseconds, 0) / tick.nanoseconds) &+ 1)
        }
        func share(_ count: Int) -> Int { max(1, (count &+ loops &- 1) / max(1, loops)) }
        self.base = limits
        self.tick = tick
        self.responseHead = ticks(limits.responseHead)
        self.idle = ticks(limits.idle)
        self.total = limits.total.map(ticks)
        self.upgradedIdle = limits.upgradedIdle.map(ticks)
        self.keepAlive = ticks(limits.keepAlive)
        self.keepAliveForUnsafe = ticks(limits.keepAliveForUnsafe)
        self.wait = ticks(limits.wait)
        self.maxConnections = share(limits.maxConnections)
        self.maxIdle = limits.maxIdleConnections <= 0 ? 0 : share(limits.maxIdleConnections)
        self.maxWaiting = limits.maxWaiting <= 0 ? 0 : share(limits.maxWaiting)
    }
}
