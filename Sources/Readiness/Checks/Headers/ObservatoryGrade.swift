/// The grade that the public HTTP Observatory's rules give, printed beside ours so that people who know it can compare.
///
/// After MDN's published scoring (developer.mozilla.org/observatory/docs/tests_and_scoring, read 2026-11): a baseline of 100,
/// penalties first, bonuses only from 90 on. Left out: the preload lists and the cross-checks of a browser's own lists.
public struct ObservatoryGrade: Sendable, Codable, Equatable {
    /// `A+` to `F`.
    public var grade: String
    public var score: Int
    /// What moved the score, such as `no Content-Security-Policy: -25`.
    public var reasons: [String]

    /// What the rules look at.
    struct Input: Sendable {
        var isHTTPS = true
        var fields: [HeaderField] = []
        var cookies: [SetCookie] = []
        /// Whether plain http leads to https on the same host; nil when there is no plain listener.
        var redirects: Bool?
        /// Whether any origin is allowed with credentials.
        var sharesWithAnyOrigin = false
        /// Scripts of other hosts without an integrity attribute.
        var foreignScripts = 0

        func first(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value.lowercased() }
    }

    init(_ input: Input) {
        var penalties: [(String, Int)] = []
        var bonuses: [(String, Int)] = []
        func note(_ what: String, _ points: Int) {
            if points < 0 { penalties.append((what, points)) } else if points > 0 { bonuses.append((what, points)) }
        }
        let policy = ContentPolicy(input.first("content-security-policy"))
        let (words, points) = policy.judgement(isHTTPS: input.isHTTPS)
        note(words, points)
        Self.judgeTransport(input, note)
        Self.judgeCookies(input, note)
        Self.judgeSmallHeaders(input, policy, note)
        if input.sharesWithAnyOrigin { note("any origin may read with credentials", -50) }
        if input.foreignScripts > 0 { note("scripts of other hosts without integrity", -5) }
        var score = 100 + penalties.reduce(0) { $0 + $1.1 }
        var counted = penalties
        if score >= 90 {
            score += bonuses.reduce(0) { $0 + $1.1 }
            counted += bonuses
        }
        self.score = max(0, score)
        grade = Self.letter(self.score)
        reasons = counted.map { "\($0.0): \($0.1 > 0 ? "+" : "")\($0.1)" }
    }

    static func letter(_ score: Int) -> String {
        let chart = [
            (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
            (40, "D+"), (30, "D"), (25, "D-"),
        ]
        return chart.first { score >= $0.0 }?.1 ?? "F"
    }

    private static func judgeTransport(_ input: Input, _ note: (String, Int) -> Void) {
        guard input.isHTTPS else {
            note("no HTTPS, so no Strict-Transport-Security", -20)
            note("plain http leads nowhere", -20)
            return
        }
        if let field = input.first("strict-transport-security") {
            let age = field.split(separator: ";").map(\.trimmed).first { $0.hasPrefix("max-age") }
            let seconds = age.flatMap { Int($0.dropFirst(7).drop { "= \"".contains($0) }.prefix { $0.isNumber }) }
            if let seconds {
                if seconds < 15_768_000 { note("Strict-Transport-Security of less than six months", -10) }
            } else {
                note("Strict-Transport-Security can't be read", -20)
            }
        } else {
            note("no Strict-Transport-Security", -20)
        }
        if input.redirects == false { note("plain http doesn't lead to https", -20) }
    }

    private static func judgeCookies(_ input: Input, _ note: (String, Int) -> Void) {
        guard !input.cookies.isEmpty else { return }
        let hasHSTS = input.isHTTPS && input.first("strict-transport-security") != nil
        func isSession(_ cookie: SetCookie) -> Bool {
            ["sess", "sid", "auth", "login", "token"].contains { cookie.name.lowercased().contains($0) }
        }
        func isToken(_ cookie: SetCookie) -> Bool {
            ["csrf", "xsrf"].contains { cookie.name.lowercased().contains($0) }
        }
        let worst = input.cookies.map { cookie -> (String, Int) in
            let session = isSession(cookie) && !isToken(cookie)
            if !cookie.isSecure, session {
                return hasHSTS ? ("a session cookie without Secure", -10) : ("a session cookie without Secure", -40)
            }
            if session, !cookie.isHTTPOnly { return ("a session cookie without HttpOnly", -30) }
            if isToken(cookie), cookie.sameSite == nil { return ("an anti-CSRF cookie without SameSite", -20) }
            if !cookie.isSecure { return hasHSTS ? ("a cookie without Secure", -5) : ("a cookie without Secure", -20) }
            return ("", 0)
        }.min { $0.1 < $1.1 }
        if let worst, worst.1 < 0 { return note(worst.0, worst.1) }
        if input.cookies.allSatisfy({ ["lax", "strict"].contains($0.sameSite?.lowercased() ?? "") }) {
            note("cookies with Secure, HttpOnly and SameSite", 5)
        }
    }

    private static func judgeSmallHeaders(_ input: Input, _ policy: ContentPolicy, _ note: (String, Int) -> Void) {
        if input.first("x-content-type-options") != "nosniff" { note("no X-Content-Type-Options: nosniff", -5) }
        if policy.restrictsFraming {
            note("framing restricted by frame-ancestors", 5)
        } else if !["deny", "sameorigin"].contains(input.first("x-frame-options") ?? "") {
            note("framing is not restricted", -20)
        }
        if let referrer = input.first("referrer-policy")?.split(separator: ",").last.map({ $0.trimmed }) {
            let good = ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"]
            note("Referrer-Policy \(visible(referrer, limit: 40))", good.contains(referrer) ? 5 : -5)
        }
        if ["same-origin", "same-site"].contains(input.first("cross-origin-resource-policy") ?? "") {
            note("Cross-Origin-Resource-Policy", 10)
        }
    }
}

/// A Content-Security-Policy as far as the Observatory's rules look at it.
private struct ContentPolicy {
    private let directives: [String: [String]]?

    init(_ field: String?) {
        guard let field else {
            directives = nil
            return
        }
        var found: [String: [String]] = [:]
        for part in field.split(separator: ";") {
            let words = part.split(separator: " ").map(String.init)
            guard let name = words.first, found[name] == nil else { continue }
            found[name] = Array(words.dropFirst())
        }
        directives = found
    }

    private func sources(_ name: String) -> [String]? { directives?[name] ?? directives?["default-src"] }

    var restrictsFraming: Bool {
        guard let ancestors = directives?["frame-ancestors"] else { return false }
        return !ancestors.isEmpty && !ancestors.contains { ["*", "http:", "https:"].contains($0) }
    }

    func judgement(isHTTPS: Bool) -> (String, Int) {
        guard let directives else { return ("no Content-Security-Policy", -25) }
        guard !directives.isEmpty else { return ("an empty Content-Security-Policy", -25) }
        let broad = ["*", "http:", "https:", "data:", "blob:", "ftp:"]
        let script = sources("script-src")
        let object = sources("object-src")
        guard let script, let object else { return ("a policy that doesn't restrict scripts and objects", -20) }
        let isGuarded = script.contains { $0.hasPrefix("'nonce-") || $0.hasPrefix("'sha") || $0 == "'strict-dynamic'" }
        let isStrict = script.contains("'strict-dynamic'")
        if (script.contains("'unsafe-inline'") && !isGuarded) || (!isStrict && script.contains(where: broad.contains))
            || object.contains(where: broad.contains)
        {
            return ("a policy with unsafe or broad script sources", -20)
        }
        if isHTTPS, script.contains(where: { $0.hasPrefix("http:") }) {
            return ("a policy that allows http scripts", -20)
        }
        if script.contains("'unsafe-eval'") { return ("a policy with 'unsafe-eval'", -10) }
        if isHTTPS, (sources("img-src") ?? []).contains(where: { $0.hasPrefix("http:") }) {
            return ("a policy that allows http images", -10)
        }
        let style = sources("style-src") ?? ["*"]
        if style.contains("'unsafe-inline'") || style.contains(where: broad.contains) {
            return ("a policy that is unsafe in styles only", 0)
        }
        let form = directives["form-action"] ?? []
        let isClosed =
            directives["default-src"] == ["'none'"] && directives["base-uri"] != nil
            && !form.isEmpty && !form.contains("*")
        return isClosed ? ("a policy with default-src 'none'", 10) : ("a policy without unsafe sources", 5)
    }
}
