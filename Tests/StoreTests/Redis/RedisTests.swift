import Kernel
import Store
import Synchronization
import TestKit
import Testing

@Suite("Redis")
struct RedisTests {
    static let addresses: [(given: String, shown: String?, problem: String?)] = [
        ("redis://127.0.0.1", "redis://127.0.0.1:6379/0", nil),
        ("redis://:p%40ss@cache:6380/3", "redis://cache:6380/3", nil),
        ("redis://user:hunter2@[::1]:7000", "redis://[::1]:7000/0", nil),
        ("redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock", nil),
        ("rediss://cache", nil, "tunnel"),
        ("redis://", nil, "host"),
        ("redis://h:99999", nil, "port"),
        ("redis://h:x", nil, "port"),
        ("redis://h/one", nil, "number"),
        ("redis://h/-1", nil, "number"),
        ("redis://h?x=1", nil, "no ?"),
        ("redis://hunter2:%zz@h", nil, "percent"),
        ("redis+unix://relative", nil, "absolute"),
        ("http://h", nil, "redis://"),
        ("", nil, "redis://"),
        ("redis://[::1", nil, "]"),
    ]

    @Test("addresses are read, or refused with what would be valid", arguments: addresses.indices)
    func address(_ index: Int) {
        let (given, shown, problem) = Self.addresses[index]
        do {
            let address = try RedisAddress(Secret(given))
            #expect(address.description == shown)
        } catch {
            #expect(problem.map { error.detail.contains($0) } == true, "\(given): \(error)")
            #expect(!error.detail.contains("hunter2"))
        }
    }

    @Test("64 tasks share one connection and each gets its own answers")
    func pipelining() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let client = RedisClient(try RedisAddress(Secret(server.url)))
        try await eventually { client.isUp }
        try await withThrowingTaskGroup { group in
            for task in 0..<64 {
                group.addTask {
                    for _ in 0..<20 {
                        let replies = try await client.run([
                            ["SET", "k\(task)", "v\(task)"], ["GET", "k\(task)"], ["INCR", "n"],
                        ])
                        #expect(replies.prefix(2) == [.text("OK"), .text("v\(task)")])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await client.run([["GET", "n"]]) == [.text("1280")])
        let odd = try await client.run([
            ["SET", "bytes", "a\0b"], ["GET", "bytes"], ["LPUSH", "k1", "x"], ["GET", "none"],
        ])
        #expect(odd[1] == .text("a\0b"))
        guard case .error(let text) = odd[2] else {
            Issue.record("a list operation on a text passed")
            return
        }
        #expect(text.hasPrefix("WRONGTYPE"))
        #expect(odd[3] == .null)
        client.close()
    }

    @Test("a Redis that goes away fails commands at once, and heals; both are told")
    func healing() async throws {
        let server = try RedisServer(["--requirepass", "a secret"])
        defer { server.remove() }
        let changes = Changes()
        let client = RedisClient(try RedisAddress(Secret("redis://:a%20secret@127.0.0.1:\(server.port)"))) {
            isUp, reason in
            changes.all.withLock { $0.append("\(isUp ? "up" : "down")") }
            #expect(reason?.contains("a secret") != true)
        }
        try await eventually { client.isUp }
        server.crash()
        try await eventually(within: .seconds(3)) { !client.isUp }
        let start = ContinuousClock().now
        await #expect(throws: DatabaseError.self) { _ = try await client.run([["PING"]]) }
        #expect(ContinuousClock().now - start < .milliseconds(50))
        try server.start()
        try await eventually(within: .seconds(5)) { client.isUp }
        #expect(try await client.run([["PING"]]) == [.text("PONG")])
        #expect(changes.all.withLock { $0 } == ["up", "down", "up"])
        #expect(client.failures == 1)
        client.close()
        await #expect(throws: DatabaseError.self) { _ = try await client.run([["PING"]]) }
    }

    @Test("a wrong password leaves it away, and nothing hangs")
    func password() async throws {
        let server = try RedisServer(["--requirepass", "right"])
        defer { server.remove() }
        let client = RedisClient(try RedisAddress(Secret("redis://:wrong@127.0.0.1:\(server.port)")))
        try await Task.sleep(for: .milliseconds(300))
        #expect(!client.isUp)
        await #expect(throws: DatabaseError.self) { _ = try await client.run([["PING"]]) }
    }

    private final class Changes: Sendable {
        let all = Mutex<[String]>([])
    }
}
