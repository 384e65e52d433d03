import Foundation
import Identity
import Kernel
import TestKit
import Testing

@testable import Gateway

/// A gateway with accounts and two projects: `acme`, with an owner, an editor and a member, and `other`, with an owner of its own.
struct GatewayWithProjects {
    let running: GatewayWithAccounts
    let administrator: String

    static let routes = [
        "identity.roles={editor: [tasks.write], member: [tasks.read]}",
        "routes=[{path: '/projects/{project}/**', access: project-member}, "
            + "{path: '/edit/{project}', access: 'project-permission:tasks.write'}, "
            + "{path: '/own/{project}', access: 'project-role:owner'}, "
            + "{path: /api/**, access: project-member, project: 'header:X-Project'}, "
            + "{path: /query, access: project-member, project: 'query:project'}, {path: /open/**, access: public}]",
    ]

    static func run<Value>(
        _ sets: [String] = [], _ work: (GatewayWithProjects) async throws -> Value
    ) async throws -> Value {
        try await GatewayWithAccounts.run(["identity.lockout.mode=off"] + routes + sets) { running in
            let here = GatewayWithProjects(running: running, administrator: try await running.administrator())
            for name in ["owner", "editor", "member", "stranger", "other"] { _ = try await here.account(name) }
            let administration = try running.administration()
            for (slug, owner) in [("acme", "owner"), ("other", "other")] {
                _ = try await administration.createProject(
                    named: slug, slug: slug, owner: "\(owner)@example.com")
            }
            for role in ["editor", "member"] {
                try await administration.addMember("\(role)@example.com", as: role, to: "acme", roles: here.roles)
            }
            // The feed tells the running gateway.
            let member = try await here.session("member")
            try await eventually { try await here.get("/projects/acme/x", member).status == 200 }
            return try await work(here)
        }
    }

    var roles: RoleTable { running.gateway.configuration.identity.roles }

    func account(_ name: String, role: String = "person") async throws -> String {
        let link = try await running.administration().add("\(name)@example.com", role: role, ownPrefix: "/seaworthy")
        let token = try #require(link.path.reveal().split(separator: "=").last.map(String.init))
        let answer = try await running.post("/choose", ["token": token, "password": GatewayWithAccounts.password])
        return try #require(GatewayWithAccounts.cookies(answer)["seaworthy-session"], "\(answer.text)")
    }

    func session(_ name: String) async throws -> String {
        let answer = try await running.post(
            "/sign-in", ["email": "\(name)@example.com", "password": GatewayWithAccounts.password])
        return try #require(GatewayWithAccounts.cookies(answer)["seaworthy-session"], "\(answer.text)")
    }

    /// An API key of whoever has the session.
    func key(_ scopes: String, _ session: String) async throws -> String {
        let answer = try await running.post(
            "/keys", ["name": "x", "scopes": scopes, "current": GatewayWithAccounts.password], session: session)
        return try #require(try object(answer)["key"] as? String, "\(answer.text)")
    }

    func object(_ answer: RawResponse) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any], "\(answer.text)")
    }

    func get(_ target: String, _ session: String?, _ fields: [(String, String)] = []) async throws -> RawResponse {
        try await running.ask(
            "GET", target,
            [("Accept", "application/json")] + (session.map { [("Cookie", "seaworthy-session=\($0)")] } ?? [])
                + fields)
    }

    /// A problem document without what differs in each.
    func lasting(_ answer: RawResponse) throws -> [String: String] {
        var members = try object(answer)
        for name in ["instance", "requestID", "timestamp"] { members[name] = nil }
        return members.mapValues { "\($0)" }
    }
}
