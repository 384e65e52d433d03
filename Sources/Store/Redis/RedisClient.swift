import Dispatch
import Foundation
import Glibc
import Synchronization

/// One pipelined connection to Redis on a thread of its own, that comes back by itself.
///
/// While Redis is away every command fails at once: whoever asks has something else to do then. Commands of many tasks that
/// come together travel together.
public final class RedisClient: Sendable {
    private struct Pending: Sendable {
        let commands: [[String]]
        let continuation: CheckedContinuation<[RedisReply], any Error>
    }

    private struct Queue: Sendable {
        var pending: [Pending] = []
        var isClosed = false
        var isUp = false
    }

    private let address: RedisAddress
    private let timeout: Duration
    private let queue = Mutex(Queue())
    private let work = DispatchSemaphore(value: 0)
    private let changed: @Sendable (_ isUp: Bool, _ reason: String?) -> Void
    private let disconnections = Atomic<Int>(0)

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - timeout: how long Redis may take to answer before it counts as gone.
    ///   - changed: called when it comes and when it goes, from the client's thread.
    public init(
        _ address: RedisAddress, timeout: Duration = .milliseconds(100),
        changed: @escaping @Sendable (_ isUp: Bool, _ reason: String?) -> Void = { _, _ in }
    ) {
        self.address = address
        self.timeout = timeout
        self.changed = changed
        let thread = Thread { [weak self] in RedisClient.serve { self } }
        thread.start()
    }

    /// Whether Redis answered last.
    public var isUp: Bool { queue.withLock { $0.isUp } }

    /// How often it went away.
    public var failures: Int { disconnections.load(ordering: .relaxed) }

    /// Sends the commands together and gives their answers.
    ///
    /// - Throws: `DatabaseError` `.unavailable` while Redis is away, at once; `.closed`.
    public func run(_ commands: [[String]]) async throws -> [RedisReply] {
        try await withCheckedThrowingContinuation { continuation in
            let refusal: DatabaseError? = queue.withLock { queue in
                if queue.isClosed { return DatabaseError(.closed, "the client was closed") }
                guard queue.isUp else { return DatabaseError(.unavailable, "Redis is away") }
                queue.pending.append(Pending(commands: commands, continuation: continuation))
                return nil
            }
            if let refusal { continuation.resume(throwing: refusal) } else { work.signal() }
        }
    }

    public func close() {
        queue.withLock { $0.isClosed = true }
        work.signal()
    }

    deinit {
        for pending in queue.withLock({ $0.pending }) {
            pending.continuation.resume(throwing: DatabaseError(.closed, "the client was closed"))
        }
    }

    // MARK: The thread

    /// Holds the client only while it works, so that forgetting it ends the thread.
    private static func serve(_ client: () -> RedisClient?) {
        var pause: UInt32 = 100_000
        while let self = client(), !self.queue.withLock({ $0.isClosed }) {
            do {
                let connection = try RedisConnection(self.address, timeout: max(self.timeout, .milliseconds(500)))
                defer { connection.finish() }
                pause = 100_000
                self.queue.withLock { $0.isUp = true }
                self.changed(true, nil)
                try self.serve(connection)
            } catch {
                let wasUp = self.goAway(error)
                if wasUp { self.changed(false, error.description) }
            }
            usleep(pause)
            pause = min(pause * 2, 1_000_000)
        }
        if let self = client() { _ = self.goAway(DatabaseError(.closed, "the client was closed")) }
    }

    /// Until the connection breaks or the client is closed.
    private func serve(_ connection: RedisConnection) throws(DatabaseError) {
        while true {
            // An idle connection that broke is noticed within a second, before somebody needs it.
            let isIdle = work.wait(timeout: .now() + 1) == .timedOut
            let (batch, isClosed) = queue.withLock { queue in
                let batch = queue.pending
                queue.pending = []
                return (batch, queue.isClosed)
            }
            if batch.isEmpty {
                if isClosed { return }
                if isIdle { _ = try connection.run([["PING"]]) }
                continue
            }
            do {
                let replies = try connection.run(batch.flatMap(\.commands))
                var rest = replies[...]
                for pending in batch {
                    pending.continuation.resume(returning: Array(rest.prefix(pending.commands.count)))
                    rest = rest.dropFirst(pending.commands.count)
                }
            } catch {
                for pending in batch { pending.continuation.resume(throwing: error) }
                throw error
            }
        }
    }

    /// Fails what waits; whether it was up until now.
    private func goAway(_ error: DatabaseError) -> Bool {
        let (pending, wasUp) = queue.withLock { queue in
            let result = (queue.pending, queue.isUp)
            queue.pending = []
            queue.isUp = false
            return result
        }
        for entry in pending { entry.continuation.resume(throwing: error) }
        if wasUp { disconnections.add(1, ordering: .relaxed) }
        return wasUp
    }
}
