import Synchronization

/// How long database work takes, by what it is for. Fixed buckets, one small lock per record.
public final class DatabaseMetrics: Sendable {
    /// Upper bounds in seconds; the p95 target is 50 ms.
    public static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

    public struct Series: Sendable {
        public var buckets = [Int](repeating: 0, count: DatabaseMetrics.bounds.count)
        public var count = 0
        public var seconds = 0.0
        /// By error code.
        public var failures: [String: Int] = [:]
        /// Second and later tries.
        public var retries = 0
    }

    private let series = Mutex<[String: Series]>([:])

    public init() {}

    func record(_ label: String, nanoseconds: UInt64, failure: DatabaseError.Code?, retries: Int) {
        let seconds = Double(nanoseconds) / 1e9
        series.withLock { all in
            all[label, default: Series()].add(seconds, failure, retries)
        }
    }

    /// By label, which is a constant of the code: bounded cardinality.
    public var snapshot: [String: Series] { series.withLock { $0 } }
}

extension DatabaseMetrics.Series {
    mutating func add(_ seconds: Double, _ failure: DatabaseError.Code?, _ tries: Int) {
        count += 1
        self.seconds += seconds
        retries += tries
        if let index = DatabaseMetrics.bounds.firstIndex(where: { seconds <= $0 }) { buckets[index] += 1 }
        if let failure { failures[failure.rawValue, default: 0] += 1 }
    }
}
