import Kernel
import TestKit
import Testing

@testable import Store

@Suite("Job backoff and the watch over leases")
struct JobBackoffTests {
    @Test("a rest is inside its bounds, whatever the numbers", arguments: Seeds.first(50))
    func bounds(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let random = SeededRandomSource(seed: seed)
        let backoff = JobBackoff(
            first: .milliseconds(generator.number(-5...100_000)), cap: .milliseconds(generator.number(-5...100_000_000))
        )
        var last = Duration.zero
        for attempt in [-1, 0, 1, 2, 3, 8, 20, 62, 63, 64, 100, .max] {
            let ceiling = backoff.ceiling(after: attempt)
            #expect(ceiling >= last && ceiling >= backoff.first && ceiling <= backoff.cap)
            last = ceiling
            let rest = backoff.rest(after: attempt, random: random)
            #expect(rest >= .zero && rest <= ceiling)
            let floor = Duration.milliseconds(generator.number(0...100_000_000))
            let floored = backoff.rest(after: attempt, floor: floor, random: random)
            #expect(floored >= floor && floored <= max(floor, ceiling))
        }
    }

    @Test("it doubles, and jitter reaches low and high")
    func doubles() {
        let backoff = JobBackoff(first: .seconds(10), cap: .seconds(3600))
        let seconds: [Int] = [10, 20, 40, 80]
        #expect((1...4).map { backoff.ceiling(after: $0) } == seconds.map { Duration.seconds($0) })
        #expect(backoff.ceiling(after: 10) == .seconds(3600))
        let random = SeededRandomSource(seed: 5)
        let rests = (0..<400).map { _ in backoff.rest(after: 1, random: random) }
        #expect(rests.contains { $0 < .seconds(1) } && rests.contains { $0 > .seconds(9) })
        #expect(backoff.rest(after: 1, floor: .seconds(Int64.max / 2), random: random) == .seconds(30 * 86_400))
    }

    private static func lease(_ until: Int64, id: String = "a", number: Int64 = 1) -> JobLease {
        JobLease(
            id: UniqueID(rawValue: id), lease: number, until: Timestamp(nanosecondsSinceEpoch: until),
            isCancelRequested: false)
    }

    /// Looks every second: at which second the lease of 30 s is expired; nil when never within 100.
    private static func expiry(until: (Int) -> Int64, wall: (Int) -> Int64, gap: Range<Int> = 0..<0) -> Int? {
        var watch = LeaseWatch(lease: .seconds(30))
        for second in 0..<100 where !gap.contains(second) {
            let found = watch.observe(
                [lease(until(second) * 1_000_000_000)],
                now: Timestamp(nanosecondsSinceEpoch: wall(second) * 1_000_000_000),
                nanoseconds: UInt64(second) * 1_000_000_000)
            if !found.isEmpty { return second }
        }
        return nil
    }

    @Test("a dead worker's lease expires when the wall clock says so, once watched for half a lease")
    func expires() {
        #expect(Self.expiry(until: { _ in 1030 }, wall: { 1000 + Int64($0) }) == 30, "limits at `length` by the watch")
        #expect(Self.expiry(until: { _ in 1010 }, wall: { 1000 + Int64($0) }) == 15)
        #expect(Self.expiry(until: { _ in 500 }, wall: { 1000 + Int64($0) }) == 15)
    }

    @Test("a clock that went back an hour keeps no job, one that jumped ahead takes none")
    func clocks() {
        #expect(Self.expiry(until: { _ in 5000 }, wall: { 1000 + Int64($0) }) == 30)
        // Renewed every ten seconds by a living worker.
        let alive: (Int) -> Int64 = { 1030 + Int64($0 / 10) * 10 }
        #expect(Self.expiry(until: alive, wall: { 1000 + Int64($0) }) == nil)
        #expect(Self.expiry(until: alive, wall: { 9000 + Int64($0) }) == nil)
        #expect(Self.expiry(until: alive, wall: { 10 + Int64($0) }) == nil)
    }

    @Test("who couldn't look for a while begins anew")
    func gap() {
        // Nobody could renew while the database was away from 5 to 40.
        #expect(Self.expiry(until: { _ in 1030 }, wall: { 1000 + Int64($0) }, gap: 5..<40) == 55)
    }
}
