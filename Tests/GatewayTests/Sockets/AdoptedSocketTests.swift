import Foundation
import Identity
import Kernel
import Observability
import Store
import TestKit
import Testing

@testable import Gateway

/// WebSockets of an app that has a login of its own, guarded.
@Suite("WebSockets of the app's own sessions", .serialized)
struct AdoptedSocketTests {
    private struct Adopted {
        let gateway: RunningGateway
        let port: Int
        let app: SocketApp

        func ask(_ method: String, _ target: String, _ fields: [(String, String)] = [], body: String = "") async throws
            -> RawResponse
        {
            let connection = try await RawConnection.open(port: port)
            var text = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nOrigin: http://127.0.0.1:\(port)\r\n"
            for (name, value) in fields { text += "\(name): \(value)\r\n" }
            if method == "POST" {
                text += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n"
            }
            try await connection.send(text + "\r\n" + body)
            let response = await connection.response(to: method, within: .seconds(20))
            await connection.close()
            return try #require(response)
        }

        /// The `Cookie` line of a browser that has signed in over the app's form.
        func signIn() async throws -> String {
            let answer = try await ask("POST", "/login", body: "username=alice&password=opensesame")
            #expect(answer.status == 303, "\(answer.text)")
            let cookies = GatewayWithAccounts.cookies(answer)
            #expect(cookies["appsession"]?.hasPrefix("swa1.") == true)
            return cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        }

        func open(_ cookies: String) async throws -> (socket: RawSocket?, head: String) {
            try await RawSocket.open(
                port: port, "/live", [("Cookie", cookies), ("Origin", "http://127.0.0.1:\(port)")])
        }
    }

    private static func run(_ engine: DatabaseEngine, _ work: (Adopted) async throws -> Void) async throws {
        let directory = try TemporaryDirectory("adopted-sockets")
        defer { directory.remove() }
        let app = try await SocketApp.start()
        let configuration = try GatewayConfiguration.load(
            ConfigurationSources(sets: [
                "upstream=http://127.0.0.1:\(app.port)", "listen=127.0.0.1:0", "operator=127.0.0.1:0", "threads=1",
                "environment=development", "mode=enforce", "worker=none",
                "database=\(try TestDatabase.address(engine, in: directory))", "protection.rate-limit.mode=off",
                "identity.sign-in=adopt", "secret-key=Vx7Qm2pL9sKd4TzRb8WnYc3HgJf6AeUo",
                "identity.adopt.login-path=[/login]", "identity.adopt.logout-path=[/logout]",
                "identity.adopt.session-cookie=[appsession]", "identity.password.cost=4",
            ])
        ).configuration
        let gateway = try await RunningGateway.start(configuration, log: .handler { _ in })
        do {
            guard let door = gateway.doors.first(where: { $0.isPublic }), case .tcp(_, let port) = door.address else {
                throw CancellationError()
            }
            try await work(Adopted(gateway: gateway, port: port, app: app))
        } catch {
            await gateway.stop()
            await app.stop()
            throw error
        }
        await gateway.stop()
        await app.stop()
    }

    @Test("end when the person signs out over the app's own form, and no others do", arguments: DatabaseEngine.allCases)
    func signOut(engine: DatabaseEngine) async throws {
        try await Self.run(engine) { adopted in
            let (mine, other) = (try await adopted.signIn(), try await adopted.signIn())
            let (first, head) = try await adopted.open(mine)
            let socket = try #require(first, "\(head)")
            let stays = try #require(try await adopted.open(other).socket)
            #expect(try await socket.echo("x") == "x")
            #expect(try await stays.echo("y") == "y")
            // The app sees its own cookie, and none of ours.
            let line = adopted.app.sockets.first?.request.value("cookie") ?? ""
            #expect(line.contains("appsession=of-the-app") && !line.contains("seaworthy"), "\(line)")
            #expect(try await adopted.ask("POST", "/logout", [("Cookie", mine)]).status == 303)
            let frame = await socket.closeFrame()
            #expect(frame?.closeCode == 1008 && frame?.closeText == "websocket.session-over")
            try await eventually { adopted.app.sockets.first?.closeCode == 1008 }
            #expect(try await stays.echo("still") == "still")
        }
    }

    @Test("are refused to a cookie that doesn't say where it comes from, and to another site's page")
    func origins() async throws {
        try await Self.run(.sqlite) { adopted in
            let cookies = try await adopted.signIn()
            let (bare, none) = try await RawSocket.open(port: adopted.port, "/live", [("Cookie", cookies)])
            #expect(bare == nil && none.contains("websocket.no-origin"), "\(none)")
            let (evil, head) = try await RawSocket.open(
                port: adopted.port, "/live", [("Cookie", cookies), ("Origin", "https://evil.example")])
            #expect(evil == nil && head.contains("csrf.cross-origin"), "\(head)")
            #expect(adopted.app.sockets.isEmpty)
        }
    }
}
