public import Kernel
import Synchronization

/// A clock that moves only when a test says so: wall clock and monotonic clock in one.
public final class ManualClock: WallClock, MonotonicClock {
    private let elapsed = Mutex<UInt64>(0)
    private let start: Timestamp

    /// Starts at 2026-01-02T03:04:05Z unless told otherwise; the monotonic half starts at one second.
    public init(start: Timestamp = Timestamp(nanosecondsSinceEpoch: 1_767_323_045_000_000_000)) {
        self.start = start
    }

    public func now() -> Timestamp {
        let passed = elapsed.withLock { $0 }
        return Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch + Int64(clamping: passed))
    }

    public func nanoseconds() -> UInt64 { elapsed.withLock { $0 } + 1_000_000_000 }

    /// Moves both halves forward; negative spans are ignored, because a monotonic clock never goes back.
    public func advance(by span: Duration) {
        let (seconds, attoseconds) = span.components
        guard seconds >= 0, attoseconds >= 0 else { return }
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        elapsed.withLock { $0 += nanoseconds }
    }
}
