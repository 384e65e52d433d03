import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) @_spi(MintForwardPermit) import Web

@testable import Protection

@Suite("Route patterns")
struct RoutePatternTests {
    @Test("what is no pattern is none", arguments: ["", "admin", "/a/**/b", "/a b", "/ä", "**"])
    func refuses(text: String) { #expect(RoutePattern(text) == nil) }

    @Test(
        "match what they say and nothing else",
        arguments: [
            ("/", "/", true), ("/", "/a", false), ("/admin", "/admin", true), ("/admin", "/admin/", false),
            ("/admin", "/admins", false),
            ("/admin", "/adm", false), ("/admin/**", "/admin", true), ("/admin/**", "/admin/", true),
            ("/admin/**", "/admin/a/b", true),
            ("/admin/**", "/administrator", false), ("/**", "/", true), ("/**", "/a/b", true),
            ("/users/*", "/users/7", true),
            ("/users/*", "/users/", false), ("/users/*", "/users", false), ("/users/*", "/users/7/x", false),
            ("/users/*/posts", "/users/7/posts", true), ("/users/*/posts", "/users//posts", false),
            ("/users/*/**", "/users/7/a/b", true), ("/users/*/**", "/users", false), ("/admin/", "/admin", true),
        ])
    func matches(pattern: String, path: String, expected: Bool) throws {
        #expect(try #require(RoutePattern(pattern)).matches(path) == expected)
    }
}

@Suite("The route policy")
struct RoutePolicyTests {
    private static func rule(_ path: String, _ access: RouteAccess, _ methods: Set<String> = []) -> RouteRule {
        RouteRule(
            pattern: RoutePattern(path) ?? RoutePattern("/none").unsafelyUnwrapped, methods: methods, access: access)
    }
    static let rules = [
        rule("/admin/**", .deny), rule("/orders/*", .deny, ["DELETE"]), rule("/orders/**", .app),
        rule("/open", .public),
    ]

    private func judge(
        _ method: HTTPMethod, _ target: String, _ fields: [(String, String)] = [], rules: [RouteRule] = rules,
        unlisted: RouteAccess? = .app, body: String? = nil, mode: ControlMode = .enforce
    ) throws -> Judged {
        var exchange = ExchangeFixture.exchange(method, target, fields, mode: mode)
        exchange.target = try TargetReader.read(target)
        let stage = RoutePolicyStage(.init(mode: mode, rules: rules, unlisted: unlisted))
        var verdict = stage.receive(&exchange)
        if case .body(_, let resume) = verdict {
            verdict = resume(&exchange, .memory(ByteBuffer(string: body ?? ""), isWhole: true))
        }
        return Judged(
            access: exchange.policy?.access, destination: exchange.destination, bodyLimit: exchange.bodyLimit,
            reasons: exchange.events.map(\.reason.rawValue), status: verdict.status)
    }

    private struct Judged {
        let access: RouteAccess?
        let destination: Destination
        let bodyLimit: Int?
        let reasons: [String]
        let status: Int?
    }

    @Test(
        "the strictest reading of a path wins",
        arguments: [
            "/admin", "/admin/", "/admin/users", "/ADMIN", "//admin", "/admin;x=1", "/%61dmin", "/admin.json",
            "/./admin",
            "/%2561dmin", "/Admin;jsessionid=1/users", "/admin%2Fusers", "/%41dmin/",
        ])
    func readings(target: String) throws { #expect(try judge(.GET, target).access == .deny) }

    @Test(
        "other paths keep their own policy",
        arguments: [
            ("/", RouteAccess.app), ("/administrator", .app), ("/open", .public), ("/orders/7", .app),
            ("/x/admin", .app),
            ("/a%2fadmin", .app),
        ])
    func others(target: String, access: RouteAccess) throws { #expect(try judge(.GET, target).access == access) }

    @Test("the strictest method wins, wherever an override hides")
    func overrides() throws {
        #expect(try judge(.DELETE, "/orders/7").access == .deny)
        #expect(try judge(.POST, "/orders/7", [("X-HTTP-Method-Override", "DELETE")]).access == .deny)
        #expect(try judge(.POST, "/orders/7", [("x_method_override", " delete ")]).access == .deny)
        #expect(try judge(.POST, "/orders/7?_method=delete").access == .deny)
        #expect(try judge(.POST, "/orders/7?a=1&%5Fmethod=DELETE").access == .deny)
        let form = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
        #expect(try judge(.POST, "/orders/7", form, body: "a=b&_method=DELETE").access == .deny)
        #expect(try judge(.POST, "/orders/7", form, body: "a=b").access == .app)
        #expect(try judge(.POST, "/orders/7", [("Content-Type", "application/json")]).access == .app)
    }

    @Test("a body is only asked for where methods have rules")
    func noBody() throws {
        var exchange = ExchangeFixture.exchange(.POST, "/", [("Content-Type", "application/x-www-form-urlencoded")])
        let stage = RoutePolicyStage(.init(mode: .enforce, rules: [RoutePolicyTests.rule("/a", .deny)], unlisted: .app))
        guard case .proceed = stage.receive(&exchange) else {
            Issue.record("asked for a body")
            return
        }
    }

    @Test("an unlisted route passes and is told of in development, and isn't told of once it is decided")
    func unlisted() throws {
        let unlisted = try judge(.GET, "/x", unlisted: nil)
        #expect(unlisted.access == .app)
        #expect(unlisted.reasons == ["route-policy.unlisted"])
        #expect(try judge(.GET, "/x", unlisted: .app).reasons.isEmpty)
    }

    @Test(
        "our own prefix is ours as written only",
        arguments: [
            ("/seaworthy/health", Destination.own), ("/seaworthy", .upstream), ("/SEAWORTHY/x", .upstream),
            ("/%73eaworthy/x", .upstream), ("/seaworthyx", .upstream), ("/health/live", .upstream),
        ])
    func own(target: String, destination: Destination) throws {
        #expect(try judge(.GET, target).destination == destination)
    }

    @Test("a route's own body limit holds, declared or not")
    func bodyLimit() throws {
        let rules = [RouteRule(pattern: RoutePattern("/up").unsafelyUnwrapped, access: .app, bodyLimit: 10)]
        let chunked = try judge(.POST, "/up", [("Transfer-Encoding", "chunked")], rules: rules)
        #expect(chunked.bodyLimit == 10)
        #expect(chunked.status == nil)
        #expect(try judge(.POST, "/up", [("Content-Length", "11")], rules: rules).status == 413)
        #expect(try judge(.POST, "/up", [("Content-Length", "11")], rules: rules, mode: .observe).status == nil)
    }

    @Test("however a denied path is spelt, it is denied", arguments: Seeds.first(200))
    func spellings(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var path = generator.oneIn(3) ? "//" : "/"
        for character in "admin" {
            switch generator.number(0...3) {
            case 0: path += "%" + String(character.asciiValue ?? 0, radix: 16)
            case 1: path += character.uppercased()
            default: path.append(character)
            }
        }
        path += generator.pick(["", "/", ";a=b", ".json", "/users", "//x", ";/", "/."]) ?? ""
        #expect(try judge(.GET, path).access == .deny, "\(path)")
    }
}

@Suite("Authorization")
struct AuthorizationTests {
    private func judge(
        _ access: RouteAccess?, mode: ControlMode = .enforce, requiresPolicy: Bool = true, status: Int = 403
    ) -> (Verdict, Bool, [SecurityEvent]) {
        var exchange = ExchangeFixture.exchange(mode: mode)
        exchange.policy = access.map { RouteDecision(access: $0, route: "r") }
        let stage = AuthorizationStage(.init(deniedStatus: status), requiresPolicy: requiresPolicy, policyMode: mode)
        let verdict = stage.receive(&exchange)
        var isMinted = false
        if let permit = exchange.permit.take() { isMinted = permit.exchange == exchange.id }
        return (verdict, isMinted, exchange.events)
    }

    @Test("mints a permit for this very exchange where the policy lets it", arguments: [RouteAccess.public, .app])
    func mints(access: RouteAccess) {
        let (verdict, isMinted, _) = judge(access)
        #expect(verdict.status == nil)
        #expect(isMinted)
    }

    @Test("mints none for a denied route")
    func denies() {
        let (verdict, isMinted, _) = judge(.deny)
        #expect(verdict.status == 403)
        #expect(!isMinted)
        #expect(judge(.deny, status: 404).0.status == 404)
    }

    @Test("mints none for whoever isn't signed in where somebody must be")
    func signedIn() {
        let (verdict, isMinted, _) = judge(.signedIn)
        #expect(verdict.status == 401 && !isMinted)
        let (observed, passes, noted) = judge(.signedIn, mode: .observe)
        #expect(observed.status == nil && passes)
        #expect(noted.map(\.reason) == ["sign-in.required"])
    }

    @Test("observe mints what enforce denies, with the event")
    func observes() {
        let (verdict, isMinted, events) = judge(.deny, mode: .observe)
        #expect(verdict.status == nil)
        #expect(isMinted)
        #expect(events.map(\.reason) == ["route-policy.denied"])
    }

    @Test("an exchange without a policy is refused in every mode, unless the list has none")
    func failsClosed() {
        for mode in [ControlMode.enforce, .observe] {
            let (verdict, isMinted, _) = judge(nil, mode: mode)
            #expect(verdict.status == 500)
            #expect(verdict.isAlways)
            #expect(!isMinted)
        }
        #expect(judge(nil, requiresPolicy: false).1)
    }

    @Test("our own routes need no permit")
    func own() {
        var exchange = ExchangeFixture.exchange()
        exchange.destination = .own
        _ = AuthorizationStage(.init(), requiresPolicy: true, policyMode: .enforce).receive(&exchange)
        var hasPermit = false
        if exchange.permit.take() != nil { hasPermit = true }
        #expect(!hasPermit)
    }
}
