/// Reads the policy as CSP Level 3 does: the first of equal directives counts, `default-src` stands in for what is
/// missing, a nonce, hash or `strict-dynamic` makes `'unsafe-inline'` void.
struct ContentSecurityPolicyRestrictsScripts: Check {
    let sheet = CheckSheet(
        "headers.content-security-policy", "A content security policy restricts where scripts come from",
        area: .headers, side: .edge, severity: .major, asvs: "V3.4.3", flaw: "missing-csp",
        rationale: "With a policy, script that somebody slips into a page isn't run by the browser.",
        remediation: "Send a Content-Security-Policy with `default-src 'self'; object-src 'none'; base-uri 'none'` and "
            + "nonces for inline scripts; no `'unsafe-inline'`, no `*` for scripts.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let seen = try await target.livePage()
        let policies = seen.answer.all("content-security-policy").flatMap { $0.split(separator: ",") }
        // One that is only reported blocks nothing: told, because the way to mend it is short.
        let reported = seen.answer.all("content-security-policy-report-only").flatMap { $0.split(separator: ",") }
        let remark =
            reported.contains { Self.weakness(of: String($0)) == nil } ? "; one that does is only reported" : ""
        guard !policies.isEmpty else { return [.fails(seen.subject, "no Content-Security-Policy\(remark)", seen)] }
        // Several policies all apply: one that restricts scripts is enough.
        let weaknesses = policies.map { Self.weakness(of: String($0)) }
        if weaknesses.contains(nil) { return [.holds(seen.subject, "scripts are restricted by the policy", seen)] }
        return [.fails(seen.subject, (weaknesses.compactMap { $0 }.first ?? "the policy is empty") + remark, seen)]
    }

    static func weakness(of policy: String) -> String? {
        var directives: [String: [String]] = [:]
        for part in policy.lowercased().split(separator: ";") {
            let words = part.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let name = words.first, directives[name] == nil else { continue }
            directives[name] = Array(words.dropFirst())
        }
        guard let sources = directives["script-src"] ?? directives["default-src"] else {
            return "neither script-src nor default-src restricts scripts"
        }
        let isBound = sources.contains {
            $0.hasPrefix("'nonce-") || $0.hasPrefix("'sha") || $0 == "'strict-dynamic'"
        }
        if sources.contains("'unsafe-inline'"), !isBound { return "scripts are allowed inline, without nonce or hash" }
        for open in ["*", "https:", "http:", "data:"] where sources.contains(open) {
            if open != "https:" || !sources.contains("'strict-dynamic'") { return "scripts are allowed from `\(open)`" }
        }
        if (directives["default-src"] ?? []).contains("*") { return "default-src is `*`" }
        return nil
    }
}
