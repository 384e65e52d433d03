import FoundationEssentials
import Kernel
import NIOCore

/// The real wall clock: the composition root's, nobody else's.
struct SystemWallClock: WallClock {
    func now() -> Timestamp {
        Timestamp(nanosecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1_000_000_000))
    }
}

/// The real monotonic clock.
struct SystemMonotonicClock: MonotonicClock {
    func nanoseconds() -> UInt64 { NIODeadline.now().uptimeNanoseconds }
}

/// The system's random numbers.
struct SystemRandomSource: RandomSource {
    func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
