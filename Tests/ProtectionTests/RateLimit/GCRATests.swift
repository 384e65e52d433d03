import Kernel
import TestKit
import Testing

@testable import Protection

@Suite("The generic cell rate algorithm")
struct GCRATests {
    static let limits: [(quota: Int, window: Int)] = [
        (100, 60), (1, 1), (2, 1), (3, 60), (600, 60), (7, 10), (1000, 3600),
    ]

    @Test("no window ever admits more than the quota, however requests come", arguments: Seeds.first(30))
    func window(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        guard let (quota, window) = generator.pick(Self.limits) else { return }
        let limit = GCRA(quota: quota, windowSeconds: window)
        let nanoseconds = UInt64(window) * 1_000_000_000
        var now: UInt64 = 1_000_000_000
        var arrival: UInt64 = 0
        var admitted: [UInt64] = []
        for _ in 0..<4000 {
            // Bursts, steady trickles and long pauses.
            switch generator.number(0...9) {
            case 0...5: now += UInt64(generator.number(0...1_000_000))
            case 6...8: now += nanoseconds / UInt64(quota) * UInt64(generator.number(0...2))
            default: now += UInt64(generator.number(0...window)) * 1_000_000_000
            }
            if limit.admit(&arrival, now: now).isAdmitted { admitted.append(now) }
        }
        var first = 0
        for last in admitted.indices {
            while admitted[last] - admitted[first] > nanoseconds { first += 1 }
            #expect(last - first + 1 <= quota, "\(quota)/\(window)s at \(admitted[last])")
        }
        #expect(!admitted.isEmpty)
    }

    @Test("a steady caller gets about half the quota a window, and a rested one the burst at once")
    func rate() {
        let limit = GCRA(quota: 100, windowSeconds: 60)
        #expect(limit.burst == 50)
        var arrival: UInt64 = 0
        var count = 0
        while limit.admit(&arrival, now: 5_000_000_000).isAdmitted { count += 1 }
        #expect(count == 50)
        var steady = 0
        for tick in 0..<600 where limit.admit(&arrival, now: 5_000_000_000 + UInt64(tick) * 100_000_000).isAdmitted {
            steady += 1
        }
        #expect((48...50).contains(steady))
    }

    @Test("a refusal says when to come back, and then one is admitted")
    func comeBack() {
        let limit = GCRA(quota: 10, windowSeconds: 10)
        var arrival: UInt64 = 0
        var now: UInt64 = 1_000_000_000
        while limit.admit(&arrival, now: now).isAdmitted {}
        let refused = limit.admit(&arrival, now: now)
        #expect(refused.remaining == 0)
        #expect(refused.resetSeconds >= 1)
        now += UInt64(refused.resetSeconds) * 1_000_000_000
        #expect(limit.admit(&arrival, now: now).isAdmitted)
    }

    @Test("what remains is what would be admitted", arguments: [0, 1, 7, 49, 50])
    func remaining(used: Int) {
        let limit = GCRA(quota: 100, windowSeconds: 60)
        var arrival: UInt64 = 0
        for _ in 0..<used { _ = limit.admit(&arrival, now: 1) }
        let told = limit.peek(arrival, now: 1).remaining
        var admitted = 0
        while limit.admit(&arrival, now: 1).isAdmitted { admitted += 1 }
        #expect(told == admitted)
    }
}
