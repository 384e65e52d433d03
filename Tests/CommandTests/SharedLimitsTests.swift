import Foundation
import TestKit
import Testing

/// Two `serve` processes and one real Redis.
@Suite("Limits of several replicas")
struct SharedLimitsTests {
    /// A gateway in front of nobody: what passes the limit is a 502.
    private static func serve(_ workspace: Workspace, _ redis: String) throws -> Running {
        try workspace.start(
            [
                "serve", "--upstream", "http://127.0.0.1:9", "--mode", "enforce", "--set",
                "protection.rate-limit.address=20/h", "--set", "redis=\(redis)",
            ] + ServeTests.anyPort)
    }

    private static func statuses(_ running: Running, _ count: Int) async throws -> [Int] {
        let doors = try await running.doors()
        let port = try #require(doors["public"].flatMap { Int($0.split(separator: ":").last ?? "") }, "\(doors)")
        var statuses: [Int] = []
        for _ in 0..<count {
            let connection = try await RawConnection.open(port: port)
            try await connection.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
            statuses.append(try #require(await connection.response(to: "GET")).status)
            await connection.close()
        }
        return statuses
    }

    private static func isUp(_ running: Running) async throws -> Bool {
        try await running.operatorAnswer("/metrics").text.contains("\nseaworthy_shared_limits_up 1\n")
    }

    @Test("two replicas admit together what one would; without Redis each its part; with it together again")
    func together() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let (a, b) = (try Workspace(), try Workspace())
        let replicas = [try Self.serve(a, server.url), try Self.serve(b, server.url)]
        for replica in replicas { try await eventually("Redis is there") { try await Self.isUp(replica) } }
        try await eventually("each knows of the other") {
            for replica in replicas {
                let text = try await replica.operatorAnswer("/metrics").text
                guard text.contains("seaworthy_shared_limits_replicas 2") else { return false }
            }
            return true
        }
        var passed = 0
        for _ in 0..<8 { for replica in replicas { passed += try await Self.statuses(replica, 1) == [502] ? 1 : 0 } }
        // 20 an hour is 10 at once.
        #expect(passed == 10)

        server.crash()
        for replica in replicas {
            try await eventually("each notices that Redis is gone") { try await !Self.isUp(replica) }
        }
        // Half the quota has a burst of 5, and each let 5 through already.
        for replica in replicas {
            let statuses = try await Self.statuses(replica, 3)
            #expect(statuses == [429, 429, 429])
        }

        try server.start()
        for replica in replicas { try await eventually("Redis is there again") { try await Self.isUp(replica) } }
        for replica in replicas {
            replica.signal(SIGTERM)
            #expect(try await replica.finish(within: .seconds(20)).status == 0)
        }
    }

    @Test(
        "an address that can't be used is exit 78 with what would be valid, without the password",
        arguments: [
            "rediss://:hunter2@cache", "http://cache", "redis://h:0",
        ])
    func refused(_ address: String) async throws {
        let workspace = try Workspace()
        let ended = try await workspace.run(
            "serve", "--upstream", "http://127.0.0.1:9", "--set", "redis=\(address)")
        #expect(ended.status == 78)
        #expect(ended.err.contains("redis") && ended.err.contains("use a tunnel"))
        #expect(!ended.err.contains("hunter2"))
    }
}
