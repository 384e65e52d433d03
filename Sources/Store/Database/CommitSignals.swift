import Synchronization

/// Who wants to know at once that this process committed something on a channel, instead of at the next poll.
///
/// Channels have the names that NOTIFY carries them by to other processes.
final class CommitSignals: Sendable {
    private struct State: Sendable {
        var next = 0
        var listeners: [Int: (channel: String, hear: @Sendable () -> Void)] = [:]
    }
    private let state = Mutex(State())

    func add(to channel: String = ChangeFeed.channel, _ listener: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.listeners[state.next] = (channel, listener)
            return state.next
        }
    }

    func remove(_ ticket: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: ticket) } }

    func fire(_ channel: String = ChangeFeed.channel) {
        for listener in state.withLock({ Array($0.listeners.values) }) where listener.channel == channel {
            listener.hear()
        }
    }
}

/// Something that listens until it is told to stop.
public struct HintSource: Sendable {
    let stop: @Sendable () -> Void
    public func cancel() { stop() }
}
