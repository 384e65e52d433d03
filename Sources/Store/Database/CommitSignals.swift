import Synchronization

/// Who wants to know at once that this process committed a change, instead of at the next poll.
final class CommitSignals: Sendable {
    private struct State: Sendable {
        var next = 0
        var listeners: [Int: @Sendable () -> Void] = [:]
    }
    private let state = Mutex(State())

    func add(_ listener: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.listeners[state.next] = listener
            return state.next
        }
    }

    func remove(_ ticket: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: ticket) } }

    func fire() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener() }
    }
}

/// Something that listens until it is told to stop.
public struct HintSource: Sendable {
    let stop: @Sendable () -> Void
    public func cancel() { stop() }
}
