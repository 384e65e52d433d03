import Synchronization

/// The run of the checks that goes on beside the looks, so that an outage in the midst of it is seen; at most one at a time.
public final class RunBeside: Sendable {
    private struct State {
        var work: Task<Void, Never>?
        var isRunning = false
        var done: [Result<RunRecord?, any Error>] = []
    }
    private let state = Mutex(State())

    public init() {}

    /// - Returns: false where one is still going on.
    public func begin(_ checks: @escaping @Sendable () async throws -> RunRecord?) -> Bool {
        state.withLock { state in
            guard !state.isRunning else { return false }
            state.isRunning = true
            state.work = Task {
                let result: Result<RunRecord?, any Error>
                do { result = .success(try await checks()) } catch { result = .failure(error) }
                self.state.withLock {
                    $0.isRunning = false
                    $0.done.append(result)
                }
            }
            return true
        }
    }

    /// What has come to its end since the last time.
    public func taken() throws -> [RunRecord] {
        let done = state.withLock { state in
            defer { state.done = [] }
            return state.done
        }
        return try done.compactMap { try $0.get() }
    }

    /// Waits for the one that goes on.
    /// - Parameter isCancelled: whether it is to end at once.
    public func last(isCancelled: Bool) async throws -> [RunRecord] {
        let work = state.withLock { $0.work }
        if isCancelled { work?.cancel() }
        await withTaskCancellationHandler {
            await work?.value
        } onCancel: {
            work?.cancel()
        }
        return try taken()
    }
}
