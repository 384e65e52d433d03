import Foundation
import TestKit
import Testing

@Suite("The operator door and the end")
struct OperatorDoorTests {
    private func serve(_ workspace: Workspace, app: Int, _ arguments: String...) async throws -> (
        Running, [String: Int]
    ) {
        let running = try workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:\(app)"] + ServeTests.anyPort + arguments)
        let ports = try await running.doors().compactMapValues { Int($0.split(separator: ":").last ?? "") }
        return (running, ports)
    }

    private func ask(_ port: Int, _ line: String) async throws -> RawResponse? {
        let connection = try await RawConnection.open(port: port)
        try await connection.send("\(line) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
        let response = await connection.response(to: String(line.prefix { $0 != " " }))
        await connection.close()
        return response
    }

    @Test("It answers health, metrics and an index; anything else is a problem document")
    func answers() async throws {
        let app = try await scriptedApp { _ in response("200 OK", [], "hello") }
        let workspace = try Workspace()
        let (running, ports) = try await serve(workspace, app: app.port)
        let door = try #require(ports["operator"])
        let table: [(line: String, status: Int, body: String)] = [
            ("GET /", 200, "/health/ready"), ("GET /health/live", 200, "\"status\":\"live\""),
            ("GET /health/ready", 200, "\"status\":\"ready\""), ("GET /metrics", 200, "# TYPE seaworthy_"),
            ("HEAD /health/live", 200, ""), ("GET /nowhere", 404, "own.not-found"),
            ("POST /health/live", 405, "own.method"),
            ("GET /health/live/", 200, "live"),
        ]
        for row in table {
            let answer = try #require(try await ask(door, row.line), "\(row.line)")
            #expect(answer.status == row.status, "\(row.line)")
            #expect(
                row.body.isEmpty ? answer.body.isEmpty : answer.text.contains(row.body), "\(row.line): \(answer.text)")
            #expect(!answer.values("x-request-id").isEmpty, "\(row.line)")
        }
        #expect(try await ask(door, "POST /health/live")?.values("allow") == ["GET, HEAD"])
        await app.stop()
        let down = try #require(try await ask(door, "GET /health/ready"))
        #expect(down.status == 503 && down.text.contains("does not accept connections"))
        #expect(try await ask(door, "GET /health/live")?.status == 200)
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    @Test("/health/live is the app's on the public door, unless health.public is on")
    func publicHealth() async throws {
        let app = try await scriptedApp { _ in response("200 OK", [], "the app's") }
        let workspace = try Workspace()
        let (closed, closedPorts) = try await serve(workspace, app: app.port)
        #expect(
            try await ask(try #require(closedPorts["public"]), "GET /health/live")?.text.contains("the app's") == true)
        closed.signal(SIGTERM)
        let (open, openPorts) = try await serve(workspace, app: app.port, "--set", "health.public=true")
        #expect(try await ask(try #require(openPorts["public"]), "GET /health/live")?.text.contains("live") == true)
        #expect(
            try await ask(try #require(openPorts["public"]), "GET /health/ready")?.text.contains("the app's") == true)
        open.signal(SIGTERM)
        await app.stop()
    }

    @Test("SIGTERM lets a running exchange end; a second signal ends the process at once", arguments: [false, true])
    func drains(_ hurries: Bool) async throws {
        let app = try await RawUpstream.start { connection, _ in
            _ = await connection.request(within: .seconds(10))
            try await Task.sleep(for: .milliseconds(hurries ? 20_000 : 1500))
            try await connection.send(response("200 OK", [], "late but whole"))
        }
        let workspace = try Workspace()
        let (running, ports) = try await serve(workspace, app: app.port, "--pid-file", "gateway.pid")
        let client = try await RawConnection.open(port: try #require(ports["public"]))
        try await client.send("GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try await Task.sleep(for: .milliseconds(300))
        running.signal(SIGTERM)
        try await running.wait("the drain") { running.out.contains("\"event\":\"draining\"") }
        #expect(running.isRunning)
        if hurries {
            running.signal(SIGTERM)
            let end = try await running.finish(within: .seconds(5))
            #expect(end.status == 128 + SIGTERM && !end.wasKilled)
        } else {
            let answer = await client.response(within: .seconds(10))
            #expect(answer?.text.contains("late but whole") == true)
            #expect(try await running.finish(within: .seconds(10)).status == 0)
        }
        #expect(!workspace.exists("gateway.pid"))
        await app.stop()
    }
}
