import Foundation
import Synchronization
import TestKit
import Testing

@Suite("what is interrupted")
struct InterruptTests {
    @Test(
        "A check keeps what it saw at Ctrl-C, and when its pipeline gives up",
        arguments: [SIGINT, SIGTERM])
    func check(_ number: Int32) async throws {
        let asked = Mutex(0)
        // It answers for a while, then never again: the signal comes while a check waits.
        let server = try await RawUpstream.start { connection, _ in
            guard await connection.request(within: .seconds(10)) != nil else { return }
            if asked.withLock({
                $0 += 1
                return $0
            }) > 10 {
                try await Task.sleep(for: .seconds(60))
            }
            let body = "<html lang=en><title>app</title>hello"
            try await connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(body.utf8.count)\r\n"
                    + "Connection: close\r\n\r\n\(body)")
        }
        let workspace = try Workspace()
        let running = try workspace.start(["check", "http://127.0.0.1:\(server.port)"])
        try await running.wait("the app to hang") { asked.withLock { $0 } > 10 }
        running.signal(number)
        let run = try await running.finish(within: .seconds(30))
        #expect(run.status == 2 && !run.wasKilled, "\(run.status) \(run.err)")
        #expect(run.out.contains("Interrupted"), "\(run.out)")
        #expect(run.out.contains("headers.content-type-options"), "\(run.out)")
        await server.stop()
    }
}
