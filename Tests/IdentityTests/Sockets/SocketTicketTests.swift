import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Tickets for WebSockets")
struct SocketTicketTests {
    private func ticket(_ fixture: IdentityFixture, _ caller: SignedIn) async throws -> String {
        try await fixture.flows.socketTicket(for: caller).ticket.reveal()
    }

    private func hash(_ ticket: String) throws -> String { try #require(SocketTicket.key(of: ticket)) }

    @Test("one ticket opens one socket, however many show it at once", arguments: DatabaseEngine.allCases)
    func race(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let begun = try await fixture.person("owner@example.com")
            let caller = try #require(fixture.caller(begun))
            for _ in 0..<3 {
                let hash = try hash(try await ticket(fixture, caller))
                let holders = try await AtOnce.run { _ in try await fixture.service.takeTicket(hash) }
                #expect(holders.count >= 32 && holders.compactMap(\.self).count == 1)
                #expect(holders.compactMap(\.self).first?.key == begun.sessionKey)
            }
        }
    }

    @Test("it is good for thirty seconds, and swept after them", arguments: DatabaseEngine.allCases)
    func expiry(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let (first, second) = (
                try hash(try await ticket(fixture, caller)), try hash(try await ticket(fixture, caller))
            )
            fixture.clock.advance(by: .milliseconds(29_900))
            #expect(try await fixture.service.takeTicket(first) != nil)
            fixture.clock.advance(by: .milliseconds(100))
            #expect(try await fixture.service.takeTicket(second) == nil)
            fixture.clock.advance(by: .milliseconds(100))
            _ = try await IdentityUpkeep(
                database: fixture.database, clock: fixture.clock, settings: fixture.flows.settings
            ).sweep()
            let left = try await fixture.database.read("test") {
                try $0.value("SELECT count(*) FROM socket_tickets", as: Int.self)
            }
            #expect(left == 0)
        }
    }

    @Test(
        "the database has no ticket that could be used, and a deleted account leaves none",
        arguments: DatabaseEngine.allCases)
    func kept(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let ticket = try await ticket(fixture, caller)
            #expect(!(try await fixture.everything()).contains(ticket))
            _ = try await fixture.administration.delete("owner@example.com", reason: "a test")
            #expect(try await fixture.service.takeTicket(try hash(ticket)) == nil)
        }
    }

    @Test(
        "a socket's caller is over with the session's idle time, its absolute time, or the token's; messages are a use")
    func standing() async throws {
        try await IdentityFixture.with { fixture in
            let settings = fixture.flows.settings
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            func holder(_ kind: SignedIn.Credential, until: Timestamp? = nil) -> SocketHolder {
                SocketHolder(kind: kind, key: caller.sessionKey, account: caller.account, until: until)
            }
            let socket = fixture.service.socketCaller(
                holder(.session), in: nil, idle: settings.idle, roles: settings.roles)
            let short = fixture.service.socketCaller(
                holder(.session, until: fixture.clock.now().advanced(by: .seconds(60))), in: nil, idle: settings.idle,
                roles: settings.roles)
            func isSignedIn(_ socket: SocketCaller, _ isInUse: Bool) -> Bool {
                if case .signedIn = socket.standing(isInUse) { true } else { false }
            }
            #expect(isSignedIn(socket, false) && isSignedIn(short, false))
            fixture.clock.advance(by: .seconds(60))
            #expect(short.standing(false) == .over)
            // Being asked is no use of the session, a message is.
            fixture.clock.advance(by: settings.idle - .seconds(61))
            #expect(isSignedIn(socket, true))
            fixture.clock.advance(by: settings.idle - .seconds(1))
            #expect(isSignedIn(socket, false))
            fixture.clock.advance(by: .seconds(1))
            #expect(socket.standing(false) == .over)
        }
    }

    @Test("its absolute time ends it however much it is used")
    func absolute() async throws {
        try await IdentityFixture.with { fixture in
            let settings = fixture.flows.settings
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let socket = fixture.service.socketCaller(
                SocketHolder(kind: .session, key: caller.sessionKey, account: caller.account, until: nil),
                in: nil, idle: settings.idle, roles: settings.roles)
            var left = settings.absolute
            while left > .seconds(600) {
                fixture.clock.advance(by: .seconds(600))
                left -= .seconds(600)
                if case .signedIn = socket.standing(true) { continue }
                Issue.record("over with \(left) left")
                return
            }
            fixture.clock.advance(by: left)
            #expect(socket.standing(true) == .over)
        }
    }

    private static let good = "swt_" + String(repeating: "a", count: 43)

    @Test(
        "is taken out of the target and of the subprotocols, and the rest stays as it was",
        arguments: [
            ("/x?seaworthy_ticket=\(good)", [], "/x", []),
            ("/x?a=%20&seaworthy_ticket=\(good)&b", [], "/x?a=%20&b", []),
            ("/x?b=1", ["chat, \(good)", "v2"], "/x?b=1", ["chat", "v2"]),
            ("/x", ["seaworthy.ticket,\(good)"], "/x", []),
        ] as [(String, [String], String, [String])])
    func taken(target: String, protocols: [String], rest: String, kept: [String]) throws {
        let ticket = try #require(SocketTicket(target: target, protocols: protocols))
        #expect(ticket.hash == SocketTicket.key(of: Self.good))
        #expect(ticket.target == rest && ticket.protocols == kept)
    }

    @Test(
        "where there is none, nothing is taken",
        arguments: [("/x", []), ("/x?ticket=1", ["chat"]), ("/seaworthy_ticket=1", ["seaworthy.ticket"])]
            as [(
                String, [String]
            )])
    func none(target: String, protocols: [String]) {
        #expect(SocketTicket(target: target, protocols: protocols) == nil)
    }

    @Test(
        "more than one, or what can't be one, is no good and stands nowhere afterwards",
        arguments: [
            ("/x?seaworthy_ticket=\(good)&seaworthy_ticket=\(good)", []), ("/x?seaworthy_ticket=\(good)", [good]),
            ("/x?seaworthy_ticket=", []), ("/x?seaworthy_ticket", []), ("/x", ["swt_"]),
        ] as [(String, [String])])
    func bad(target: String, protocols: [String]) throws {
        let ticket = try #require(SocketTicket(target: target, protocols: protocols))
        #expect(ticket.hash == nil)
        #expect(ticket.target == "/x" && ticket.protocols.isEmpty)
    }
}
