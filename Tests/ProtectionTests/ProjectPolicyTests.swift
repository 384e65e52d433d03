import Kernel
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) @_spi(MintForwardPermit) @_spi(MintSignedIn) import Web

@testable import Protection

@Suite("Routes of projects")
struct ProjectPolicyTests {
    private static func rule(
        _ path: String, _ source: String, role: String? = nil, permission: String? = nil
    ) throws -> RouteRule {
        RouteRule(
            pattern: try #require(RoutePattern(path)), access: .signedIn,
            project: ProjectRule(
                source: try #require(ProjectRule.Source(source)), role: role, permission: permission))
    }

    private func judge(
        _ target: String, _ fields: [(String, String)] = [], rules: [RouteRule], unlisted: RouteAccess? = .deny
    ) throws -> RouteDecision {
        var exchange = ExchangeFixture.exchange(.GET, target, fields, mode: .enforce)
        exchange.target = try TargetReader.read(target)
        _ = RoutePolicyStage(.init(mode: .enforce, rules: rules, unlisted: unlisted)).receive(&exchange)
        let policy = exchange.policy
        return try #require(policy)
    }

    @Test(
        "take the project's name from the path, and only one that every reading agrees on",
        arguments: [
            ("/projects/acme", "acme"), ("/projects/acme/", "acme"), ("/projects/acme/a/b.json", "acme"),
            ("/projects/acme/A", "acme"), ("/projects/acme/%61", "acme"), ("/projects//acme/a", nil),
            ("/projects/%61cme/a", nil), ("/projects/acme%2fother/a", nil), ("/projects/acme%252fother", nil),
            ("/projects/acme;other/a", nil), ("/projects/acme;/a", nil), ("/projects/ACME/a", nil),
            ("/projects/acme.json", nil), ("/projects/acme%00x", nil), ("/projects/acme/..%2fother/x", nil),
            ("/projects/acme/../other/x", nil), ("/projects/acme/..;/other/x", nil),
            ("/projects/acme%2f..%2fother", nil),
            ("/projects/%2e%2e/acme", nil), ("/Projects/acme/a", "acme"), ("/projects/acme?project=other", "acme"),
            ("/projects/acme%20/a", nil), ("/projects/acme\u{2F}other", "acme"),
        ] as [(String, String?)])
    func path(target: String, name: String?) throws {
        let rules = [try Self.rule("/projects/{project}/**", "{project}")]
        do {
            let decision = try judge(target, rules: rules)
            #expect(decision.access >= .signedIn)
            if decision.access == .signedIn {
                let demand = try #require(decision.project)
                // Whatever else it may be taken for is no slug, so nobody is a member of it.
                let clear = demand.name.flatMap { $0.utf8.allSatisfy { $0 != 0x25 && $0 != 0x3B } ? $0 : nil }
                #expect(name == nil ? clear != "acme" && clear != "other" : clear == name, "\(demand)")
            } else {
                // One reading is a route that nobody gets.
                #expect(name == nil || target.hasPrefix("/P"))
            }
        } catch is TargetFlaw {
            #expect(name == nil)
        }
    }

    @Test(
        "take it from one field of the head, in its own spelling",
        arguments: [
            ([("X-Project", "acme")], "acme"), ([("x-project", "acme")], "acme"), ([], nil),
            ([("X-Project", "acme"), ("X-Project", "other")], nil),
            ([("X-Project", "acme"), ("X_Project", "other")], nil), ([("X_Project", "acme")], nil),
            ([("X.Project", "acme")], nil), ([("X-Project", "acme"), ("x-PROJECT", "acme")], nil),
            ([("X-Project", "acme,other")], "acme,other"),
        ] as [([(String, String)], String?)])
    func header(fields: [(String, String)], name: String?) throws {
        let demand = try judge("/api/x", fields, rules: [try Self.rule("/api/**", "header:X-Project")]).project
        #expect(demand?.name == name && demand?.headers.isEmpty == true)
    }

    @Test(
        "take it from one parameter of the query, in its own spelling",
        arguments: [
            ("project=acme", "acme"), ("a=1&project=acme&b=2", "acme"), ("", nil), ("projects=acme", nil),
            ("project", nil), ("project=acme&project=other", nil), ("project=acme&project=acme", nil),
            ("project=acme&%70roject=other", nil), ("%70roject=acme", nil), ("project=acme&PROJECT=other", nil),
            ("project=acme;project=other", nil), ("project=acme&project[]=other", nil), ("project[0]=acme", nil),
            ("project=acme&+project=other", nil), ("project=acme&%2570roject=other", nil),
            ("project=acme&project%5B%5D=other", nil), ("project=%61cme", "%61cme"), ("project=acme&project", nil),
            ("project=acme&project%00=other", nil),
        ] as [(String, String?)])
    func query(query: String, name: String?) throws {
        let demand = try judge("/api/x?\(query)", rules: [try Self.rule("/api/**", "query:project")]).project
        #expect(demand?.name == name && demand?.parameters.isEmpty == true)
    }

    @Test("join what several rules ask for: two projects are nobody's")
    func joined() throws {
        let rules = [
            try Self.rule("/a/{project}/x", "{project}", permission: "read"),
            try Self.rule("/A/*/{project}", "{project}", role: "editor"),
        ]
        let demand = try #require(try judge("/A/one/x", rules: rules).project)
        #expect(demand.name == nil && demand.names == ["one", "x"])
        #expect(demand.roles == ["editor"] && demand.permissions == ["read"])
    }

    // MARK: Who gets through

    /// Status and reason of the refusal; empty where the request passes.
    private func authorize(_ caller: SignedIn?, _ demand: ProjectDemand) -> String {
        var exchange = ExchangeFixture.exchange(.GET, "/", [], mode: .enforce)
        exchange.policy = RouteDecision(access: .signedIn, route: "/", project: demand)
        exchange.caller = caller
        let verdict = AuthorizationStage(.init(), requiresPolicy: true, policyMode: .enforce).receive(&exchange)
        return [verdict.status.map { "\($0)" }, verdict.reason].compactMap(\.self).joined(separator: " ")
    }

    private func caller(
        _ project: ProjectMembership?, hasWholeRole: Bool = true, role: String = "person"
    ) -> SignedIn {
        let caller = SignedIn(
            account: "a", email: "a@example.com", role: role, session: "s", sessionKey: "k",
            authenticatedAt: Timestamp(nanosecondsSinceEpoch: 0), permissions: ["tasks.write"],
            hasWholeRole: hasWholeRole)
        return project.map(caller.within) ?? caller
    }

    @Test("let members through, as far as their role in the project goes, and say 404 to everybody else")
    func members() {
        let editor = ProjectMembership(id: "1", slug: "acme", role: "editor", permissions: ["tasks.read"])
        let asked = ProjectDemand(names: ["acme"])
        #expect(authorize(nil, asked) == "401 sign-in.required")
        #expect(authorize(caller(nil), asked) == "404 route-policy.project")
        #expect(authorize(caller(nil, role: "administrator"), asked) == "404 route-policy.project")
        #expect(authorize(caller(editor), asked) == "")
        #expect(authorize(caller(editor), ProjectDemand(names: ["acme"], roles: ["editor"])) == "")
        #expect(
            authorize(caller(editor), ProjectDemand(names: ["acme"], roles: ["owner"])) == "403 route-policy.role")
        #expect(
            authorize(caller(editor), ProjectDemand(names: ["acme"], roles: ["owner", "editor"]))
                == "403 route-policy.role")
        #expect(authorize(caller(editor), ProjectDemand(names: ["acme"], permissions: ["tasks.read"])) == "")
        // The account's own permission is worth nothing in a project.
        #expect(
            authorize(caller(editor), ProjectDemand(names: ["acme"], permissions: ["tasks.write"]))
                == "403 route-policy.permission")
        #expect(
            authorize(caller(editor, hasWholeRole: false), ProjectDemand(names: ["acme"], roles: ["editor"]))
                == "403 route-policy.scope")
        #expect(
            authorize(caller(editor, hasWholeRole: false), ProjectDemand(names: ["acme"], permissions: ["x"]))
                == "403 route-policy.scope")
    }

    // MARK: The configuration

    private func read(_ rule: [(String, String)]) -> ([RouteRule], [ConfigurationError]) {
        let node = ConfigurationNode.list([.mapping(rule.map { .init(key: $0.0, value: .scalar($0.1)) })])
        var reader = ConfigurationReader(
            values: ["routes": ConfigurationValue(node, origin: "test")], defaultMode: .enforce,
            environment: .development)
        return (RoutePolicyStage.Settings.read(&reader).rules, reader.errors)
    }

    @Test("are written with a project's place in the request")
    func written() throws {
        for (rule, expected) in [
            (
                [("path", "/p/{project}/**"), ("access", "project-member")],
                ProjectRule(source: .segment("project"))
            ),
            (
                [("path", "/p/{team}/**"), ("access", "project-role:editor"), ("project", "{team}")],
                ProjectRule(source: .segment("team"), role: "editor")
            ),
            (
                [("path", "/p"), ("access", "project-permission:tasks.read"), ("project", "header:X-Project")],
                ProjectRule(source: .header("x-project"), permission: "tasks.read")
            ),
            (
                [("path", "/p"), ("access", "project-member"), ("project", "query:project_id")],
                ProjectRule(source: .parameter("project_id"))
            ),
        ] {
            let (rules, errors) = read(rule)
            #expect(errors.isEmpty && rules.first?.project == expected, "\(rule) \(errors)")
            #expect(rules.first?.access == .signedIn && rules.first?.role == nil && rules.first?.permission == nil)
        }
    }

    @Test(
        "without one, or with a slip, end the start",
        arguments: [
            [("path", "/p/**"), ("access", "project-member")],
            [("path", "/p/{team}/**"), ("access", "project-member")],
            [("path", "/p/{project}/**"), ("access", "project-member"), ("project", "{team}")],
            [("path", "/p/{project}/**"), ("access", "signed-in"), ("project", "{project}")],
            [("path", "/p/{project}/**"), ("access", "project-membr")],
            [("path", "/p/{project}/**"), ("access", "project-role:")],
            [("path", "/p/{project}/**"), ("access", "project-role:A")],
            [("path", "/p/{project}/**"), ("access", "project-permission:a b")],
            [("path", "/p/{project}/{project}"), ("access", "project-member")],
            [("path", "/p/{}/x"), ("access", "project-member")],
            [("path", "/p/x{project}"), ("access", "project-member")],
            [("path", "/p"), ("access", "project-member"), ("project", "header:")],
            [("path", "/p"), ("access", "project-member"), ("project", "header:X_Project")],
            [("path", "/p"), ("access", "project-member"), ("project", "query:pro ject")],
            [("path", "/p"), ("access", "project-member"), ("project", "cookie:project")],
            [("path", "/p"), ("access", "project-member"), ("project", "project")],
        ] as [[(String, String)]])
    func refused(rule: [(String, String)]) {
        let (rules, errors) = read(rule)
        #expect(rules.isEmpty && errors.first?.key == "routes", "\(rules)")
    }
}
