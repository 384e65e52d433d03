import Synchronization

/// How the app has been behaving, as counted in passing: for metrics and the deep health page.
///
/// Numbers are read one by one while loops go on counting, so they need not add up to the last one.
public struct UpstreamSnapshot: Sendable, Equatable {
    /// Connections that stand now, idle ones included, upgraded ones not.
    public var open = 0
    /// Kept connections that wait for a request.
    public var idle = 0
    /// Connections that carry an upgraded protocol now.
    public var upgraded = 0
    /// Requests that wait for a connection now.
    public var waiting = 0
    /// Requests that were handed to a connection since the start, second tries included.
    public var requests = 0
    /// Of these, on a connection that had served before.
    public var reused = 0
    /// Connections made since the start.
    public var connects = 0
    /// Attempts to connect that failed since the start.
    public var connectErrors = 0
    /// Exchanges that failed by the app's fault since the start, those included that failed to connect.
    public var failures = 0
    /// Second tries since the start.
    public var retries = 0
    /// Connections that were thrown away because they sent what nobody had asked for.
    public var surplus = 0
    /// Response heads in which fields that weren't UTF-8 were read as Latin-1 and passed on as UTF-8.
    public var recodedFields = 0
    /// Response heads from which fields were dropped because they couldn't be read even so.
    public var droppedFields = 0
}

/// One event loop's counters; read from anywhere.
final class UpstreamCounters: Sendable {
    let open = Atomic<Int>(0)
    let idle = Atomic<Int>(0)
    let upgraded = Atomic<Int>(0)
    let waiting = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let reused = Atomic<Int>(0)
    let connects = Atomic<Int>(0)
    let connectErrors = Atomic<Int>(0)
    let failures = Atomic<Int>(0)
    let retries = Atomic<Int>(0)
    let surplus = Atomic<Int>(0)
    let recodedFields = Atomic<Int>(0)
    let droppedFields = Atomic<Int>(0)

    func add(to sum: inout UpstreamSnapshot) {
        sum.open &+= open.load(ordering: .relaxed)
        sum.idle &+= idle.load(ordering: .relaxed)
        sum.upgraded &+= upgraded.load(ordering: .relaxed)
        sum.waiting &+= waiting.load(ordering: .relaxed)
        sum.requests &+= requests.load(ordering: .relaxed)
        sum.reused &+= reused.load(ordering: .relaxed)
        sum.connects &+= connects.load(ordering: .relaxed)
        sum.connectErrors &+= connectErrors.load(ordering: .relaxed)
        sum.failures &+= failures.load(ordering: .relaxed)
        sum.retries &+= retries.load(ordering: .relaxed)
        sum.surplus &+= surplus.load(ordering: .relaxed)
        sum.recodedFields &+= recodedFields.load(ordering: .relaxed)
        sum.droppedFields &+= droppedFields.load(ordering: .relaxed)
    }
}

extension Atomic<Int> {
    /// One more. Only its own loop writes, so no ordering is asked for.
    func increment() { wrappingAdd(1, ordering: .relaxed) }
    func decrement() { wrappingSubtract(1, ordering: .relaxed) }
    func set(_ value: Int) { store(value, ordering: .relaxed) }
}
