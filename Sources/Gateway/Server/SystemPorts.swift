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

/// The real clocks and randomness together, as the composition root hands them out.
struct SystemPorts: Sendable {
    let wallClock: any WallClock
    let monotonicClock: any MonotonicClock
    let random: any RandomSource

    init(
        wallClock: any WallClock = SystemWallClock(), monotonicClock: any MonotonicClock = SystemMonotonicClock(),
        random: any RandomSource = SystemRandomSource()
    ) {
        self.wallClock = wallClock
        self.monotonicClock = monotonicClock
        self.random = random
    }
}
