import Foundation
import HTTPTypes
import Identity
import Kernel
import TestKit
import Testing

@testable import Gateway

/// The columns of `OwnRouteAccessTests` for routes that name a project: who gets where in one that there is.
@Suite("Every route of ours that names a project", .serialized)
struct ProjectAccessTests {
    enum Who: String, CaseIterable {
        case anonymous, stranger, other, member, editor, owner, operating, administrator, narrowKey, accountKey, wideKey
    }

    /// What is sent besides the project: right in form, and with no effect where that is possible.
    static let fields: [String: [String: String]] = [
        "GET /projects/members": [:],
        "POST /projects/rename": ["name": "acme"],
        "POST /projects/archive": [:],
        "POST /projects/restore": [:],
        "POST /projects/delete": ["confirm": "not the slug"],
        "POST /projects/leave": [:],
        "POST /projects/members/invite": ["email": "new@example.com", "role": "member"],
        "POST /projects/members/add": ["email": "nobody@example.com", "role": "member"],
        "POST /projects/members/role": ["member": "nobody", "role": "member"],
        "POST /projects/members/remove": ["member": "nobody"],
        "POST /projects/invitations/withdraw": ["invitation": "none"],
    ]

    /// For anonymous, a stranger, another project's owner, a member, an editor, the owner, an operator, an administrator (who is no
    /// member), and API keys of the owner: for `account.read`, for that and `account.write`, and for everything.
    static let table: [String: [String]] = [
        "GET /projects/members": row(
            "200", "200", "200", operating: "404 identity.project-unknown", administrator: "200",
            narrow: "403 identity.project-permission",
            account: "403 identity.project-permission"),
        "POST /projects/rename": row(noPermission, noPermission, "204"),
        "POST /projects/archive": row(noPermission, noPermission, "204"),
        "POST /projects/restore": row(noPermission, noPermission, "204"),
        "POST /projects/delete": row(
            noPermission, noPermission, "422 identity.input", narrow: "403 identity.needs-session",
            account: "403 identity.needs-session", wide: "403 identity.needs-session"),
        "POST /projects/leave": row(
            "204", "204", "409 identity.project-last-owner", administrator: "404 identity.project-no-such-member",
            account: "409 identity.project-last-owner"),
        "POST /projects/members/invite": row(noPermission, noPermission, "202"),
        // Only for whoever manages all projects: it says who has an account.
        "POST /projects/members/add": row(
            noPermission, noPermission, noPermission, stranger: noPermission, administrator: "422 identity.input"),
        "POST /projects/members/role": row(noPermission, noPermission, "404 identity.project-no-such-member"),
        "POST /projects/members/remove": row(noPermission, noPermission, "404 identity.project-no-such-member"),
        "POST /projects/invitations/withdraw": row(
            noPermission, noPermission, "404 identity.project-no-such-invitation"),
    ]

    private static let noPermission = "403 identity.project-permission"

    private static func row(
        _ member: String, _ editor: String, _ owner: String, stranger: String = "404 identity.project-unknown",
        operating: String? = nil, administrator: String? = nil, narrow: String = "403 identity.permission",
        account: String = ProjectAccessTests.noPermission, wide: String? = nil
    ) -> [String] {
        [
            "401 sign-in.required", stranger, stranger, member, editor, owner, operating ?? stranger,
            administrator ?? owner, narrow, account, wide ?? owner,
        ]
    }

    private static func name(_ route: OwnRoute) -> String { "\(route.method.rawValue) \(route.path)" }

    @Test("has a row in the table, and no row is without its route")
    func complete() {
        let routes = APIDescription.routes.filter { route in
            let described = APIOperation.of(route)
            return (described.fields + described.query).contains { $0.name == "project" }
        }
        #expect(Set(routes.map(Self.name)) == Set(Self.table.keys) && Set(Self.fields.keys) == Set(Self.table.keys))
        #expect(Self.table.values.allSatisfy { $0.count == Who.allCases.count })
        // Whatever a route is called: those of projects name one, or are about one's own.
        let others = APIDescription.routes.filter { $0.path.hasPrefix("/projects") }.map(Self.name)
        #expect(
            Set(others).subtracting(Self.table.keys) == [
                "GET /projects", "POST /projects", "POST /projects/invitations/accept",
                "POST /projects/invitations/decline",
            ])
    }

    @Test("answers each kind of caller as the table says, and whoever isn't in it as for none")
    func walk() async throws {
        try await GatewayWithProjects.run { here in
            _ = try await here.account("operating", role: "operator")
            var credentials: [Who: (String, String)] = [:]
            for who in [Who.stranger, .other, .member, .editor, .owner, .operating] {
                credentials[who] = ("Cookie", try await here.session(who.rawValue))
            }
            let owner = try #require(credentials[.owner]?.1)
            credentials[.administrator] = ("Cookie", here.administrator)
            credentials[.narrowKey] = ("X-API-Key", try await here.key("account.read", owner))
            credentials[.accountKey] = ("X-API-Key", try await here.key("account.read account.write", owner))
            credentials[.wideKey] = ("X-API-Key", try await here.key("", owner))
            for route in APIDescription.routes.sorted(by: { Self.name($0) < Self.name($1) }) {
                let name = Self.name(route)
                guard let row = Self.table[name], let fields = Self.fields[name] else { continue }
                for (who, expected) in zip(Who.allCases, row) {
                    let answer = try await ask(here, route, fields, "acme", credentials[who])
                    let reason = try answer.status < 400 ? nil : here.lasting(answer)["reason"]
                    let got = ["\(answer.status)", reason].compactMap(\.self).joined(separator: " ")
                    #expect(got == expected, "\(name) as \(who): \(answer.text.prefix(300))")
                    if who == .stranger || who == .other || who == .operating {
                        let nothing = try await ask(here, route, fields, "no-such-project", credentials[who])
                        #expect(try here.lasting(nothing) == here.lasting(answer), "\(name) as \(who)")
                    }
                    try await mend(here, who, answer.status)
                }
            }
        }
    }

    /// Undoes what an act of the table did.
    private func mend(_ here: GatewayWithProjects, _ who: Who, _ status: Int) async throws {
        guard status == 204 else { return }
        let administration = try here.running.administration()
        try await administration.restoreProject("acme")
        guard who == .member || who == .editor else { return }
        try? await administration.addMember(
            "\(who.rawValue)@example.com", as: who.rawValue, to: "acme", roles: here.roles)
    }

    private func ask(
        _ here: GatewayWithProjects, _ route: OwnRoute, _ fields: [String: String], _ project: String,
        _ credential: (String, String)?
    ) async throws -> RawResponse {
        let session = credential.flatMap { $0.0 == "Cookie" ? $0.1 : nil }
        let key = credential.flatMap { $0.0 == "Cookie" ? nil : $0 }
        if route.method == .get {
            return try await here.get(
                "/seaworthy\(route.path)?project=\(project)", session, key.map { [$0] } ?? [])
        }
        let fields = fields.merging(["project": project]) { $1 }
        guard let key else { return try await here.running.post(route.path, fields, session: session) }
        return try await here.running.ask(
            "POST", "/seaworthy\(route.path)",
            [("Content-Type", "application/json"), ("Accept", "application/json"), key],
            body: Array(try JSONEncoder().encode(fields)))
    }
}
