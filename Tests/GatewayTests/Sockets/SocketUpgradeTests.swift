import Foundation
import Identity
import Kernel
import Store
import TestKit
import Testing

@testable import Gateway

/// Who may open a WebSocket, over real sockets.
@Suite("Upgrades to a WebSocket", .serialized)
struct SocketUpgradeTests {
    /// What is shown at the upgrade.
    enum Proof: String, CaseIterable, Sendable { case nothing, cookie, bearer, apiKey, keyHeader, narrowKey }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var proof = Proof.cookie
        var target = "/members/live"
        /// nil: none is sent; `own`: the site's.
        var origin: String? = "own"
        var extra: [(String, String)] = []
        /// nil: it opens.
        var refusal: String?
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "a session's cookie with the site's own origin opens"),
        Row(
            name: "a cookie with another site's origin is refused", origin: "https://evil.example",
            refusal: "csrf.cross-origin"),
        Row(name: "a cookie with an opaque origin is refused", origin: "null", refusal: "csrf.null-origin"),
        Row(name: "a cookie without an origin is refused", origin: nil, refusal: "websocket.no-origin"),
        Row(
            name: "the browser's word that it is another site counts", origin: nil,
            extra: [("Sec-Fetch-Site", "cross-site")], refusal: "csrf.cross-site"),
        Row(
            name: "an app's cookie without an origin is refused", proof: .nothing, target: "/open/live", origin: nil,
            extra: [("Cookie", "appsession=1")], refusal: "websocket.no-origin"),
        Row(name: "nobody gets what asks for somebody", proof: .nothing, refusal: "sign-in.required"),
        Row(name: "anybody gets what is public", proof: .nothing, target: "/open/live", origin: nil),
        Row(name: "an access token opens, without an origin", proof: .bearer, origin: nil),
        Row(name: "an API key as a bearer opens", proof: .apiKey, origin: nil),
        Row(name: "an API key in its own field opens", proof: .keyHeader, origin: nil),
        Row(
            name: "a token opens from another site, where no cookie comes with it", proof: .bearer,
            origin: "https://spa.example"),
        Row(
            name: "a token from another site with the app's cookie is refused", proof: .bearer,
            origin: "https://evil.example", extra: [("Cookie", "appsession=1")], refusal: "csrf.cross-origin"),
        Row(name: "another role is refused", target: "/staff/live", refusal: "route-policy.role"),
        Row(name: "a lacking permission is refused", target: "/reports/live", refusal: "route-policy.permission"),
        Row(
            name: "a key's scopes hold", proof: .narrowKey, target: "/reports/live", origin: nil,
            refusal: "route-policy.scope"),
        Row(
            name: "a token that isn't good is refused", proof: .nothing, target: "/open/live", origin: nil,
            extra: [("Authorization", "Bearer swk_" + String(repeating: "A", count: 43))], refusal: "api-key.refused"),
    ]

    @Test("open to whom the route is open, by what is shown and from where")
    func decisions() async throws {
        try await SocketBench.run { bench in
            let session = try await bench.member()
            let tokens = try await bench.tokens()
            let (wide, narrow) = (try await bench.key(session), try await bench.key(session, scopes: "account.read"))
            for row in Self.rows {
                var fields = row.extra
                switch row.proof {
                case .nothing: break
                case .cookie: fields.append(SocketBench.cookie(session))
                case .bearer: fields.append(("Authorization", "Bearer \(tokens.access)"))
                case .apiKey: fields.append(("Authorization", "Bearer \(wide.key)"))
                case .keyHeader: fields.append(("X-API-Key", wide.key))
                case .narrowKey: fields.append(("X-API-Key", narrow.key))
                }
                if let origin = row.origin { fields.append(origin == "own" ? bench.origin : ("Origin", origin)) }
                let before = bench.app.sockets.count
                let (socket, head) = try await bench.open(row.target, fields)
                if let refusal = row.refusal {
                    #expect(socket == nil && head.contains(refusal), "\(row.name): \(head)")
                    #expect(bench.app.sockets.count == before, "\(row.name): the app was asked")
                    continue
                }
                let opened = try #require(socket, "\(row.name): \(head)")
                #expect(try await opened.echo(row.name) == row.name)
                let seen = try #require(bench.app.sockets.last?.request)
                #expect((seen.value("x-seaworthy-identity") != nil) == (row.proof != .nothing), "\(row.name)")
                #expect(seen.value("authorization") == nil && seen.value("x-api-key") == nil, "\(row.name)")
                #expect(seen.value("cookie")?.contains("seaworthy") != true, "\(row.name)")
                await opened.connection.close()
            }
        }
    }

    @Test(
        "observing lets the upgrade without an origin pass and says so; off says nothing",
        arguments: ["observe", "off"])
    func modes(mode: String) async throws {
        try await SocketBench.run(.sqlite, ["protection.websocket.mode=\(mode)"]) { bench in
            let session = try await bench.member()
            let socket = try await bench.socket("/members/live", [SocketBench.cookie(session)])
            await socket.connection.close()
            try await eventually {
                bench.running.gateway.flushLog()
                return bench.running.log.text.contains("/members/live")
            }
            #expect(bench.running.log.text.contains("websocket.no-origin") == (mode == "observe"))
        }
    }

    @Test(
        "a ticket opens one socket, by the query, and nothing of it reaches the app", arguments: DatabaseEngine.allCases
    )
    func query(engine: DatabaseEngine) async throws {
        try await SocketBench.run(engine) { bench in
            let session = try await bench.member()
            let ticket = try await bench.ticket(session: session)
            let target = "/members/live?a=1&seaworthy_ticket=\(ticket)&b=2"
            // From another site, as pages of a second origin do; without a cookie.
            let socket = try await bench.socket(target, [("Origin", "https://spa.example")])
            let seen = try #require(bench.app.sockets.first?.request)
            #expect(seen.target == "/members/live?a=1&b=2")
            #expect(seen.value("x-seaworthy-identity") != nil)
            #expect(!String(decoding: seen.headerLines.joined(), as: UTF8.self).contains(ticket))
            let (again, head) = try await bench.open(target)
            #expect(again == nil && head.contains("websocket.ticket"), "\(head)")
            await socket.connection.close()
            bench.running.gateway.flushLog()
            #expect(!bench.running.log.text.contains(ticket))
        }
    }

    @Test(
        "a ticket opens one socket by a subprotocol, of which the app sees only its own, and a browser gets an answer")
    func subprotocol() async throws {
        try await SocketBench.run { bench in
            let session = try await bench.member()
            for (offered, chosen) in [("", "seaworthy.ticket"), ("chat", "chat")] {
                let ticket = try await bench.ticket(session: session)
                let line = ["seaworthy.ticket", ticket, offered].filter { !$0.isEmpty }.joined(separator: ", ")
                let (socket, head) = try await bench.open("/members/live", [("Sec-WebSocket-Protocol", line)])
                #expect(try await socket?.echo("x") == "x", "\(head)")
                #expect(head.lowercased().contains("sec-websocket-protocol: \(chosen)\r\n"), "\(head)")
                #expect(!head.contains(ticket))
                #expect((bench.app.sockets.last?.request.value("sec-websocket-protocol") ?? "") == offered)
                await socket?.connection.close()
            }
        }
    }

    @Test("a ticket gives no more than what it was made with, and nothing once that has ended")
    func bound() async throws {
        try await SocketBench.run { bench in
            let session = try await bench.member()
            let key = try await bench.key(session, scopes: "account.read")
            let narrow = try await bench.ticket(bearer: key.key)
            let (none, scope) = try await bench.open("/reports/live?seaworthy_ticket=\(narrow)")
            #expect(none == nil && scope.contains("route-policy.scope"), "\(scope)")
            let late = try await bench.ticket(session: session)
            #expect(try await bench.running.post("/sign-out", [:], session: session).status < 400)
            let (dead, head) = try await bench.open("/members/live?seaworthy_ticket=\(late)")
            #expect(dead == nil && head.contains("websocket.ticket"), "\(head)")
            #expect(bench.app.sockets.isEmpty)
        }
    }

    @Test(
        "what isn't one good ticket is refused, whatever else comes with it",
        arguments: [
            "", "swt_", "x", "swt_" + String(repeating: "A", count: 43), "swt_%00", String(repeating: "A", count: 3000),
        ])
    func badTickets(text: String) async throws {
        try await SocketBench.run { bench in
            let session = try await bench.member()
            for target in [
                "/open/live?seaworthy_ticket=\(text)",
                "/open/live?seaworthy_ticket=\(text)&seaworthy_ticket=\(text)",
            ] {
                let (socket, head) = try await bench.open(target, [SocketBench.cookie(session), bench.origin])
                #expect(socket == nil && (head.contains("websocket.ticket") || head.hasPrefix("HTTP/1.1 4")), "\(head)")
            }
            #expect(bench.app.sockets.isEmpty)
        }
    }

    @Test("nobody gets a ticket without being signed in, and no other site's page gets one")
    func issuing() async throws {
        try await SocketBench.run { bench in
            let session = try await bench.member()
            #expect(try await bench.running.post("/socket-ticket", [:]).status == 401)
            let bare = try await bench.running.ask("POST", "/seaworthy/socket-ticket", [SocketBench.cookie(session)])
            #expect(bare.status == 403 && bare.text.contains("csrf"), "\(bare.text)")
            let bad = try await bench.running.ask(
                "POST", "/seaworthy/socket-ticket",
                [("Authorization", "Bearer swk_" + String(repeating: "A", count: 43))])
            #expect(bad.status == 401)
        }
    }
}
