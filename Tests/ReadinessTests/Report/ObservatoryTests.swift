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
        without name: String? = nil, with more: [(String, String)] = [], cookies: [String] = [], https: Bool = true
    ) -> ObservatoryGrade {
        var input = ObservatoryGrade.Input()
        input.isHTTPS = https
        input.fields = (more + good.filter { field in field.0 != name && !more.contains { $0.0 == field.0 } }).map {
            HeaderField(name: $0.0, value: $0.1)
        }
        input.cookies = cookies.compactMap(SetCookie.init(field:))
        return ObservatoryGrade(input)
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

    @Test(
        "policies are told apart as there",
        arguments: [
            ("default-src 'self'; frame-ancestors 'none'", 125),
            ("default-src 'self' 'unsafe-inline'; frame-ancestors 'none'", 80),
            ("script-src 'self'; frame-ancestors 'none'", 80),
            ("default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'", 120),
            ("default-src 'self'; script-src 'nonce-x' 'unsafe-inline'; frame-ancestors 'none'", 125),
            ("default-src 'self'; script-src 'self' 'unsafe-eval'; frame-ancestors 'none'", 110),
            ("default-src *; frame-ancestors 'none'", 80),
        ])
    func policies(policy: String, score: Int) {
        #expect(grade(with: [("Content-Security-Policy", policy)]).score == score)
    }

    @Test(
        "cookies cost by the worst of them",
        arguments: [
            ("session=1", 90, true), ("session=1; Secure", 70, true), ("theme=dark", 95, true),
            ("csrf=1; Secure; HttpOnly", 80, true),
        ])
    func cookies(cookie: String, base: Int, secure: Bool) {
        let score = grade(cookies: [cookie], https: secure).score
        #expect(score == (base >= 90 ? base + 30 : base))
    }

    @Test("without https nothing is an A")
    func plain() { #expect(grade(https: false).score == 60) }

    @Test(
        "letters as in the chart",
        arguments: [(100, "A+"), (99, "A"), (85, "A-"), (79, "B"), (64, "C+"), (24, "F"), (0, "F")])
    func letters(score: Int, letter: String) { #expect(ObservatoryGrade.letter(score) == letter) }
}
