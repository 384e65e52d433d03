/// Wall-clock time as nanoseconds since 1970-01-01T00:00:00Z: the range is 1970…2262.
public struct Timestamp: Sendable, Hashable, Comparable {
    public let nanosecondsSinceEpoch: Int64
    public init(nanosecondsSinceEpoch: Int64) { self.nanosecondsSinceEpoch = nanosecondsSinceEpoch }
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanosecondsSinceEpoch < b.nanosecondsSinceEpoch }
}

/// The port to wall-clock time. Rooms ask it; only the composition root makes the real one.
public protocol WallClock: Sendable {
    func now() -> Timestamp
}

/// The port to time that never goes back: nanoseconds since an arbitrary start.
public protocol MonotonicClock: Sendable {
    func nanoseconds() -> UInt64
}

/// The port to unpredictable bytes.
public protocol RandomSource: Sendable {
    /// 64 unpredictable bits.
    func next() -> UInt64
}
