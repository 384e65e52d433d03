import Kernel
import Synchronization

/// Who may use a connection now: at most `size` at once, the others wait in order, but not longer than the limit.
///
/// It hands out slots. A slot holds a standing connection, or none: then its holder makes one, on a thread of its own.
final class ConnectionPool: Sendable {
    /// A right to one connection at most.
    struct Slot: Sendable {
        var connection: PooledConnection?
    }

    /// A connection on its way between threads.
    // @unchecked: libpq's handle may be used by any thread, one at a time, and the pool gives it to one holder at a time
    final class PooledConnection: @unchecked Sendable {
        let connection: PostgresConnection
        init(_ connection: PostgresConnection) { self.connection = connection }
        deinit { connection.finish() }
    }

    private struct State: Sendable {
        var idle: [PooledConnection] = []
        var inUse = 0
        var waiting: [(ticket: UInt64, continuation: CheckedContinuation<Slot, any Error>)] = []
        var nextTicket: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    let size: Int
    private let waitLimit: Duration

    init(size: Int, waitLimit: Duration) {
        self.size = size
        self.waitLimit = waitLimit
    }

    var figures: DatabasePoolFigures {
        state.withLock { DatabasePoolFigures(size: size, inUse: $0.inUse, waiting: $0.waiting.count) }
    }

    /// - Throws: `DatabaseError` `.busy` when none came free in time, `.closed`.
    func acquire() async throws -> Slot {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        let timer = Mutex<Task<Void, Never>?>(nil)
        defer { timer.withLock { $0?.cancel() } }
        return try await withCheckedThrowingContinuation { continuation in
            let outcome: Result<Slot, any Error>? = state.withLock { state in
                if state.isClosed { return .failure(DatabaseError(.closed, "the database was closed")) }
                if state.inUse < size {
                    state.inUse += 1
                    return .success(Slot(connection: state.idle.popLast()))
                }
                state.waiting.append((ticket, continuation))
                return nil
            }
            if let outcome {
                continuation.resume(with: outcome)
                return
            }
            timer.withLock { timer in
                timer = Task { [waitLimit] in
                    guard (try? await Task.sleep(for: waitLimit)) != nil else { return }
                    self.giveUp(ticket)
                }
            }
        }
    }

    private func giveUp(_ ticket: UInt64) {
        let continuation = state.withLock { state in
            state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).continuation }
        }
        continuation?.resume(
            throwing: DatabaseError(.busy, "no connection came free within \(waitLimit) (\(size) in use)"))
    }

    /// Gives the slot back, with the connection if it is still good.
    func release(_ connection: PooledConnection?) {
        let next: (CheckedContinuation<Slot, any Error>, Slot)? = state.withLock { state in
            if !state.waiting.isEmpty, !state.isClosed {
                return (state.waiting.removeFirst().continuation, Slot(connection: connection))
            }
            state.inUse -= 1
            if let connection, !state.isClosed { state.idle.append(connection) }
            return nil
        }
        if let (continuation, slot) = next { continuation.resume(returning: slot) }
    }

    /// Forgets idle connections: after one broke, the others are likely broken too, and finding out costs a failure each.
    func dropIdle() {
        // Freed outside the lock: closing talks to the server.
        let dropped = state.withLock { state in
            let idle = state.idle
            state.idle = []
            return idle
        }
        _ = dropped
    }

    func close() {
        let (waiting, dropped) = state.withLock { state in
            state.isClosed = true
            let result = (state.waiting, state.idle)
            state.waiting = []
            state.idle = []
            return result
        }
        for waiter in waiting {
            waiter.continuation.resume(throwing: DatabaseError(.closed, "the database was closed"))
        }
        _ = dropped
    }
}
