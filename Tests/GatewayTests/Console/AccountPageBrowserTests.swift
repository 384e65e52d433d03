import Foundation
import HTTPTypes
import Identity
import Store
import TestKit
import Testing

@testable import Gateway

@Suite("The account pages in a real browser", .serialized)
struct AccountPageBrowserTests {
    @Test("have nothing that axe objects to and don't scroll sideways, signed in or not, at 1280 and 390 pixels")
    func pages() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["email.from=desk@example.com"]) { console in
            try await console.account("root@example.com", role: "administrator")
            let paths = IdentityRoutes.list.filter {
                $0.method == .get && $0.isUnderPrefix && !$0.path.contains(":")
            }.map { $0.path(under: "/seaworthy") }
            #expect(paths.count > 8)
            try await Self.projects(console)
            let shots = ProcessInfo.processInfo.environment["CONSOLE_SHOTS"] ?? ""
            let more = ["/seaworthy/projects/members?project=apollo", "/seaworthy/projects?all=true"]
            let lines = try await ConsoleBrowserTests.browse(
                "account", console,
                [
                    "shots": shots,
                    "paths": paths + more + ["/seaworthy/problems", "/seaworthy/problems/csrf.cross-site"],
                ])
            let seen = lines.filter { $0["page"] != nil }
            #expect(seen.count > 34, "pages were left out: \(seen.count)")
            #expect(seen.contains { ($0["page"] as? String)?.hasPrefix(more[0]) == true })
            for line in seen {
                let name = "\(line["page"] ?? "") at \(line["width"] ?? "") \(line["scheme"] ?? "")"
                #expect((line["axe"] as? [String])?.isEmpty == true, "\(name): \(line["axe"] ?? "")")
                #expect(line["sideways"] as? Int == 0, "\(name) scrolls sideways")
            }
        }
    }

    /// A project of the administrator's with members, an open invitation, and another that is archived.
    private static func projects(_ console: ConsoleUnderTest) async throws {
        let administration = try console.administration()
        let roles = console.gateway.configuration.identity.roles
        _ = try await administration.createProject(named: "Apollo", slug: "apollo", owner: "root@example.com")
        for (email, role) in [
            ("ann@example.com", "member"), ("somebody.with.a.long.address@a-long-domain.example.com", "owner"),
        ] {
            try await console.account(email, role: "person")
            try await administration.addMember(email, as: role, to: "apollo", roles: roles)
        }
        _ = try await administration.createProject(named: "Gemini", slug: "gemini", owner: "root@example.com")
        try await administration.archiveProject("gemini")
    }

    @Test("projects are made, shared and left by keyboard alone, with the focus always to be seen")
    func keyboard() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["email.from=desk@example.com"]) { console in
            try await console.account("root@example.com", role: "administrator")
            try await Self.projects(console)
            let lines = try await ConsoleBrowserTests.browse("projects", console)
            let unseen = lines.first { $0["unseen"] != nil }?["unseen"] as? [Any]
            #expect(unseen?.isEmpty == true, "\(unseen ?? [])")
            let administration = try console.administration()
            #expect(try await administration.projects(matching: "by keyboard").count == 1)
            let members = try await administration.members(ofProject: "apollo")
            #expect(members.contains { $0.email == "ann@example.com" && $0.role == "owner" })
            let invited = try await console.database.read("test") { db in
                try db.value("SELECT role FROM project_invitations WHERE email = 'new@example.com'", as: String.self)
            }
            #expect(invited == "owner")
        }
    }
}
