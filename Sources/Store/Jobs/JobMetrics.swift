import Kernel

/// What a worker did and what the queue holds, at one moment: for whoever renders metrics.
public struct JobMetrics: Sendable {
    /// Upper bounds in seconds of the duration buckets.
    public static let bounds: [Double] = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900]

    /// Counters of one kind since the start of this worker.
    public struct Kind: Sendable, Equatable {
        public var claimed = 0
        public var succeeded = 0
        /// Tries that failed, whatever came of it.
        public var failed = 0
        /// Failed tries that will be tried again.
        public var retried = 0
        /// Dead letters.
        public var dead = 0
        public var cancelled = 0
        /// Given back at a drain.
        public var released = 0
        /// Tries that ran longer than their limit; they count as failed too.
        public var timedOut = 0
        /// Tries whose lease somebody else took over.
        public var lost = 0
        /// Tries by how long they took, one number per bound (not cumulative); longer ones only in `count`.
        public var buckets = [Int](repeating: 0, count: JobMetrics.bounds.count)
        public var count = 0
        public var seconds = 0.0

        mutating func took(_ seconds: Double) {
            count += 1
            self.seconds += seconds
            if let index = JobMetrics.bounds.firstIndex(where: { seconds <= $0 }) { buckets[index] += 1 }
        }
    }

    /// What the queue holds of one kind, as last counted.
    public struct Depth: Sendable, Equatable {
        /// Ready, due or not.
        public var ready = 0
        public var running = 0
        public var dead = 0
        /// Ready jobs that this worker leaves to others: it doesn't know the kind or the payload's version.
        public var notUnderstood = 0
        /// How long the oldest due job has waited.
        public var oldestAge: Duration = .zero
    }

    public internal(set) var kinds: [JobKind: Kind] = [:]
    public internal(set) var depths: [JobKind: Depth] = [:]
    /// How old `depths` is; nil before the first count.
    public internal(set) var depthsAge: Duration?
    /// Tries under way.
    public internal(set) var running = 0
    /// Tries that outlived their time limit and ignore their cancellation. Only a restart ends them.
    public internal(set) var hung = 0
    /// Database work of the worker that failed and will be tried again.
    public internal(set) var storeFailures = 0
    /// Leases of workers that went away, whose jobs this worker returned to the queue.
    public internal(set) var takenBack = 0
    public internal(set) var isDraining = false
}

/// Something about jobs that is worth a line in the log.
public enum JobIncident: Sendable {
    case failed(Job, reason: String, isDead: Bool)
    case timedOut(Job, limit: Duration)
    /// It ignores its cancellation: its slot is given up, only a restart ends it.
    case hung(Job)
    case leaseLost(Job)
    /// Jobs of workers that went away are ready again.
    case takenBack(Int)
    /// The database didn't answer; `work` names what for. It is tried again.
    case storeFailed(work: String, reason: String)
    case clockWentBack(made: Int)
    /// Ready jobs of a kind, or with a payload of a version, that this program doesn't know: they stay for a newer worker.
    /// Told when there are more of them than before.
    case notUnderstood(JobKind, count: Int)
    /// Still running when the drain's limit was over: given back.
    case drained(released: Int)
}
