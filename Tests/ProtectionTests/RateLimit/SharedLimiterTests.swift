import Kernel
import Store
import Synchronization
import TestKit
import Testing

@testable import Protection

/// Two replicas over one real Redis.
@Suite("Shared limits", .serialized)
struct SharedLimiterTests {
    private static let caller = AddressLimiter.Key(high: 0, low: 0xCB00_7105, isAsset: false)

    private static func replica(_ server: RedisServer, _ name: String, replicas: Int? = 2) async throws -> SharedLimiter
    {
        let client = RedisClient(try RedisAddress(Secret(server.url)))
        try await eventually(within: .seconds(5), "Redis is there") { client.isUp }
        return SharedLimiter(
            client: client, local: AddressLimiter(), clock: TestClock(), identity: name, replicas: replicas)
    }

    private static func ask(_ limiter: SharedLimiter, _ limit: GCRA, _ key: AddressLimiter.Key = caller) async -> Bool {
        switch limiter.admit(key, limit, now: TestClock().nanoseconds()) {
        case .admitted: true
        case .refused: false
        case .ask: await limiter.ask(key, limit)
        }
    }

    /// When requests were let through.
    private final class Ledger: Sendable {
        let times = Mutex<[UInt64]>([])
        func note() { times.withLock { $0.append(TestClock().nanoseconds()) } }

        /// The most that any window of that length has seen.
        func most(in window: UInt64) -> Int {
            let sorted = times.withLock { $0.sorted() }
            var first = 0
            var most = 0
            for (index, time) in sorted.enumerated() {
                while time - sorted[first] >= window { first += 1 }
                most = max(most, index - first + 1)
            }
            return most
        }
    }

    @Test("no window of the announced length sees more than the quota, whoever of two replicas is asked")
    func windows() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let replicas = [try await Self.replica(server, "a"), try await Self.replica(server, "b")]
        let limit = GCRA(quota: 60, windowSeconds: 3)
        let ledger = Ledger()
        let start = TestClock().nanoseconds()
        await withTaskGroup { group in
            for task in 0..<32 {
                group.addTask {
                    while TestClock().nanoseconds() - start < 8_000_000_000 {
                        if await Self.ask(replicas[task % 2], limit) { ledger.note() }
                        try? await Task.sleep(for: .milliseconds(5))
                    }
                }
            }
        }
        #expect(ledger.most(in: 3_000_000_000) <= 60)
        let total = ledger.times.withLock { $0.count }
        // Burst 30, then 30 per window of 3 + 2 s: 78 in 8 s when no token is wasted.
        // A busy machine asks late; more than the burst shows that tokens come back.
        #expect(total > 30, "nothing came back after the burst: \(total)")
        #expect(replicas.allSatisfy { $0.figures.alone == 0 })
    }

    @Test("64 tasks at once on two replicas get the burst and not one more")
    func burst() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let replicas = [try await Self.replica(server, "a"), try await Self.replica(server, "b")]
        let limit = GCRA(quota: 40, windowSeconds: 3600)
        let admitted = await withTaskGroup(of: Bool.self) { group in
            for task in 0..<64 { group.addTask { await Self.ask(replicas[task % 2], limit) } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(admitted == 20)
        // A flood that is refused costs Redis nothing more.
        let before = replicas.map(\.figures.asked)
        for _ in 0..<200 { for replica in replicas { #expect(await !Self.ask(replica, limit)) } }
        #expect(replicas.map(\.figures.asked) == before)
    }

    @Test("a busy caller's tokens come in batches: most requests ask nobody")
    func batches() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let replica = try await Self.replica(server, "a")
        let limit = GCRA(quota: 10_000, windowSeconds: 60)
        var admitted = 0
        for _ in 0..<2000 where await Self.ask(replica, limit) { admitted += 1 }
        #expect(admitted == 2000)
        #expect(replica.figures.asked < 40, "\(replica.figures.asked) questions")
    }

    @Test("without Redis each replica has its part, whoever was there before counts; with it they share again")
    func away() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let replicas = [try await Self.replica(server, "a"), try await Self.replica(server, "b")]
        let limit = GCRA(quota: 40, windowSeconds: 3600)
        var before = 0
        for _ in 0..<6 where await Self.ask(replicas[0], limit) { before += 1 }
        #expect(before == 6)
        server.crash()
        try await eventually("both notice") {
            for replica in replicas { _ = await Self.ask(replica, limit, .init(high: 0, low: 1, isAsset: false)) }
            return replicas.allSatisfy { $0.figures.alone > 0 }
        }
        var alone = [0, 0]
        for (index, replica) in replicas.enumerated() {
            for _ in 0..<50 where await Self.ask(replica, limit) { alone[index] += 1 }
        }
        // Half the quota of 40 is 20, its burst 10; the first replica had let 6 through already.
        #expect(alone == [4, 10])
        try server.start()
        try await eventually("they are back") {
            let asked = replicas.map(\.figures.asked)
            for replica in replicas { _ = await Self.ask(replica, limit, .init(high: 0, low: 2, isAsset: false)) }
            return zip(asked, replicas).allSatisfy { $0 < $1.figures.asked }
        }
    }

    @Test("replicas are counted, and forgotten when they are gone")
    func counting() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let replicas = [
            try await Self.replica(server, "a", replicas: nil), try await Self.replica(server, "b", replicas: nil),
        ]
        for replica in replicas + replicas { await replica.countReplicas() }
        #expect(replicas.map(\.figures.replicas) == [2, 2])
        let leaving = Task { await replicas[1].run() }
        try await Task.sleep(for: .milliseconds(50))
        leaving.cancel()
        await leaving.value
        await replicas[0].countReplicas()
        #expect(replicas[0].figures.replicas == 1)
    }

    @Test("what is announced is what is let through")
    func announced() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let replica = try await Self.replica(server, "a")
        let limit = GCRA(quota: 20, windowSeconds: 3600)
        for left in (0..<10).reversed() {
            #expect(await Self.ask(replica, limit))
            let state = replica.peek(Self.caller, limit, now: TestClock().nanoseconds())
            #expect(state.remaining == left)
        }
        #expect(await !Self.ask(replica, limit))
        let state = replica.peek(Self.caller, limit, now: TestClock().nanoseconds())
        #expect(state.remaining == 0 && state.resetSeconds > 0)
    }
}

@Suite("Lease")
struct LeaseTests {
    private let limit = GCRA(quota: 100, windowSeconds: 60)

    @Test("tokens die with their lifetime, and an idle caller is leased fewer")
    func lifetime() {
        var lease = Lease()
        #expect(lease.use(now: 10) == .ask)
        lease.size = 4
        lease.take(
            Grant(tokens: 4, remaining: 9, retryNanoseconds: 0, restNanoseconds: 5), asked: 4, sent: 10, now: 20,
            limit: limit)
        #expect(lease.use(now: 30) == .admitted)
        #expect(lease.use(now: 10 + Lease.lifetime - 1) == .admitted)
        #expect(lease.use(now: 10 + Lease.lifetime) == .ask)
        #expect(lease.size == 2 && lease.held == 0)
    }

    @Test("a caller who uses what it gets is leased twice as much, up to a twentieth of the quota")
    func growth() {
        var lease = Lease()
        var now: UInt64 = 1000
        var sizes: [Int] = []
        for _ in 0..<6 {
            while lease.use(now: now) == .admitted {}
            sizes.append(lease.size)
            lease.take(
                Grant(tokens: lease.size, remaining: 50, retryNanoseconds: 0, restNanoseconds: 1), asked: lease.size,
                sent: now, now: now + 1, limit: limit)
            now += 1000
        }
        #expect(sizes == [1, 1, 2, 4, 5, 5])
    }

    @Test("a refused caller doesn't ask again before there is something")
    func refused() {
        var lease = Lease()
        lease.take(
            Grant(tokens: 0, remaining: 0, retryNanoseconds: 500, restNanoseconds: 900), asked: 1, sent: 100, now: 110,
            limit: limit)
        #expect(lease.use(now: 609) == .refused)
        #expect(lease.use(now: 610) == .ask)
        #expect(lease.announced(now: 200, limit: limit).remaining == 0)
        #expect(lease.announced(now: 200, limit: limit).resetSeconds == 1)
    }
}
