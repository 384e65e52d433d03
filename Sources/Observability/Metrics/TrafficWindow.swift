public import Kernel
import Synchronization

/// What went through in the last minutes, from the counters that metrics have anyway: a sample every few seconds.
public final class TrafficWindow: Sendable {
    /// Counts between two moments.
    public struct Figures: Sendable, Equatable {
        public var seconds = 0
        public var requests = 0
        /// Answers of 500 and above, the app's and ours.
        public var failures = 0
        public var refused = 0
        public var wouldHaveRefused = 0
    }

    private struct Sample {
        let at: UInt64
        let figures: Figures
    }

    private let registry: MetricsRegistry
    private let clock: any MonotonicClock
    private let samples = Mutex<[Sample]>([])
    /// How far back it looks.
    public static let span: Duration = .seconds(300)
    private static let spanNanoseconds: UInt64 = 300_000_000_000

    public init(registry: MetricsRegistry, clock: any MonotonicClock) {
        self.registry = registry
        self.clock = clock
    }

    private func now() -> Sample {
        let sum = registry.sum()
        var figures = Figures()
        for (key, count) in sum.requests {
            figures.requests &+= count
            if key.status >= 500 { figures.failures &+= count }
        }
        // That the app couldn't be reached is a failure, not a refusal.
        for (key, count) in sum.events where !key.reason.hasPrefix("upstream.") {
            if key.disposition == SecurityEvent.Disposition.enforced.rawValue { figures.refused &+= count }
            if key.disposition == SecurityEvent.Disposition.wouldHave.rawValue { figures.wouldHaveRefused &+= count }
        }
        return Sample(at: clock.nanoseconds(), figures: figures)
    }

    /// Takes a sample and forgets those that are too old, but for one.
    public func sample() {
        let sample = now()
        samples.withLock { samples in
            samples.append(sample)
            while samples.count > 2, let second = samples.dropFirst().first,
                sample.at &- second.at >= TrafficWindow.spanNanoseconds
            {
                samples.removeFirst()
            }
        }
    }

    /// Since the oldest sample that is kept, which is five minutes old at most, or since the start.
    public var figures: Figures {
        let current = now()
        guard let oldest = samples.withLock({ $0.first }) else { return current.figures }
        var figures = current.figures
        figures.seconds = Int(clamping: (current.at &- oldest.at) / 1_000_000_000)
        figures.requests &-= oldest.figures.requests
        figures.failures &-= oldest.figures.failures
        figures.refused &-= oldest.figures.refused
        figures.wouldHaveRefused &-= oldest.figures.wouldHaveRefused
        return figures
    }
}
