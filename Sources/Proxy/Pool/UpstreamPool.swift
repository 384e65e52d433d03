import NIOCore

/// The connections of one event loop: kept ones, those at work, and the exchanges that wait for one.
///
/// Confined to its loop. One tick looks at every time limit, so that a request arms no timer.
final class UpstreamPool {
    let eventLoop: any EventLoop
    let limits: PoolLimits
    let counters: UpstreamCounters
    private let target: UpstreamTarget
    /// Kept connections, the last used at the end: it is taken first, so that surplus ones grow old.
    private var idle: [UpstreamConnection] = []
    private var all: [ObjectIdentifier: UpstreamConnection] = [:]
    private var upgraded: [ObjectIdentifier: UpstreamConnection] = [:]
    private var waiting: [Forwarding] = []
    private var connecting = 0
    private var isDraining = false
    private var ticks = false
    /// Counts up while there is anything to look after.
    private(set) var tick = 0
    /// Memory that heads are encoded into, over and over.
    private var scratch = ByteBuffer()

    init(eventLoop: any EventLoop, target: UpstreamTarget, limits: PoolLimits, counters: UpstreamCounters) {
        self.eventLoop = eventLoop
        self.target = target
        self.limits = limits
        self.counters = counters
    }

    /// Empty memory for a head: the same each time, as long as the channel has let go of it.
    func takeScratch() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &scratch)
        taken.clear(minimumCapacity: 1024)
        return taken
    }

    func giveBack(_ buffer: ByteBuffer) {
        if buffer.storageCapacity <= 64 * 1024 { scratch = buffer }
    }

    // MARK: giving connections

    /// Gives the exchange a kept connection or a place in the queue; a failure when there is neither.
    func serve(_ forwarding: Forwarding) -> UpstreamFailure? {
        startTicking()
        forwarding.startedTick = tick
        if let connection = takeIdle(for: forwarding) {
            assign(connection, to: forwarding)
            return nil
        }
        return enqueue(forwarding) ? nil : .busy
    }

    /// As `serve`, for an exchange whose connection was lost: on a fresh one where `isFresh`.
    func serveAgain(_ forwarding: Forwarding) -> Bool {
        if !forwarding.wantsFresh, let connection = takeIdle(for: forwarding) {
            assign(connection, to: forwarding)
            return true
        }
        return enqueue(forwarding)
    }

    private func takeIdle(for forwarding: Forwarding) -> UpstreamConnection? {
        while let connection = idle.popLast() {
            counters.set(.idle, idle.count)
            guard connection.isUsable else {
                connection.close()
                continue
            }
            // One that has lain long may have been closed by the app just now; a POST sent into that can't be repeated.
            let isStale = !forwarding.isRepeatable && connection.idleTicks > limits.keepAliveForUnsafe
            if isStale, hasRoom {
                idle.append(connection)
                counters.set(.idle, idle.count)
                return nil
            }
            return connection
        }
        return nil
    }

    private func assign(_ connection: UpstreamConnection, to forwarding: Forwarding) {
        counters.increment(.requests)
        if connection.hasServed { counters.increment(.reused) }
        connection.reserve(for: forwarding)
        forwarding.attach(connection)
    }

    private var hasRoom: Bool { all.count &+ connecting < limits.maxConnections }

    private func enqueue(_ forwarding: Forwarding) -> Bool {
        guard waiting.count < limits.maxWaiting else { return false }
        forwarding.waitingSince = tick
        waiting.append(forwarding)
        counters.set(.waiting, waiting.count)
        connectForWaiting()
        return true
    }

    /// The exchange no longer waits: its client is gone.
    func forget(_ forwarding: Forwarding) {
        waiting.removeAll { $0 === forwarding }
        counters.set(.waiting, waiting.count)
    }

    private func nextWaiting(isFresh: Bool) -> Forwarding? {
        guard let index = waiting.firstIndex(where: { isFresh || !$0.wantsFresh }) else { return nil }
        let forwarding = waiting.remove(at: index)
        counters.set(.waiting, waiting.count)
        return forwarding
    }

    // MARK: connecting

    private func connectForWaiting() {
        while connecting < waiting.count, hasRoom {
            connecting &+= 1
            // Later, so that a refusal can't reach the exchange before it has been opened.
            eventLoop.assumeIsolated().execute { self.connect() }
        }
    }

    private func connect() {
        guard !waiting.isEmpty else {
            connecting &-= 1
            return
        }
        target.connect(on: eventLoop, within: limits.base.connect).assumeIsolated().whenComplete { result in
            self.connecting &-= 1
            switch result {
            case .success(let channel): self.connected(channel)
            case .failure(let error): self.connectFailed(error)
            }
        }
    }

    private func connected(_ channel: any Channel) {
        let connection = UpstreamConnection(channel: channel, pool: self)
        do {
            try connection.install()
        } catch {
            channel.close(promise: nil)
            return connectFailed(error)
        }
        all[ObjectIdentifier(connection)] = connection
        counters.set(.open, all.count)
        counters.increment(.connects)
        hand(connection, isFresh: true)
    }

    private func connectFailed(_ error: any Error) {
        counters.increment(.connectErrors)
        let failure: UpstreamFailure
        switch error {
        case ChannelError.connectTimeout: failure = .connectTimeout
        default: failure = .refused
        }
        if let forwarding = nextWaiting(isFresh: true) { forwarding.fail(failure, "\(error)") }
        connectForWaiting()
    }

    // MARK: taking connections back

    /// A connection whose response ended cleanly.
    func release(_ connection: UpstreamConnection) { hand(connection, isFresh: false) }

    private func hand(_ connection: UpstreamConnection, isFresh: Bool) {
        // One that lies idle is asked when it is taken.
        guard waiting.isEmpty || connection.isUsable else { return connection.close() }
        if let forwarding = nextWaiting(isFresh: isFresh) {
            assign(connection, to: forwarding)
        } else if idle.count < limits.maxIdle, !isDraining {
            idle.append(connection)
            counters.set(.idle, idle.count)
        } else {
            connection.close()
        }
    }

    func closed(_ connection: UpstreamConnection) {
        guard all.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        counters.set(.open, all.count)
        if let index = idle.firstIndex(where: { $0 === connection }) {
            idle.remove(at: index)
            counters.set(.idle, idle.count)
        }
        connectForWaiting()
    }

    /// It carries another protocol now: no longer ours to give, but still ours to watch.
    func spliced(_ connection: UpstreamConnection) {
        upgraded[ObjectIdentifier(connection)] = connection
        counters.set(.upgraded, upgraded.count)
        closed(connection)
    }

    func spliceClosed(_ connection: UpstreamConnection) {
        upgraded.removeValue(forKey: ObjectIdentifier(connection))
        counters.set(.upgraded, upgraded.count)
    }

    /// No connection is kept from here on.
    func drain() {
        isDraining = true
        for connection in idle { connection.close() }
    }

    // MARK: time

    func ticks(_ seconds: Int) -> Int {
        Int(clamping: TimeAmount.seconds(Int64(seconds)).nanoseconds / limits.tick.nanoseconds)
    }

    private func startTicking() {
        guard !ticks else { return }
        ticks = true
        scheduleTick()
    }

    private func scheduleTick() {
        eventLoop.assumeIsolated().scheduleTask(in: limits.tick) { self.sweep() }
    }

    private func sweep() {
        tick &+= 1
        for connection in Array(all.values) { connection.check() }
        for connection in Array(upgraded.values) { connection.check() }
        for connection in idle where connection.idleTicks > connection.keepAliveTicks { connection.close() }
        for forwarding in waiting where tick &- forwarding.waitingSince > limits.wait {
            forget(forwarding)
            forwarding.fail(.busy, "no connection became free")
        }
        if all.isEmpty, upgraded.isEmpty, waiting.isEmpty, connecting == 0 {
            ticks = false
        } else {
            scheduleTick()
        }
    }
}
