import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Egress
@testable import Identity

@Suite("Many who sign in at a provider at once")
struct ProviderRaceTests {
    @Test("an answer that 32 show at a time signs in once", arguments: DatabaseEngine.allCases)
    func state(_ engine: DatabaseEngine) async throws {
        try await ProviderVisit.with(engine) { visit in
            let start = try await visit.flows.beginSignIn(at: "idp", returnTo: "/", browser: nil, caller: nil)
            let answer = visit.provider.authorize(start.location)
            let reasons = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        await visit.fixture.refusal {
                            _ = try await visit.flows.finish(
                                at: "idp", answer: answer, browser: start.browser, caller: nil,
                                from: IdentityFixture.client())
                        }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(reasons.count { $0 == nil } == 1 && reasons.count { $0 == "sign-in.state" } == 31)
            #expect(visit.provider.calls.count { $0.hasSuffix("/token") } == 1)
        }
    }

    @Test("the first sign-in of one person, 32 at a time, makes one account", arguments: DatabaseEngine.allCases)
    func first(_ engine: DatabaseEngine) async throws {
        try await ProviderVisit.with(engine) { visit in
            let accounts = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<32 { group.addTask { try await visit.signIn().account.id } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(accounts.count == 1)
            #expect(try await visit.count("accounts") == 1)
            #expect(try await visit.count("linked_identities") == 1)
            #expect(try await visit.count("sessions") == 32)
            let created = try await visit.fixture.events().count { $0 == "account.created" || $0 == "identity.linked" }
            #expect(created == 2)
        }
    }

    @Test("of 32 who link one identity, one account gets it", arguments: DatabaseEngine.allCases)
    func link(_ engine: DatabaseEngine) async throws {
        try await ProviderVisit.with(engine) { visit in
            var callers: [SignedIn] = []
            for number in 0..<32 {
                let begun = try await visit.fixture.person("person-\(number)@example.com")
                callers.append(try #require(visit.fixture.caller(begun)))
            }
            let reasons = await withTaskGroup(of: String?.self) { group in
                for caller in callers {
                    group.addTask { await visit.fixture.refusal { try await visit.link(caller) } }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(reasons.count { $0 == nil } == 1 && reasons.count { $0 == "identity.linked-elsewhere" } == 31)
        }
    }

    @Test("of two identities that 32 take off at a time, the last stays", arguments: DatabaseEngine.allCases)
    func unlink(_ engine: DatabaseEngine) async throws {
        try await ProviderVisit.with(engine) { visit in
            let caller = try #require(visit.fixture.caller(try await visit.signIn()))
            visit.provider.script { $0.subject = "subject-2" }
            try await visit.link(caller)
            let ids = try await visit.flows.identities(of: caller).entries.map(\.id)
            #expect(ids.count == 2)
            let reasons = await withTaskGroup(of: String?.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        await visit.fixture.refusal {
                            try await visit.flows.unlink(
                                identity: ids[number % 2], by: caller, from: IdentityFixture.client())
                        }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(reasons.count { $0 == nil } == 1, "\(reasons)")
            #expect(try await visit.count("linked_identities") == 1)
        }
    }
}
