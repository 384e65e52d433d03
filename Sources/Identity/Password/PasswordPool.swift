import Glibc
public import Kernel
import NIOPosix
import Synchronization

/// Where passwords are hashed: threads of its own, one fewer than cores, so that sign-ins never take the last core from
/// requests, and of lower priority, so that where both are busy a request doesn't wait for a hash of a fifth of a second;
/// with a short queue, because one that grows only makes everybody wait. (ASVS 5.0 V15.2.2)
public final class PasswordPool: Sendable {
    /// Work under way and waiting, and how often the queue was full.
    public struct Figures: Sendable, Equatable {
        public var workers = 0
        public var running = 0
        public var refused = 0
        public var done = 0
    }

    private static let ofThread = __priority_which_t(PRIO_PROCESS.rawValue)
    private let threads: NIOThreadPool
    private let limit: Int
    private let nice: Int32
    private let figures: Mutex<Figures>

    /// - Parameters:
    ///   - workers: threads, 1 at least.
    ///   - queue: pieces of work that wait at most, for each worker.
    public init(workers: Int, queue: Int) {
        let workers = max(1, workers)
        threads = NIOThreadPool(numberOfThreads: workers)
        limit = workers * (1 + max(1, queue))
        nice = min(19, getpriority(PasswordPool.ofThread, id_t(getpid())) + 5)
        figures = Mutex(Figures(workers: workers))
        threads.start()
    }

    public var current: Figures { figures.withLock { $0 } }

    /// What a caller gets when the queue is full.
    public static let busy = Problem(
        "identity.busy", status: 503, title: "Too many people are signing in just now.",
        detail: "Nothing is wrong with your data; try again in a few seconds.", source: .edge, retryAfter: 3)

    /// Runs `work` on a thread of the pool.
    ///
    /// - Throws: `Problem` 503 with Retry-After when the queue is full; what `work` throws.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isTaken = figures.withLock { figures in
            guard figures.running < limit else {
                figures.refused += 1
                return false
            }
            figures.running += 1
            return true
        }
        guard isTaken else { throw PasswordPool.busy }
        defer {
            figures.withLock { figures in
                figures.running -= 1
                figures.done += 1
            }
        }
        return try await threads.runIfActive { [self] in
            yield()
            return try work()
        }
    }

    /// Lets others go first on this thread, as on all of the pool: five steps nicer than the process, which on Linux is the
    /// thread's own matter (setpriority(2), NOTES). Where it isn't allowed, nothing is lost but that.
    private func yield() { _ = setpriority(PasswordPool.ofThread, 0, nice) }

    public func stop() async { try? await threads.shutdownGracefully() }
}
