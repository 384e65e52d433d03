import Glibc
public import Kernel

/// The machine's own clocks behind the ports: for tests whose work takes real time, as a database's does.
public struct TestClock: WallClock, MonotonicClock {
    public init() {}
    public func now() -> Timestamp { Timestamp(nanosecondsSinceEpoch: Int64(TestClock.read(CLOCK_REALTIME))) }
    public func nanoseconds() -> UInt64 { TestClock.read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
