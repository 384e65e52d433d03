import Kernel
import NIOHTTP1
import Synchronization
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("The generic cell rate algorithm")
struct GCRATests {
    @Test("no window ever admits more than the quota", arguments: Seeds.first(100))
    func neverMore(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let quota = generator.number(1...200)
        let window = generator.number(1...120)
        let limit = GCRA(quota: quota, windowSeconds: window)
        let span = UInt64(window) * 1_000_000_000
        var arrival: UInt64 = 0
        var now: UInt64 = 1_000_000_000
        var admitted: [UInt64] = []
        for _ in 0..<2000 {
            // Bursts, pauses, and a knock right when one more is due.
            if generator.oneIn(3) { now += UInt64(generator.number(0...Int(span / 4))) }
            if generator.oneIn(5) { now = max(now, arrival > limit.tolerance ? arrival - limit.tolerance : now) }
            if limit.admit(&arrival, now: now).isAdmitted { admitted.append(now) }
        }
        var first = 0
        for (last, time) in admitted.enumerated() {
            while time - admitted[first] > span { first += 1 }
            #expect(last - first + 1 <= quota, "\(quota) in \(window) s")
        }
        #expect(!admitted.isEmpty)
    }

    @Test("a burst of half the quota passes at once, and the rest at its rate")
    func burst() {
        let limit = GCRA(quota: 100, windowSeconds: 60)
        var arrival: UInt64 = 0
        #expect((0..<100).count { _ in limit.admit(&arrival, now: 1).isAdmitted } == 50)
        #expect((0..<100).count { _ in limit.admit(&arrival, now: 60_000_000_000).isAdmitted } == 49...50)
    }

    @Test("who keeps to the rate is never refused")
    func steady() {
        let limit = GCRA(quota: 100, windowSeconds: 60)
        var arrival: UInt64 = 0
        for step in 0..<500 {
            #expect(limit.admit(&arrival, now: 1 + UInt64(step) * 1_300_000_000).isAdmitted)
        }
    }

    @Test("the announced wait is enough, and no more than a second too long")
    func wait() {
        let limit = GCRA(quota: 10, windowSeconds: 60)
        var arrival: UInt64 = 0
        let now: UInt64 = 5_000_000_000
        var refused = limit.admit(&arrival, now: now)
        while refused.isAdmitted { refused = limit.admit(&arrival, now: now) }
        var copy = arrival
        #expect(limit.admit(&copy, now: now + UInt64(refused.resetSeconds) * 1_000_000_000).isAdmitted)
        copy = arrival
        #expect(!limit.admit(&copy, now: now + UInt64(refused.resetSeconds - 1) * 1_000_000_000).isAdmitted)
    }

    @Test("extreme quotas don't trap", arguments: [(0, 0), (-5, -5), (1, 1), (1, 86_400), (.max, .max), (1_000_000_000, 1)])
    func extremes(quota: Int, window: Int) {
        let limit = GCRA(quota: quota, windowSeconds: window)
        var arrival: UInt64 = 0
        for now in [UInt64(0), 1, 1 << 40] { _ = limit.admit(&arrival, now: now) }
        #expect(limit.peek(arrival, now: 0).remaining >= 0)
    }
}

private func == (count: Int, range: ClosedRange<Int>) -> Bool { range.contains(count) }

@Suite("The limit per address")
struct AddressLimitTests {
    private func stage(
        _ clock: ManualClock, limiter: AddressLimiter = AddressLimiter(), mode: ControlMode = .enforce, quota: Int = 10,
        assets: GCRA? = GCRA(quota: 600, windowSeconds: 60), exempt: [String] = []
    ) -> AddressLimitStage {
        AddressLimitStage(
            .init(
                mode: mode, address: GCRA(quota: quota, windowSeconds: 60), assets: assets,
                exempt: exempt.compactMap { IPNetwork($0) }), limiter: limiter, clock: clock)
    }

    private func ask(
        _ stage: AddressLimitStage, from peer: String = "192.0.2.1", _ fields: [(String, String)] = [],
        mode: ControlMode = .enforce
    ) -> (status: Int?, limit: String?, policy: String?, retry: Int?, events: Int) {
        var exchange = ExchangeFixture.exchange(.GET, "/", fields, peer: IPAddress(strict: peer[...]), mode: mode)
        let verdict = stage.receive(&exchange)
        var head = ResponseHead(.ok, [])
        _ = stage.respond(&exchange, &head)
        return (verdict.status, head.value("ratelimit"), head.value("ratelimit-policy"), verdict.problem?.retryAfter, exchange.events.count)
    }

    @Test("refuses the sixth of ten a minute at once, and says when to come again")
    func refuses() {
        let clock = ManualClock()
        let stage = stage(clock)
        for remaining in [4, 3, 2, 1] {
            let answer = ask(stage)
            #expect(answer.status == nil)
            #expect(answer.limit?.hasPrefix("\"address\";r=\(remaining);t=") == true)
            #expect(answer.policy == "\"address\";q=10;w=60")
        }
        #expect(ask(stage).limit?.hasPrefix("\"address\";r=0;t=") == true)
        let refused = ask(stage)
        #expect(refused.status == 429)
        #expect(refused.limit != nil && refused.policy != nil)
        clock.advance(by: .seconds(refused.retry ?? 0))
        #expect(ask(stage).status == nil)
    }

    @Test("addresses are apart; an IPv6 household is one")
    func apart() {
        let stage = stage(ManualClock(), quota: 2)
        #expect(ask(stage, from: "192.0.2.1").status == nil)
        #expect(ask(stage, from: "192.0.2.2").status == nil)
        #expect(ask(stage, from: "192.0.2.1").status == 429)
        #expect(ask(stage, from: "2001:db8::1").status == nil)
        #expect(ask(stage, from: "2001:db8::ffff:2").status == 429)
        #expect(ask(stage, from: "2001:db8:0:1::1").status == nil)
    }

    @Test("assets have a class of their own")
    func assets() {
        let stage = stage(ManualClock(), quota: 2)
        for purpose in ["image", "style", "script", "font"] {
            for _ in 0..<20 { #expect(ask(stage, [("Sec-Fetch-Dest", purpose)]).status == nil) }
        }
        #expect(ask(stage, [("Sec-Fetch-Dest", "image")]).policy == "\"assets\";q=600;w=60")
        #expect(ask(stage, [("Sec-Fetch-Dest", "document")]).status == nil)
        #expect(ask(stage).status == 429)
    }

    @Test("exempt networks aren't counted")
    func exempt() {
        let stage = stage(ManualClock(), quota: 1, exempt: ["192.0.2.0/24"])
        for _ in 0..<10 { #expect(ask(stage).status == nil) }
        #expect(ask(stage).limit == nil)
    }

    @Test("observe counts and lets pass, with the event")
    func observe() {
        let stage = stage(ManualClock(), mode: .observe, quota: 1)
        #expect(ask(stage, mode: .observe).events == 0)
        let second = ask(stage, mode: .observe)
        #expect(second.status == nil)
        #expect(second.events == 1)
    }

    @Test("what was used survives a new configuration")
    func survivesReload() {
        let clock = ManualClock()
        let limiter = AddressLimiter()
        #expect(ask(stage(clock, limiter: limiter, quota: 2)).status == nil)
        #expect(ask(stage(clock, limiter: limiter, quota: 2)).status == 429)
    }

    @Test("thirty-two tasks at one address get no more than the burst", arguments: Seeds.first(5))
    func concurrent(seed: UInt64) async {
        let limiter = AddressLimiter()
        let limit = GCRA(quota: 100, windowSeconds: 60)
        let key = AddressLimiter.Key(high: seed, low: seed, isAsset: false)
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<32 {
                group.addTask { (0..<100).count { _ in limiter.admit(key, limit, now: 7_000_000_000).isAdmitted } }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == 50)
    }

    @Test("a flood of addresses is held in bounded memory, and doesn't free whom the limit holds")
    func flood() {
        let limiter = AddressLimiter(capacity: 1024)
        let limit = GCRA(quota: 100, windowSeconds: 60)
        let held = AddressLimiter.Key(high: 1, low: 1, isAsset: false)
        for _ in 0..<60 { _ = limiter.admit(held, limit, now: 1_000_000_000) }
        for low in 0..<20_000 {
            _ = limiter.admit(AddressLimiter.Key(high: 0, low: UInt64(low), isAsset: false), limit, now: 1_000_000_000)
        }
        #expect(limiter.count <= 1024)
        #expect(limiter.evictions > 0)
        #expect(!limiter.admit(held, limit, now: 1_000_000_000).isAdmitted)
    }
}
