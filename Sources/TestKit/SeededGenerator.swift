import FoundationEssentials
public import Kernel
import Synchronization

/// SplitMix64: the same seed gives the same sequence on every machine, so that a failed property can be replayed.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A value of `choices`; nil when there is none.
    public mutating func pick<Choices: Collection>(_ choices: Choices) -> Choices.Element? {
        choices.randomElement(using: &self)
    }

    /// A number inside `range`.
    public mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// True once in `n` times on average.
    public mutating func oneIn(_ n: Int) -> Bool { number(1...max(1, n)) == 1 }

    /// A text of `length` characters out of `alphabet` (ASCII).
    public mutating func text(_ length: ClosedRange<Int>, of alphabet: String) -> String {
        let letters = Array(alphabet)
        return String((0..<number(length)).compactMap { _ in pick(letters) })
    }
}

/// The randomness port over a seeded generator.
public final class SeededRandomSource: RandomSource {
    private let generator: Mutex<SeededGenerator>
    public init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }
    public func next() -> UInt64 { generator.withLock { $0.next() } }
}

/// The seeds that property tests run over. Each is an argument of its test, so a failure names the seed;
/// `SEAWORTHY_TEST_SEED=NUMBER` replays that one alone, `SEAWORTHY_TEST_SEEDS=COUNT` takes more of them.
public enum Seeds {
    /// `count` seeds: fixed ones, so that a run can be repeated.
    public static func first(_ count: Int) -> [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SEAWORTHY_TEST_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        let count = max(count, environment["SEAWORTHY_TEST_SEEDS"].flatMap { Int($0) } ?? 0)
        var generator = SeededGenerator(seed: 0x5EA_0051)
        return (0..<count).map { _ in generator.next() >> 16 }
    }
}
