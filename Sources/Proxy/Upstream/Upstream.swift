public import Kernel
public import NIOCore
public import Web

/// The app behind us: forwards exchanges over kept connections, one pool for each event loop.
///
/// Everything of an exchange happens on its client's event loop; nothing is shared between loops but counters.
public final class Upstream: Sendable {
    public let address: UpstreamAddress
    public let limits: UpstreamLimits
    private let pools: [LoopPool]

    /// One loop's pool; only that loop can open the box.
    private struct LoopPool: Sendable {
        let loop: ObjectIdentifier
        let eventLoop: any EventLoop
        let pool: NIOLoopBoundBox<UpstreamPool>
        let counters: UpstreamCounters
    }

    /// `group` must be the one that serves the clients: `forward` knows only its loops.
    public init(address: UpstreamAddress, limits: UpstreamLimits = UpstreamLimits(), group: any EventLoopGroup) {
        self.address = address
        self.limits = limits
        let loops = Array(group.makeIterator())
        let target = UpstreamTarget(address)
        self.pools = loops.map { loop in
            let counters = UpstreamCounters()
            let pool = NIOLoopBoundBox.makeBoxSendingValue(
                UpstreamPool(
                    eventLoop: loop, target: target, limits: PoolLimits(limits, loops: loops.count),
                    counters: counters),
                eventLoop: loop)
            return LoopPool(loop: ObjectIdentifier(loop), eventLoop: loop, pool: pool, counters: counters)
        }
    }

    /// Opens the way for one exchange's request; its answer arrives at `sink`, never before this returns.
    ///
    /// Must be called on `eventLoop`, and so must everything of the returned sink. Refuses with 503 `upstream.busy`
    /// when too many wait for a connection, and with 400 what can't be forwarded unaltered.
    public func forward(
        _ exchange: borrowing Exchange, permit: consuming ForwardPermit, to sink: any ResponseSink,
        on eventLoop: any EventLoop
    ) -> Opening {
        guard permit.exchange == exchange.id else {
            return .refused(UpstreamFailure.misuse.problem("the permit is another exchange's"))
        }
        guard let pool = pool(of: ObjectIdentifier(eventLoop)) else {
            return .refused(UpstreamFailure.misuse.problem("the event loop is none of the upstream's"))
        }
        guard let outgoing = OutgoingRequest(exchange.request, isUpgrade: exchange.isWebSocketUpgrade) else {
            return .refused(UpstreamFailure.unsafeHead.problem("framing or field with a control character"))
        }
        let forwarding = Forwarding(outgoing, answering: sink, pool: pool)
        if let failure = pool.serve(forwarding) { return .refused(failure.problem()) }
        return .streaming(forwarding)
    }

    private func pool(of loop: ObjectIdentifier) -> UpstreamPool? {
        for place in pools.indices where pools[place].loop == loop { return pools[place].pool.value }
        return nil
    }

    /// What has been counted so far, over all loops.
    public var snapshot: UpstreamSnapshot {
        var sum = UpstreamSnapshot()
        for entry in pools { entry.counters.add(to: &sum) }
        return sum
    }

    /// Closes kept connections, and every other as soon as its exchange is over. Exchanges go on until they end.
    public func drain() {
        for entry in pools {
            entry.eventLoop.execute { entry.pool.value.drain() }
        }
    }
}
