import Foundation
import Synchronization
import TestKit
import Testing

/// An app that gets worse, and goes away, between two looks.
@Suite("watch, history and differences")
struct WatchCommandTests {
    private final class State: Sendable { let isWorse = Mutex(false) }

    private func app(_ state: State) async throws -> RawUpstream {
        try await RawUpstream.start { connection, _ in
            guard await connection.request(within: .seconds(10)) != nil else { return }
            let policy = state.isWorse.withLock { $0 } ? "" : "X-Content-Type-Options: nosniff\r\n"
            let body = "<html lang=en><title>app</title>hello"
            try await connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\(policy)Content-Length: \(body.utf8.count)\r\n"
                    + "Connection: close\r\n\r\n\(body)")
        }
    }

    @Test("a deployment that loses a header is seen by the watch after it, which remembers the one before")
    func regression() async throws {
        let workspace = try Workspace()
        let state = State()
        let server = try await app(state)
        let url = "http://127.0.0.1:\(server.port)"
        let before = try await workspace.run("watch", url, "--once")
        #expect(before.status == 0 && before.out.contains("No check turned red."), "\(before.out) \(before.err)")
        state.isWorse.withLock { $0 = true }
        let after = try await workspace.run("watch", url, "--once", "--format", "json")
        #expect(after.status == 1, "\(after.out) \(after.err)")
        let line = after.out.split(separator: "\n").first { $0.contains("watch.regression") } ?? ""
        #expect(line.contains("headers.content-type-options"))
        await server.stop()
        // A port that nobody listens on; the server's own could be another test's by now.
        let away = try await workspace.run("watch", "http://127.0.0.1:1", "--once")
        #expect(away.status == 1, "\(away.out)")
    }

    @Test("a run that a wrong clock dated into the future isn't the last one, and a line that was cut off is ended")
    func wrongClock() async throws {
        let workspace = try Workspace()
        let state = State()
        let server = try await app(state)
        let url = "http://127.0.0.1:\(server.port)"
        #expect(try await workspace.run("watch", url, "--once").status == 0)
        let manager = FileManager.default
        let folder = workspace.folder.appending(path: ".seaworthy/watch")
        let own = folder.appending(path: try #require(try manager.contentsOfDirectory(atPath: folder.path).first))
        let name = try #require(try manager.contentsOfDirectory(atPath: own.path).first { $0.hasSuffix(".json") })
        var record = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: own.appending(path: name))) as? [String: Any])
        record["startedAt"] = "2099-01-01T00:00:00Z"
        let checks = try #require(record["checks"] as? [[String: Any]])
        record["checks"] = checks.map { $0.merging(["outcome": "fails"]) { _, new in new } }
        try JSONSerialization.data(withJSONObject: record).write(to: own.appending(path: "2099-01-01T00-00-00Z-x.json"))
        let looks = own.appending(path: "looks.jsonl")
        try (Data(contentsOf: looks) + Data("{\"at\":17".utf8)).write(to: looks)
        state.isWorse.withLock { $0 = true }
        let run = try await workspace.run("watch", url, "--once")
        await server.stop()
        #expect(run.status == 1 && run.out.contains("turned red: headers.content-type-options"), "\(run.out)")
        let lines = try String(contentsOf: looks, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3 && lines.last?.hasPrefix("{\"at\":1") == true && lines.last?.hasSuffix("}") == true)
    }

    @Test("check --against last shows what turned red, check diff says the same of two files, and history lists them")
    func against() async throws {
        let workspace = try Workspace()
        let state = State()
        let server = try await app(state)
        let url = "http://127.0.0.1:\(server.port)"
        let words = ["check", url, "--timeout", "20", "--format", "json", "--output"]
        let first = try await workspace.start(words + ["a.json", "--against", "last"]).finish(within: .seconds(60))
        #expect(first.err.contains("no earlier run of \(url) is remembered"))
        state.isWorse.withLock { $0 = true }
        let second = try await workspace.start(words + ["b.json", "--against", "last"]).finish(within: .seconds(60))
        #expect(second.err.contains("Turned red (") && second.err.contains("headers.content-type-options"))
        #expect(try workspace.text("b.json").contains("\"trend\""))
        await server.stop()
        let diff = try await workspace.run("check", "diff", "a.json", "b.json")
        #expect(diff.status == 1 && diff.out.contains("Turned red ("), "\(diff.out) \(diff.err)")
        for line in diff.out.split(separator: "\n") { #expect(line.count <= 80) }
        #expect(try await workspace.run("check", "diff", "b.json", "b.json").status == 0)
        #expect(try await workspace.run("check", "diff", "b.json", "nothing.json").status == 66)
        try workspace.write("c.json", "{}")
        #expect(try await workspace.run("check", "diff", "b.json", "c.json").status == 65)
        let history = try await workspace.run("check", "history", url)
        #expect(history.status == 0 && history.out.split(separator: "\n").count == 3, "\(history.out)")
        #expect(try await workspace.run("check", "history", "http://127.0.0.1:1").status == 1)
    }

    @Test(
        "what can't be watched is said before anything is asked",
        arguments: [
            (["watch", "nonsense"], "is no http or https address"),
            (["watch", "http://192.0.2.1"], "--i-am-authorised"),
            (["watch", "http://127.0.0.1:1", "--every", "soon"], "--every: a time"),
            (["watch", "http://127.0.0.1:1", "--webhook", "http://192.0.2.1/"], "--webhook: an https address"),
        ])
    func usage(_ arguments: [String], _ said: String) async throws {
        let workspace = try Workspace()
        let run = try await workspace.start(arguments).finish(within: .seconds(20))
        #expect(run.status == 64 && run.err.contains(said), "\(run.err)")
    }
}
