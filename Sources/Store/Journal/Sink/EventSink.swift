public import Kernel
import Synchronization

/// Takes events from where no transaction is: stages refuse strangers by the thousand, and none of that may cost a request more
/// than a count under a lock.
///
///     sink.offer(event, from: exchange.clientAddress)     // on the event loop: never waits, never throws
///
/// `run()` writes them: every 200 ms, or as soon as 500 wait, in one transaction. What is alike is counted (`EventTally`). While
/// the database is away what was offered stays, up to the capacity; beyond it events are dropped, and an event says how many.
public final class EventSink: Sendable {
    public struct Settings: Sendable {
        public var interval: Duration = .milliseconds(200)
        /// Waiting events that start a flush before its time.
        public var batch = 500
        /// Events that wait at most.
        public var capacity = 10_000
        /// Events that are alike within it become one row.
        public var window: Duration = .seconds(10)
        public init() {}
    }

    /// Since the start.
    public struct Figures: Sendable, Equatable {
        public var offered = 0
        public var written = 0
        public var dropped = 0
        public var flushes = 0
        public var failures = 0
        public var waiting = 0
    }

    private struct State {
        var tally: EventTally
        var single: [(event: AuditEvent, at: Timestamp)] = []
        var figures = Figures()
        /// Dropped and not told yet.
        var untold = 0
    }

    private let database: Database
    private let journal: Journal
    private let clock: any WallClock
    private let settings: Settings
    private let state: Mutex<State>
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    public init(database: Database, journal: Journal, clock: any WallClock, settings: Settings = Settings()) {
        self.database = database
        self.journal = journal
        self.clock = clock
        self.settings = settings
        state = Mutex(State(tally: EventTally(window: settings.window, capacity: settings.capacity)))
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    public var figures: Figures {
        state.withLock { state in
            var figures = state.figures
            figures.waiting = state.single.count + state.tally.open
            return figures
        }
    }

    /// Takes what a stage told. Kinds that are neither audited nor delivered cost a look-up and nothing else.
    public func offer(_ event: SecurityEvent, from address: IPAddress? = nil) {
        guard let kind = EventRegistry.kind(of: event.reason) ?? EventRegistry.kind(EventRegistry.unregistered),
            kind.isAudited || kind.isDelivered
        else { return }
        let key = EventTally.Key(
            reason: event.reason, control: event.control, disposition: event.disposition, status: event.status,
            reach: address?.reach)
        let now = clock.now()
        let isFull = state.withLock { state in
            state.figures.offered += 1
            if !state.tally.add(key, of: kind, at: now) {
                state.figures.dropped += 1
                state.untold += 1
            }
            return state.tally.open + state.single.count == settings.batch
        }
        if isFull { wake.yield() }
    }

    /// Takes an event that stands for itself, such as a failed sign-in.
    public func offer(_ event: AuditEvent) {
        let now = clock.now()
        let isFull = state.withLock { state in
            state.figures.offered += 1
            guard state.single.count < settings.capacity else {
                state.figures.dropped += 1
                state.untold += 1
                return false
            }
            state.single.append((event, now))
            return state.tally.open + state.single.count == settings.batch
        }
        if isFull { wake.yield() }
    }

    /// Writes until the task is cancelled, then once more. A database that is away is asked again at the next interval.
    public func run() async {
        let ticker = Task { [settings, wake] in
            while !Task.isCancelled {
                try? await Task.sleep(for: settings.interval)
                wake.yield()
            }
        }
        for await _ in wakes {
            if Task.isCancelled { break }
            await flush()
        }
        ticker.cancel()
        // The task is cancelled, what is left is not.
        _ = await Task { await self.flush(isLast: true) }.value
    }

    /// Writes what is due.
    ///
    /// - Parameter isLast: whether what waits for its window is due too.
    @discardableResult
    public func flush(isLast: Bool = false) async -> Bool {
        let now = clock.now()
        let (groups, single, untold) = state.withLock { state in
            let taken = (state.tally.due(at: now, isLast: isLast), state.single, state.untold)
            state.single = []
            state.untold = 0
            return taken
        }
        guard !groups.isEmpty || !single.isEmpty || untold > 0 else { return true }
        let journal = journal
        var written = 0
        do {
            repeat {
                let part = Array(single.dropFirst(written).prefix(settings.batch))
                let isFirst = written == 0
                try await database.transaction("events.flush") { db in
                    for (event, time) in part { try journal.append(event, at: time, in: db) }
                    guard isFirst else { return }
                    for group in groups { try journal.append(group.event, at: group.last, in: db) }
                    if untold > 0 {
                        try journal.append(
                            AuditEvent("event.dropped", actor: "system", details: ["count": "\(untold)"]), in: db)
                    }
                }
                settle(part.count + (isFirst ? groups.count : 0))
                written += part.count
            } while written < single.count
            return true
        } catch {
            // A strict journal says no for ever: what it refuses isn't kept.
            let isRefused = error is JournalError
            let rest = isRefused ? [] : Array(single.dropFirst(written))
            putBack(rest, written == 0 && !isRefused ? groups : [], untold: written == 0 ? untold : 0)
            return false
        }
    }

    /// Keeps what couldn't be written for the next flush, as far as there is room. After a COMMIT whose outcome nobody knows
    /// something may be told twice; nothing is lost silently.
    private func putBack(_ single: [(event: AuditEvent, at: Timestamp)], _ groups: [EventTally.Group], untold: Int) {
        state.withLock { state in
            state.figures.failures += 1
            state.tally.restore(groups)
            let kept = single.prefix(max(0, settings.capacity - state.single.count))
            state.figures.dropped += single.count - kept.count
            state.untold += untold + single.count - kept.count
            state.single = Array(kept) + state.single
        }
    }

    private func settle(_ count: Int) {
        state.withLock { state in
            state.figures.flushes += 1
            state.figures.written += count
        }
    }
}

extension EventTally.Group {
    /// The row that stands for all of them.
    var event: AuditEvent {
        let isKnown = kind.id != EventRegistry.unregistered
        var details = [
            "reason": key.reason.rawValue, "control": key.control, "disposition": key.disposition.rawValue,
            "count": "\(count)", "first": first.iso8601, "last": last.iso8601,
        ]
        if key.status > 0 { details["status"] = "\(key.status)" }
        if let reach = key.reach { details["addresses"] = reach.rawValue }
        if !isKnown { details["kind"] = key.reason.rawValue }
        return AuditEvent(kind.id, actor: "anonymous", details: details)
    }
}
