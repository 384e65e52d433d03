import Foundation
import Synchronization
import TestKit
import Testing

/// PostgreSQL restarting under load, as clients of a real `serve` see it.
@Suite("serve while PostgreSQL restarts")
struct RestartTests {
    private final class Seen: Sendable {
        let statuses = Mutex<[String: Int]>([:])
        let isOver = Atomic<Bool>(false)
        func add(_ what: String) { statuses.withLock { $0[what, default: 0] += 1 } }
        func count(_ what: String) -> Int { statuses.withLock { $0[what] ?? 0 } }
    }

    private static func get(_ path: String, at port: Int) async throws -> RawResponse? {
        let connection = try await RawConnection.open(port: port)
        try await connection.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
        let answer = await connection.response(within: .seconds(10))
        await connection.close()
        return answer
    }

    @Test("own routes answer 200 or 503 with Retry-After, what needs no database goes on, and all heals by itself")
    func underLoad() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let app = try await scriptedApp { _ in response("200 OK", [], "the app's") }
        let workspace = try Workspace()
        let running = try workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:\(app.port)", "--database", try server.makeDatabase()]
                + ServeTests.anyPort)
        _ = try await running.worker()
        let doors = try await running.doors()
        let ports = ["public", "operator"].compactMap { doors[$0].flatMap { Int($0.split(separator: ":").last ?? "") } }
        try #require(ports.count == 2, "\(doors)")
        let seen = Seen()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<16 {
                group.addTask {
                    while !seen.isOver.load(ordering: .relaxed), !Task.isCancelled {
                        let isApp = client % 2 == 0
                        let answer = try await Self.get(isApp ? "/" : "/health/ready", at: ports[isApp ? 0 : 1])
                        let status = answer?.status ?? 0
                        let says = answer?.values("retry-after").isEmpty == false
                        seen.add(
                            "\(isApp ? "app" : "ready") \(status)\(status == 503 && !says ? " without Retry-After" : "")"
                        )
                    }
                }
            }
            for _ in 0..<2 {
                let (good, bad) = (seen.count("ready 200"), seen.count("ready 503"))
                try await eventually(within: .seconds(20), "green") { seen.count("ready 200") > good }
                server.crash()
                try await eventually(within: .seconds(20), "red") { seen.count("ready 503") > bad }
                try server.start()
                let before = seen.count("ready 200")
                try await eventually(within: .seconds(20), "green again") { seen.count("ready 200") > before + 16 }
            }
            seen.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let statuses = seen.statuses.withLock { $0 }
        #expect(Set(statuses.keys) == ["ready 200", "ready 503", "app 200"], "\(statuses)")
        #expect(try await running.operatorAnswer("/metrics").text.contains("seaworthy_database_pool_waiting 0"))
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(30)).status == 0)
        await app.stop()
    }
}
