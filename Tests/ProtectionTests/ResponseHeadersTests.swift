import Kernel
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Security headers")
struct ResponseHeadersTests {
    private func respond(
        _ status: HTTPResponseStatus = .ok, _ app: [(String, String)] = [], request: [(String, String)] = [],
        scheme: Scheme = .https, policy: RouteDecision? = nil,
        change: (inout ResponseHeadersStage.Settings) -> Void = { _ in }
    ) -> HTTPHeaders {
        var settings = ResponseHeadersStage.Settings(mode: .enforce)
        change(&settings)
        var exchange = ExchangeFixture.exchange(.GET, "/", request, scheme: scheme)
        exchange.policy = policy
        var head = ResponseHead(status, app)
        _ = ResponseHeadersStage(settings).respond(&exchange, &head)
        return head.allFields
    }

    static let expected: [(String, String)] = [
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"), ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"), ("X-XSS-Protection", "1; mode=block"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Content-Security-Policy", ContentPolicy.baseline),
        ("Content-Security-Policy-Report-Only", ContentPolicy.strict),
        ("Permissions-Policy", ContentPolicy.permissions),
    ]

    @Test("stand on every status, each exactly once", arguments: [200, 204, 301, 304, 400, 404, 405, 429, 500, 503])
    func everyStatus(code: Int) {
        let headers = respond(HTTPResponseStatus(statusCode: code))
        for (name, value) in ResponseHeadersTests.expected { #expect(headers[name] == [value], "\(name)") }
    }

    @Test(
        "replace what is weak and keep what is sound",
        arguments: [
            ("X-Content-Type-Options", "sniff", "nosniff"), ("X-Frame-Options", "ALLOWALL", "DENY"),
            ("X-Frame-Options", "SAMEORIGIN", "SAMEORIGIN"), ("X-Frame-Options", "deny", "deny"),
            ("X-XSS-Protection", "0", "0"), ("X-XSS-Protection", "1", "1; mode=block"),
            ("Referrer-Policy", "unsafe-url", "strict-origin-when-cross-origin"),
            ("Referrer-Policy", "no-referrer", "no-referrer"),
            ("Referrer-Policy", "rubbish", "strict-origin-when-cross-origin"),
            ("Strict-Transport-Security", "max-age=0", "max-age=31536000; includeSubDomains"),
            ("Strict-Transport-Security", "max-age=\"63072000\"; preload", "max-age=\"63072000\"; preload"),
            ("Strict-Transport-Security", "rubbish", "max-age=31536000; includeSubDomains"),
            ("Strict-Transport-Security", "max-age=99999999999999999999999", "max-age=31536000; includeSubDomains"),
            ("Content-Security-Policy", "default-src https:", "default-src https:"),
            ("Permissions-Policy", "camera=(self)", "camera=(self)"),
            ("Cross-Origin-Opener-Policy", "same-origin-allow-popups", "same-origin-allow-popups"),
            ("Cross-Origin-Opener-Policy", "unsafe-none", "same-origin"),
            ("Cross-Origin-Resource-Policy", "cross-origin", "cross-origin"),
            ("Cross-Origin-Resource-Policy", "everybody", "same-origin"),
        ])
    func merge(name: String, app: String, out: String) {
        #expect(respond(.ok, [(name, app)])[name] == [out])
    }

    @Test(
        "take every banner away",
        arguments: ["Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Runtime", "server"])
    func banners(name: String) {
        let headers = respond(.ok, [(name, "TradingDesk/1.4"), ("X-App", "1")])
        #expect(headers[name].isEmpty)
        #expect(headers["X-App"] == ["1"])
    }

    @Test("no HSTS over plain HTTP, the app's own neither")
    func plain() {
        #expect(
            respond(.ok, [("Strict-Transport-Security", "max-age=63072000")], scheme: .http)[
                "Strict-Transport-Security"
            ].isEmpty)
    }

    @Test("HSTS goes up by steps")
    func steps() {
        #expect(respond(change: { $0.hsts = .gradual })["Strict-Transport-Security"] == ["max-age=300"])
        #expect(
            respond(change: { $0.hsts = .strict })["Strict-Transport-Security"] == [
                "max-age=63072000; includeSubDomains; preload"
            ])
        #expect(respond(change: { $0.hsts = .off })["Strict-Transport-Security"].isEmpty)
    }

    @Test("an app without a policy of its own keeps its scripts, styles, images and forms until somebody decides")
    func unmodifiedApp() {
        let headers = respond()
        let names = headers["Content-Security-Policy"].flatMap { $0.split(separator: ";") }
            .map { String($0.trimming(while: { $0 == " " }).prefix(while: { $0 != " " })) }
        #expect(Set(names) == ["object-src", "base-uri", "frame-ancestors"])
        #expect(headers["Content-Security-Policy-Report-Only"] == [ContentPolicy.strict])
    }

    @Test("the policy goes from report-only to enforced, or is left out; the baseline, too")
    func policySteps() {
        let enforced = respond(change: { $0.policyMode = .enforce })
        #expect(enforced["Content-Security-Policy"] == [ContentPolicy.strict])
        #expect(enforced["Content-Security-Policy-Report-Only"].isEmpty)
        let off = respond(change: { $0.policyMode = .off })
        #expect(off["Content-Security-Policy"].isEmpty && off["Content-Security-Policy-Report-Only"].isEmpty)
        let bare = respond(change: { $0.policyBaseline = nil })
        #expect(bare["Content-Security-Policy"].isEmpty)
        #expect(bare["Content-Security-Policy-Report-Only"] == [ContentPolicy.strict])
    }

    @Test("an app with a policy of its own isn't told about ours; one that only reports gets the baseline beside it")
    func ownPolicy() {
        let own = respond(.ok, [("Content-Security-Policy", "script-src 'self'")])
        #expect(own["Content-Security-Policy"] == ["script-src 'self'"])
        #expect(own["Content-Security-Policy-Report-Only"].isEmpty)
        let reports = respond(.ok, [("Content-Security-Policy-Report-Only", "script-src 'self'")])
        #expect(reports["Content-Security-Policy"] == [ContentPolicy.baseline])
        #expect(reports["Content-Security-Policy-Report-Only"] == ["script-src 'self'"])
    }

    @Test(
        "our policies have at least twelve directives and allow no inline script",
        arguments: [ContentPolicy.strict, ContentPolicy.own])
    func policy(policy: String) {
        let directives = policy.split(separator: ";").map { $0.trimming(while: { $0 == " " }) }
        #expect(directives.count >= 12)
        #expect(Set(directives.map { $0.prefix(while: { $0 != " " }) }).count == directives.count)
        let script = directives.first { $0.hasPrefix("script-src ") } ?? ""
        #expect(!script.isEmpty && !script.contains("unsafe") && !script.contains("*"))
        #expect(ContentPolicy.permissions.split(separator: ",").count >= 10)
    }

    @Test("an app that frames itself goes on doing so")
    func frames() {
        for mode in ResponseHeadersStage.PolicyMode.allCases where mode != .off {
            let headers = respond(.ok, [("X-Frame-Options", "SAMEORIGIN")], change: { $0.policyMode = mode })
            #expect(headers["Content-Security-Policy"].first?.contains("frame-ancestors 'self'") == true)
        }
    }

    @Test("a problem of ours gets the policy under which nothing loads")
    func own() {
        var exchange = ExchangeFixture.exchange()
        exchange.become(.problem)
        var head = ResponseHead(.notFound, [])
        _ = ResponseHeadersStage(.init(mode: .enforce)).respond(&exchange, &head)
        #expect(head.allFields["content-security-policy"] == [ContentPolicy.own])
    }

    @Test(
        "what is one person's is never left to shared caches; assets and anonymous pages are",
        arguments: [
            ("text/html", "public, max-age=600", "session=1", "no-store, private"),
            ("application/json", "PUBLIC", "sid=1", "no-store, private"),
            ("text/html; charset=utf-8", "s-maxage=60", "session=1", "no-store, private"),
            ("text/html", "private, max-age=60", "session=1", "private, max-age=60"),
            ("text/html", "public, max-age=600", "theme=dark", "public, max-age=600"),
            ("text/css", "public, max-age=31536000", "session=1", "public, max-age=31536000"),
            ("image/png", "public", "session=1", "public"),
        ])
    func sharedCaches(type: String, app: String, cookie: String, out: String) {
        let headers = respond(.ok, [("Content-Type", type), ("Cache-Control", app)], request: [("Cookie", cookie)])
        #expect(headers["Cache-Control"] == [out])
    }

    @Test("what everybody may read may be embedded by everybody")
    func publicRoute() {
        let policy = RouteDecision(access: .public, route: "/api", isPublicToOrigins: true)
        #expect(respond(policy: policy)["Cross-Origin-Resource-Policy"] == ["cross-origin"])
    }

    @Test(
        "answers to signed-in people stay out of caches where the app says nothing",
        arguments: [
            ([("Set-Cookie", "session=1")], [], true), ([("Set-Cookie", "theme=dark")], [], false),
            ([("Content-Type", "text/html")], [("Cookie", "a=b; sessionid=1")], true),
            ([("Content-Type", "application/json")], [("Authorization", "Bearer x")], true),
            ([("Content-Type", "text/html")], [("Cookie", "theme=dark")], false),
            ([("Content-Type", "image/png")], [("Cookie", "session=1")], false),
            ([("Content-Type", "text/html")], [], false),
        ] as [([(String, String)], [(String, String)], Bool)])
    func caching(app: [(String, String)], request: [(String, String)], isPrivate: Bool) {
        #expect(respond(.ok, app, request: request)["Cache-Control"] == (isPrivate ? ["no-store, private"] : []))
        #expect(
            respond(.ok, app + [("Cache-Control", "max-age=60")], request: request)["Cache-Control"] == ["max-age=60"])
    }

    @Test("whatever the app sends, each header is there once and valid", arguments: Seeds.first(100))
    func everyApp(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let names = ResponseHeadersTests.expected.map(\.0).filter {
            $0 != "Content-Security-Policy" && $0 != "Permissions-Policy"
        }
        let app = (0..<generator.number(0...6)).map { _ in
            (generator.pick(names) ?? "", generator.text(0...12, of: "a0;=- "))
        }
        let headers = respond(.ok, app)
        for name in names { #expect(headers[name].count >= 1, "\(name)") }
        #expect(headers["X-Content-Type-Options"] == ["nosniff"])
    }
}

@Suite("Session cookies")
struct CookieTests {
    private func out(_ cookie: String, scheme: Scheme = .https, exempt: [String] = []) -> String? {
        var exchange = ExchangeFixture.exchange(scheme: scheme)
        var head = ResponseHead(.ok, [("Set-Cookie", cookie), ("X-App", "1")])
        _ = CookieAttributesStage(.init(mode: .enforce, exempt: exempt)).respond(&exchange, &head)
        #expect(head.value("x-app") == "1")
        return head.value("set-cookie")
    }

    @Test(
        "get what they lack and keep what they have",
        arguments: [
            ("session=1", "session=1; Secure; HttpOnly; SameSite=Lax"),
            ("PHPSESSID=x; path=/", "PHPSESSID=x; path=/; Secure; HttpOnly; SameSite=Lax"),
            ("connect.sid=x; HttpOnly", "connect.sid=x; HttpOnly; Secure; SameSite=Lax"),
            ("auth_token=x; secure; httponly; samesite=none", "auth_token=x; secure; httponly; samesite=none"),
            ("auth=x; SameSite=None", "auth=x; SameSite=None; Secure; HttpOnly"),
            ("__Host-id=x; Path=/; Secure", "__Host-id=x; Path=/; Secure; HttpOnly; SameSite=Lax"),
            ("remember_me=a=b", "remember_me=a=b; Secure; HttpOnly; SameSite=Lax"),
            ("theme=dark", "theme=dark"), ("csrf_token=1", "csrf_token=1"), ("XSRF-TOKEN=1", "XSRF-TOKEN=1"),
            ("=x", "=x"), ("", ""),
        ])
    func attributes(app: String, expected: String) { #expect(out(app) == expected) }

    @Test("no Secure over plain HTTP, where browsers would drop the cookie")
    func plain() { #expect(out("session=1", scheme: .http) == "session=1; HttpOnly; SameSite=Lax") }

    @Test("an exempt cookie stays as it is")
    func exempt() { #expect(out("session=1", exempt: ["session"]) == "session=1") }

    @Test("the value is never changed", arguments: Seeds.first(50))
    func value(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let cookie = "sid=" + generator.text(0...40, of: "abcXYZ0=_-. ;HttpOnly\"")
        #expect(out(cookie)?.hasPrefix(cookie) == true)
    }
}
