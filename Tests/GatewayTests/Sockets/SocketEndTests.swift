import Foundation
import Identity
import Kernel
import Store
import TestKit
import Testing

@testable import Gateway

/// Open WebSockets end with the right to them, on both engines.
@Suite("Open WebSockets", .serialized)
struct SocketEndTests {
    /// What ends the right, and the reason in the close frames.
    enum Act: String, CaseIterable, Sendable {
        case signOut = "signing out"
        case revoked = "another session that revokes it"
        case everywhere = "signing out everywhere"
        case password = "a changed password"
        case disabled = "a disabled account"
        case deleted = "a deleted account"
        case role = "a lost role"
        case permission = "a lost permission"
        case tokenRevoked = "a revoked access token's sign-in"
        case keyRevoked = "a revoked API key"
        case ticketsSession = "the end of the session behind a ticket"
    }

    @Test(
        "end with 1008 on both sides, at once, by whatever ends the right to them", arguments: DatabaseEngine.allCases)
    func acts(engine: DatabaseEngine) async throws {
        try await SocketBench.run(engine) { bench in
            for (number, act) in Act.allCases.enumerated() {
                let email = "p\(number)@example.com"
                let role = act == .role || act == .permission ? "auditor" : "person"
                let session = try await bench.member(email, role: role)
                let (socket, secret) = try await open(act, session, email, bench)
                try await perform(act, session, email, secret, bench)
                let reason = act == .role || act == .permission ? "websocket.access-lost" : "websocket.session-over"
                try await bench.ends(socket, reason, number: number)
            }
            try await eventually {
                bench.running.gateway.flushLog()
                return bench.running.log.text.contains("websocket.access-lost")
            }
            #expect(bench.running.log.text.contains("websocket.session-over"))
        }
    }

    /// A socket, and the secret that is revoked.
    private func open(
        _ act: Act, _ session: String, _ email: String, _ bench: SocketBench
    ) async throws -> (RawSocket, String) {
        let cookie = [SocketBench.cookie(session), bench.origin]
        switch act {
        case .role: return (try await bench.socket("/auditors/live", cookie), "")
        case .permission: return (try await bench.socket("/reports/live", cookie), "")
        case .tokenRevoked:
            let tokens = try await bench.tokens(email)
            let bearer = ("Authorization", "Bearer \(tokens.access)")
            return (try await bench.socket("/members/live", [bearer]), tokens.refresh)
        case .keyRevoked:
            let key = try await bench.key(session)
            return (try await bench.socket("/members/live", [("X-API-Key", key.key)]), key.key)
        case .ticketsSession:
            let ticket = try await bench.ticket(session: session)
            return (try await bench.socket("/members/live?seaworthy_ticket=\(ticket)"), "")
        default: return (try await bench.socket("/members/live", cookie), "")
        }
    }

    private func perform(_ act: Act, _ session: String, _ email: String, _ secret: String, _ bench: SocketBench)
        async throws
    {
        let running = bench.running
        switch act {
        case .signOut, .ticketsSession:
            #expect(try await running.post("/sign-out", [:], session: session).status < 400)
        case .revoked:
            let other = try await bench.signIn(email)
            let answer = try await running.post("/sessions/revoke-all", ["keep-current": "true"], session: other)
            #expect(answer.status < 400, "\(answer.text)")
        case .everywhere:
            #expect(try await running.post("/sessions/revoke-all", [:], session: session).status < 400)
        case .password:
            let other = try await bench.signIn(email)
            let answer = try await running.post(
                "/account/password",
                ["current": GatewayWithAccounts.password, "password": "another horse battery staple"], session: other)
            #expect(answer.status < 400, "\(answer.text)")
        case .disabled: _ = try await running.administration().disable(email, reason: "a test")
        case .deleted: _ = try await running.administration().delete(email, reason: "a test")
        case .role, .permission: try await running.administration().setRole(email, to: "person")
        case .tokenRevoked, .keyRevoked:
            let body = "{\"token\":\"\(secret)\"}"
            let answer = try await running.ask(
                "POST", "/seaworthy/revoke", [("Content-Type", "application/json")], body: Array(body.utf8))
            #expect(answer.status == 200, "\(answer.text)")
        }
    }

    @Test("end with their caller's place in the route's project", arguments: DatabaseEngine.allCases)
    func projects(engine: DatabaseEngine) async throws {
        let route = "routes=[{path: '/projects/{project}/**', access: project-member}]"
        try await SocketBench.run(engine, [route]) { bench in
            _ = try await bench.member("owner@example.com")
            let session = try await bench.member()
            let administration = try bench.running.administration()
            _ = try await administration.createProject(named: "acme", slug: "acme", owner: "owner@example.com")
            try await administration.addMember(
                "person@example.com", as: "member", to: "acme",
                roles: bench.running.gateway.configuration.identity.roles)
            let fields = [SocketBench.cookie(session), bench.origin]
            try await eventually { try await bench.open("/projects/acme/live", fields).socket != nil }
            let socket = try await bench.socket("/projects/acme/live", fields)
            #expect(try await bench.open("/projects/other/live", fields).head.contains(" 404 "))
            try await administration.removeMember("person@example.com", from: "acme")
            try await bench.ends(socket, "websocket.access-lost", number: 1)
        }
    }
}
