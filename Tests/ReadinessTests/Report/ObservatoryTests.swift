import Testing

@testable import Readiness

@Suite("The Observatory's grade follows its published scoring")
struct ObservatoryTests {
    private let good = [
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]

    private func grade(
        without name: String? = nil, with more: [(String, String)] = [], cookies: [String] = [], https: Bool = true,
        page: String? = nil
    ) -> ObservatoryGrade {
        var start = ObservatoryPage()
        start.site = SiteURL("https://app.example.test/")
        start.isHTTPS = https
        start.fields = (more + good.filter { field in field.0 != name && !more.contains { $0.0 == field.0 } }).map {
            HeaderField(name: $0.0, value: $0.1)
        }
        start.cookies = cookies.compactMap(SetCookie.init(field:))
        start.scan = page.map { PageScan(html: $0) }
        return ObservatoryGrade(start)
    }

    @Test("everything in place is 100 and the bonuses: policy 10, framing 5, referrer 5, resources 10")
    func best() {
        #expect(grade().score == 130)
        #expect(grade().grade == "A+")
        #expect(grade(cookies: ["session=1; Secure; HttpOnly; SameSite=Lax"]).score == 135)
    }

    @Test(
        "a missing header costs what it costs there, and bonuses count only from 90 on",
        arguments: [
            // 100 - 20, no bonus below 90.
            ("Strict-Transport-Security", 80, "B+"),
            // Without a policy framing isn't restricted either: 100 - 25 - 20.
            ("Content-Security-Policy", 55, "C"),
            ("X-Content-Type-Options", 125, "A+"), ("Referrer-Policy", 125, "A+"),
        ])
    func missing(name: String, score: Int, letter: String) {
        #expect(grade(without: name).score == score)
        #expect(grade(without: name).grade == letter)
    }

    /// Framing is decided by X-Frame-Options here, so that the policy alone moves the score: 115 without it.
    private func policy(_ values: [String], https: Bool = true, page: String? = nil) -> Int {
        let fields = values.map { ("Content-Security-Policy", $0) } + [("X-Frame-Options", "DENY")]
        let all = grade(without: "Content-Security-Policy", with: fields, https: https, page: page)
        let reason = all.reasons.first { $0.contains("olicy") && !$0.contains("rr") && !$0.contains("esource") }
        return reason.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
    }

    @Test(
        "policies are told apart as there",
        arguments: [
            // Bonuses stand only where the rest is at least 90.
            ("default-src 'none'", 10), ("default-src 'self'", 5), ("DEFAULT-SRC 'None'", 10),
            ("default-src 'none'; script-src 'self'", 10), ("default-src 'none' https://a.example", 5),
            ("default-src; script-src 'self'", 10),
            // Nothing says which scripts and objects.
            ("img-src 'self'", -20), ("script-src 'self'", -20), ("object-src 'none'; script-src 'self'", 0),
            ("default-src *", -20), ("default-src https:", -20), ("default-src 'self'; script-src https://*", -20),
            ("default-src 'self'; script-src 'self' data:", -20), ("default-src 'self'; object-src data:", 5),
            ("default-src 'self'; script-src 'self' blob:", 5), ("default-src 'self' 'unsafe-inline'", -20),
            // Nonces and hashes.
            ("default-src 'self'; script-src 'nonce-x' 'unsafe-inline'", 5),
            ("default-src 'self'; script-src 'sha256-x' 'strict-dynamic' https: 'unsafe-inline'", 5),
            ("default-src 'self'; script-src 'strict-dynamic'", -25),
            // Plain http, eval, styles.
            ("default-src 'self'; script-src 'self' http://a.example", -20),
            ("default-src 'self'; connect-src http://a.example", -20),
            ("default-src 'self'; img-src http://a.example", -10),
            ("default-src 'self'; media-src http:", -10),
            ("default-src 'self'; script-src 'self' 'unsafe-eval'", -10),
            ("default-src 'self'; style-src 'self' 'unsafe-eval'", -10),
            ("default-src 'self'; style-src 'self' 'unsafe-inline'", 0), ("default-src 'self'; style-src data:", 0),
            // What can't be read.
            ("x", -25), ("", -25), ("default-src 'none'; default-src 'self'", -25),
            ("default-src 'none'; report-uri /a; report-uri /b", 10), ("default-src 'none',", -25),
        ])
    func policies(value: String, points: Int) {
        #expect(policy([value]) == points)
    }

    @Test("several policies count together: a source must be in each that names its directive")
    func several() {
        #expect(policy(["default-src 'self' 'unsafe-inline'", "default-src 'self'"]) == 5)
        #expect(policy(["default-src 'self' 'unsafe-inline', default-src 'self'"]) == 5)
        #expect(policy(["default-src 'self'", "default-src https://a.example"]) == 10)
        #expect(policy(["default-src 'self' 'unsafe-inline'", "default-src 'unsafe-inline'"]) == -20)
    }

    @Test("a policy in the page counts, but not one that a page can't set; over plain http it may name http")
    func inPage() {
        func meta(_ value: String) -> String {
            "<html><head><meta http-equiv=\"Content-Security-Policy\" content=\"\(value)\"></head>"
        }
        #expect(policy([], page: meta("default-src 'none'")) == 10)
        #expect(policy([], page: meta("frame-ancestors 'none'")) == -25)
        #expect(policy(["default-src 'self' 'unsafe-inline'"], page: meta("default-src 'self'")) == 5)
        #expect(policy(["default-src 'self'; img-src http://a.example"], https: false) == 0)
        #expect(policy(["default-src *"], https: false) == -20)
        let referrer = "<meta http-equiv=Referrer-Policy content=unsafe-url>"
        #expect(grade(page: referrer).score == 120)
    }

    @Test(
        "cookies cost by the worst of them, and all with SameSite earn five",
        arguments: [
            (["session=1; HttpOnly"], -10), (["session=1"], -30), (["session=1; Secure"], -30),
            (["theme=dark"], -5), (["csrf=1; Secure; HttpOnly"], -20), (["login=1; Secure; HttpOnly"], 0),
            (["a=1; Secure; SameSite=Maybe"], -20), (["a=1; SameSite=None"], -20),
            (["a=1; Secure; SameSite=None"], 5), (["a=1; Secure; SameSite=Lax", "b=1; Secure"], 0),
            (["theme=dark", "session=1; Secure"], -30), (["token=1; Secure"], 0), (["heroku-session-affinity=1"], 0),
        ])
    func cookies(values: [String], points: Int) {
        let score = grade(cookies: values).score
        #expect(score == (points >= -10 ? 130 + points : 100 + points))
    }

    @Test(
        "cookies without Secure cost more where Strict-Transport-Security is short",
        arguments: [("theme=dark", 70), ("session=1; HttpOnly", 50)])
    func withoutHSTS(cookie: String, score: Int) {
        #expect(grade(with: [("Strict-Transport-Security", "max-age=86400")], cookies: [cookie]).score == score)
    }

    @Test(
        "other headers cost what they cost there",
        arguments: [
            ("Strict-Transport-Security", "max-age=15552000", 130),
            ("Strict-Transport-Security", "max-age=15551999", 120),
            ("Strict-Transport-Security", "max-age=31536000, max-age=1", 80),
            ("Strict-Transport-Security", "preload", 80),
            ("Referrer-Policy", "unsafe-url", 120), ("Referrer-Policy", "no-referrer, something-new", 130),
            ("Referrer-Policy", "something-new", 120), ("Cross-Origin-Resource-Policy", "cross-origin", 120),
            ("Cross-Origin-Resource-Policy", "everybody", 115), ("X-Content-Type-Options", "sniff", 125),
        ])
    func headers(name: String, value: String, score: Int) {
        #expect(grade(with: [(name, value)]).score == score)
    }

    @Test(
        "framing is decided by frame-ancestors or by X-Frame-Options",
        arguments: [("DENY", 125), ("ALLOW-FROM https://a.example", 125), ("maybe", 80)])
    func framing(value: String, score: Int) {
        let policy = ("Content-Security-Policy", "default-src 'none'")
        #expect(grade(with: [policy, ("X-Frame-Options", value)]).score == score)
    }

    @Test(
        "scripts of other sites cost by https and integrity",
        arguments: [
            ("/a.js", 130), ("https://cdn.example.test/a.js", 130), ("https://a.example/a.js", 125),
            ("http://a.example/a.js", 50), ("//a.example/a.js", 50),
            ("https://a.example/a.js\" integrity=\"sha384-x", 135),
            ("//a.example/a.js\" integrity=\"sha384-x", 80), ("/a.js\" integrity=\"sha384-x", 135),
        ])
    func scripts(address: String, score: Int) {
        #expect(grade(page: "<html><script src=\"\(address)\"></script>").score == score)
    }

    @Test("without https nothing is an A")
    func plain() { #expect(grade(https: false).score == 60) }

    @Test(
        "letters as in the chart",
        arguments: [(100, "A+"), (99, "A"), (85, "A-"), (79, "B"), (64, "C+"), (24, "F"), (0, "F")])
    func letters(score: Int, letter: String) { #expect(ObservatoryGrade.letter(score) == letter) }
}
