import Foundation
import Identity
import Kernel
import Store
import TestKit
import Testing

@testable import Gateway

/// A gateway with accounts in front of an app with WebSockets.
struct SocketBench {
    let running: GatewayWithAccounts
    let app: SocketApp

    static func run(
        _ engine: DatabaseEngine = .sqlite, _ sets: [String] = [], mode: String = "enforce",
        _ work: (SocketBench) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory("sockets")
        defer { directory.remove() }
        let app = try await SocketApp.start()
        let address = try TestDatabase.address(engine, in: directory)
        do {
            try await GatewayWithAccounts.run(
                [
                    "upstream=http://127.0.0.1:\(app.port)", "database=\(address)",
                    "secret-key=Vx7Qm2pL9sKd4TzRb8WnYc3HgJf6AeUo",
                ] + sets, mode: mode
            ) { try await work(SocketBench(running: $0, app: app)) }
        } catch {
            await app.stop()
            throw error
        }
        await app.stop()
    }

    var origin: (String, String) { ("Origin", "http://127.0.0.1:\(running.port)") }
    static func cookie(_ session: String) -> (String, String) { ("Cookie", "seaworthy-session=\(session)") }

    func open(
        _ target: String = "/members/live", _ fields: [(String, String)] = []
    ) async throws -> (socket: RawSocket?, head: String) {
        try await RawSocket.open(port: running.port, target, fields)
    }

    /// A socket that must open, and does carry something.
    func socket(_ target: String = "/members/live", _ fields: [(String, String)] = []) async throws -> RawSocket {
        let (socket, head) = try await open(target, fields)
        let opened = try #require(socket, "\(head)")
        #expect(try await opened.echo("hello") == "hello")
        return opened
    }

    /// A member: their account's address, and a session.
    func member(_ email: String = "person@example.com", role: String = "person") async throws -> String {
        let link = try await running.administration().add(email, role: role, ownPrefix: "/seaworthy")
        let token = try #require(link.path.reveal().split(separator: "=").last.map(String.init))
        let answer = try await running.post("/choose", ["token": token, "password": GatewayWithAccounts.password])
        return try #require(GatewayWithAccounts.cookies(answer)["seaworthy-session"], "\(answer.text)")
    }

    func signIn(_ email: String = "person@example.com") async throws -> String {
        let answer = try await running.post(
            "/sign-in", ["email": email, "password": GatewayWithAccounts.password])
        return try #require(GatewayWithAccounts.cookies(answer)["seaworthy-session"], "\(answer.text)")
    }

    struct Tokens: Decodable {
        let access: String
        let refresh: String
        private enum CodingKeys: String, CodingKey {
            case access = "access_token"
            case refresh = "refresh_token"
        }
    }

    func tokens(_ email: String = "person@example.com") async throws -> Tokens {
        let body = "{\"email\":\"\(email)\",\"password\":\"\(GatewayWithAccounts.password)\",\"tokens\":true}"
        let answer = try await running.ask(
            "POST", "/seaworthy/sign-in", [("Content-Type", "application/json"), ("Accept", "application/json")],
            body: Array(body.utf8))
        return try JSONDecoder().decode(Tokens.self, from: Data(answer.body))
    }

    struct Key: Decodable { let key, id: String }
    func key(_ session: String, scopes: String = "") async throws -> Key {
        let answer = try await running.post(
            "/keys", ["name": "x", "scopes": scopes, "current": GatewayWithAccounts.password], session: session)
        return try JSONDecoder().decode(Key.self, from: Data(answer.body))
    }

    private struct Ticket: Decodable {
        let ticket: String
        let seconds: Int
        private enum CodingKeys: String, CodingKey {
            case ticket
            case seconds = "expires_in"
        }
    }

    /// A ticket for a session, or for a bearer's credential.
    func ticket(session: String? = nil, bearer: String? = nil) async throws -> String {
        let answer =
            if let bearer {
                try await running.ask("POST", "/seaworthy/socket-ticket", [("Authorization", "Bearer \(bearer)")])
            } else {
                try await running.post("/socket-ticket", [:], session: session)
            }
        let ticket = try JSONDecoder().decode(Ticket.self, from: Data(answer.body))
        #expect(answer.status == 200 && ticket.seconds == 30 && answer.value("cache-control") == "no-store")
        return ticket.ticket
    }

    /// That the gateway ends an open socket: close frames with 1008 and the reason, to both sides.
    func ends(
        _ socket: RawSocket, _ reason: String, code: Int = 1008, number: Int = 0,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let frame = await socket.closeFrame()
        #expect(
            frame?.closeCode == code && frame?.closeText == reason, "\(String(describing: frame))",
            sourceLocation: location)
        try await eventually { app.sockets[number].isOver }
        #expect(
            app.sockets[number].closeCode == code && app.sockets[number].closeText == reason,
            "\(app.sockets[number])", sourceLocation: location)
        let rest = await socket.connection.receiveToEnd(within: .seconds(10))
        #expect(rest.isClosed, sourceLocation: location)
    }
}
