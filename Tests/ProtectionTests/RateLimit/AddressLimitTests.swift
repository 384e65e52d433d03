import Kernel
import NIOHTTP1
import Synchronization
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Limits per address")
struct AddressLimitTests {
    private let clock = ManualClock()
    private let limiter = AddressLimiter()

    private func stage(_ settings: AddressLimitStage.Settings = .init(mode: .enforce)) -> AddressLimitStage {
        AddressLimitStage(settings, limiter: limiter, clock: clock)
    }

    private func statuses(
        _ stage: AddressLimitStage, _ count: Int, peer: IPAddress? = IPAddress(v4: 1),
        _ fields: [(String, String)] = [],
        method: HTTPMethod = .GET, mode: ControlMode = .enforce
    ) -> [Int?] {
        (0..<count).map { _ in
            var exchange = ExchangeFixture.exchange(method, "/", fields, peer: peer, mode: mode)
            return stage.receive(&exchange).status
        }
    }

    @Test("a burst is served up to half the quota, then refused with 429 and Retry-After")
    func burst() throws {
        let stage = stage()
        let all = statuses(stage, 60)
        #expect(all.prefix(50).allSatisfy { $0 == nil })
        #expect(all.suffix(10).allSatisfy { $0 == 429 })
        var exchange = ExchangeFixture.exchange(peer: IPAddress(v4: 1))
        let problem = try #require(stage.receive(&exchange).problem)
        #expect(problem.reason == "rate-limit.address")
        #expect((problem.retryAfter ?? 0) >= 1)
    }

    @Test("observe passes what enforce refuses, with the event")
    func observe() {
        let stage = stage(.init(mode: .observe))
        _ = statuses(stage, 50, mode: .observe)
        var exchange = ExchangeFixture.exchange(peer: IPAddress(v4: 1), mode: .observe)
        #expect(stage.receive(&exchange).status == nil)
        #expect(exchange.events.map(\.reason) == ["rate-limit.address"])
        #expect(exchange.events.map(\.disposition) == [.wouldHave])
    }

    @Test("32 tasks at one address never get more than the burst", arguments: Seeds.first(4))
    func race(seed: UInt64) async {
        let limiter = limiter
        let limit = GCRA(quota: 100, windowSeconds: 60)
        let key = AddressLimiter.Key(high: 0, low: seed, isAsset: false)
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    (0..<50).count { _ in limiter.admit(key, limit, now: 1_000_000_000).isAdmitted }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == limit.burst)
    }

    @Test("one address's flood leaves another's requests alone; a household's IPv6 addresses are one")
    func separate() {
        let stage = stage()
        _ = statuses(stage, 60, peer: IPAddress(v4: 1))
        #expect(statuses(stage, 1, peer: IPAddress(v4: 2)) == [nil])
        var refused = 0
        for host in 0..<60 {
            let peer = IPAddress(v6High: 0x2001_0DB8_0000_0001, low: UInt64(host))
            refused += statuses(stage, 1, peer: peer).count { $0 == 429 }
        }
        #expect(refused == 10)
        #expect(statuses(stage, 1, peer: IPAddress(v6High: 0x2001_0DB8_0000_0002, low: 0)) == [nil])
    }

    @Test("a page with 200 assets isn't an attack, and assets don't use up what pages have")
    func assets() {
        let stage = stage()
        for kind in ["image", "style", "script", "font"] {
            #expect(statuses(stage, 50, [("Sec-Fetch-Dest", kind)]).allSatisfy { $0 == nil })
        }
        #expect(statuses(stage, 50).allSatisfy { $0 == nil })
        #expect(statuses(stage, 110, [("Sec-Fetch-Dest", "image")]).contains(429))
        // A write that calls itself an image counts as a write.
        #expect(statuses(stage, 1, [("Sec-Fetch-Dest", "image")], method: .POST) == [429])
    }

    @Test("exempt networks aren't limited, and what has no address isn't counted")
    func exempt() throws {
        let network = try #require(IPNetwork("10.0.0.0/8"))
        let stage = stage(.init(mode: .enforce, exempt: [network]))
        #expect(statuses(stage, 200, peer: IPAddress(v4: 0x0A01_0203)).allSatisfy { $0 == nil })
        #expect(statuses(stage, 60, peer: IPAddress(v4: 0x0B01_0203)).contains(429))
        #expect(statuses(stage, 200, peer: nil).allSatisfy { $0 == nil })
    }

    @Test("every response says what is left, refusals too")
    func announced() {
        let stage = stage()
        var left: [String] = []
        for _ in 0..<52 {
            var exchange = ExchangeFixture.exchange(peer: IPAddress(v4: 9))
            _ = stage.receive(&exchange)
            var head = ResponseHead(status: .ok)
            _ = stage.respond(&exchange, &head)
            left.append(head.headers.first(name: "ratelimit") ?? "")
            #expect(head.headers["ratelimit-policy"] == ["\"address\";q=100;w=60"])
        }
        #expect(left.first == "\"address\";r=49;t=2")
        #expect(left[49].hasPrefix("\"address\";r=0;t="))
        #expect(left[51].hasPrefix("\"address\";r=0;t="))
    }

    @Test(
        "memory is bounded, and a flood of new addresses doesn't free the one that is limited",
        arguments: Seeds.first(3))
    func bounded(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let small = AddressLimiter(capacity: 2048)
        let limit = GCRA(quota: 100, windowSeconds: 60)
        let victim = AddressLimiter.Key(high: 0, low: 42, isAsset: false)
        for _ in 0..<60 { _ = small.admit(victim, limit, now: 1_000_000_000) }
        for _ in 0..<20_000 {
            let stranger = AddressLimiter.Key(high: generator.next() | 1, low: generator.next(), isAsset: false)
            _ = small.admit(stranger, limit, now: 1_000_000_000)
        }
        #expect(small.count <= 2048)
        #expect(!small.admit(victim, limit, now: 1_000_000_000).isAdmitted)
    }

    @Test(
        "rates are read as they are written, and nonsense is an error",
        arguments: [
            ("100/min", GCRA(quota: 100, windowSeconds: 60), true), ("10/s", GCRA(quota: 10, windowSeconds: 1), true),
            ("20/10s", GCRA(quota: 20, windowSeconds: 10), true),
            ("1000/h", GCRA(quota: 1000, windowSeconds: 3600), true),
            ("5000/day", GCRA(quota: 5000, windowSeconds: 86_400), true), ("none", nil, true),
            ("0/min", nil, false), ("-1/min", nil, false), ("100", nil, false), ("100/", nil, false),
            ("100/fortnight", nil, false), ("/min", nil, false), ("1/0s", nil, false), ("1/2day", nil, false),
            ("99999999999999999999/s", nil, false),
        ] as [(String, GCRA?, Bool)])
    func rates(text: String, expected: GCRA?, isValid: Bool) {
        let (settings, wrong) = read(["protection.rate-limit.address": text]) { AddressLimitStage.Settings.read(&$0) }
        #expect(wrong.isEmpty == isValid)
        if isValid { #expect(settings.address == expected) }
    }

    @Test("what is used of a limit is told by caller, who used most first, by class, and nobody who is at rest")
    func usage() {
        let limit = GCRA(quota: 10, windowSeconds: 60)
        let now = clock.nanoseconds()
        func use(_ key: AddressLimiter.Key, _ times: Int) {
            for _ in 0..<times { _ = limiter.admit(key, limit, now: now) }
        }
        use(.init(high: 0, low: 0x0A00_0001, isAsset: false), 2)
        use(.init(high: 0, low: 0x0A00_0002, isAsset: false), 9)
        use(.init(high: 0x2001_0DB8_0000_0001, low: 0, isAsset: false), 3)
        use(.init(high: 0, low: 0x0A00_0001, isAsset: true), 1)
        let usage = limiter.usage(of: limit, isAsset: false, now: now, most: 2)
        #expect(usage.callers == 3 && usage.limited == 1)
        #expect(usage.busiest.map { "\($0.address)" } == ["10.0.0.2", "2001:db8:0:1::"])
        #expect(usage.busiest.first?.remaining == 0 && usage.busiest.last?.remaining == 2)
        #expect(limiter.usage(of: limit, isAsset: true, now: now, most: 9).busiest.map(\.remaining) == [4])
        let later = now + 3_600_000_000_000
        #expect(limiter.usage(of: limit, isAsset: false, now: later, most: 9) == AddressLimiter.Usage())
    }
}
