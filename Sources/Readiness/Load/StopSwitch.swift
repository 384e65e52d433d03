import Synchronization

/// Stops everything that was registered, also what registers after it was thrown.
final class StopSwitch: Sendable {
    private struct State {
        var isStopped = false
        var actions: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())

    func add(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isStopped { state.actions.append(action) }
            return state.isStopped
        }
        if isLate { action() }
    }

    func stop() {
        let actions = state.withLock { state in
            state.isStopped = true
            return state.actions
        }
        for action in actions { action() }
    }
}
