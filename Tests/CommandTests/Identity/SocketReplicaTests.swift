import Foundation
import Store
import TestKit
import Testing

/// Open WebSockets of one process, ended by what happens in another.
@Suite("WebSockets of two replicas", .serialized)
struct SocketReplicaTests {
    private static let yaml = """
        environment: development
        mode: enforce
        secret-key: Vx7Qm2pL9sKd4TzRb8WnYc3HgJf6AeUo
        identity.sign-in: own
        identity.password.cost: 4
        limits.drain: 1s
        protection.rate-limit.mode: off
        routes:
          - { path: /members/**, access: signed-in }
          - { path: /staff/**, access: "role:operator" }

        """

    @Test("end within a second of what another replica or the command line did")
    func replicas() async throws {
        let workspace = try Workspace()
        try workspace.write("seaworthy.yaml", Self.yaml)
        let app = try await SocketApp.start()
        let address = try await workspace.migrated(.postgres)
        func replica() throws -> Running {
            try workspace.start(
                ["serve", "--upstream", "http://127.0.0.1:\(app.port)", "--database", address] + ServeTests.anyPort)
        }
        let processes = [try replica(), try replica()]
        let (here, there) = (try await Visitor(processes[0]), try await Visitor(processes[1]))
        let member = try await there.account("member@example.com", workspace, address)
        let operating = try await there.account("operator@example.com", workspace, address, role: "operator")
        let leaving = try await there.account("leaving@example.com", workspace, address)

        func open(_ target: String, _ session: String) async throws -> RawSocket {
            var seen = ""
            // What the other replica began counts here within a moment.
            for _ in 0..<100 {
                let (socket, head) = try await RawSocket.open(
                    port: here.port, target,
                    [("Cookie", "seaworthy-session=\(session)"), ("Origin", "http://127.0.0.1:\(here.port)")])
                if let socket {
                    #expect(try await socket.echo("x") == "x")
                    return socket
                }
                seen = head
                try await Task.sleep(for: .milliseconds(50))
            }
            throw Running.TimedOut(description: "no socket: \(seen)")
        }
        let sockets = [
            try await open("/members/live", member), try await open("/staff/live", operating),
            try await open("/members/live", leaving),
        ]
        #expect(try await there.post("/sign-out", [:], session: member).status < 400)
        let signedOut = await sockets[0].closeFrame()
        #expect(signedOut?.closeCode == 1008 && signedOut?.closeText == "websocket.session-over")
        #expect(
            try await workspace.run("user", "set-role", "operator@example.com", "person", "--database", address).status
                == 0)
        let demoted = await sockets[1].closeFrame()
        #expect(demoted?.closeCode == 1008 && demoted?.closeText == "websocket.access-lost")
        #expect(try await sockets[2].echo("still here") == "still here")
        let disabled = try await workspace.run(
            "user", "disable", "leaving@example.com", "--reason", "a test", "--database", address)
        #expect(disabled.status == 0, "\(disabled.err)")
        #expect(await sockets[2].closeFrame()?.closeText == "websocket.session-over")
        // Both sides, on a frame's boundary.
        try await processes[0].wait("the app to be told") { app.sockets.allSatisfy { $0.closeCode == 1008 } }
        // A ticket of one replica is good at the other, once.
        let again = try await there.post("/sign-in", ["email": "member@example.com", "password": Visitor.password])
        let session = try #require(Visitor.cookie("seaworthy-session", again), "\(again.text)")
        _ = try await open("/members/live", session)
        let ticket = try Visitor.member("ticket", try await there.post("/socket-ticket", [:], session: session))
        let (ticketed, head) = try await RawSocket.open(port: here.port, "/members/live?seaworthy_ticket=\(ticket)")
        #expect(try await ticketed?.echo("t") == "t", "\(head)")
        #expect(try await RawSocket.open(port: there.port, "/members/live?seaworthy_ticket=\(ticket)").socket == nil)
        for process in processes { process.signal(SIGTERM) }
        for process in processes { #expect(try await process.finish(within: .seconds(20)).status == 0) }
        await app.stop()
    }
}
