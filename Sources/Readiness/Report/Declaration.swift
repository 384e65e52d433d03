/// Lines of `readiness.yaml` for what a run found missing, as far as it could see what to write.
enum Declaration {
    /// nil where nothing is wanted, or all of it is declared: what a reader has written isn't asked of him again. At most 76
    /// characters a line.
    static func lines(
        _ parts: Set<ConfigurationPart>, target: SiteURL, survey: Survey?, known: ReadinessConfiguration
    ) -> [String]? {
        var lines: [String] = []
        if parts.contains(.start) { lines.append("start: /the/page/to/look/at") }
        if parts.contains(.plainURL) { lines.append(plainURL(target)) }
        if !parts.isDisjoint(with: [.login, .identities, .signOut]) {
            lines += known.parts.contains(.login) ? more(parts, known) : signIn(survey?.signIn)
        }
        if parts.contains(.openAPI), known.routes.isEmpty { lines.append(operations(known)) }
        if parts.contains(.protected), known.protected.isEmpty {
            let who = known.identities.first.map { name($0.name) } ?? "ann"
            lines.append("protected: [{ operation: GET /account, as: \(who) }]")
        }
        return lines.isEmpty ? nil : lines
    }

    /// Only the usual port tells where the other usual one is.
    private static func plainURL(_ target: SiteURL) -> String {
        let host = visible(target.host, limit: 40)
        return target.port == 443
            ? "plain-url: http://\(host)" : "plain-url: http://\(host):8080   # where plain http is answered"
    }

    /// Where the description that is declared wasn't enough, or isn't there, the operations themselves.
    private static func operations(_ known: ReadinessConfiguration) -> String {
        known.openAPI == nil
            ? "openapi: /openapi.json   # on the app, or a file beside this one"
            : "routes: [GET /account, POST /notes]   # what the description doesn't say"
    }

    /// What a declared sign-in lacks.
    private static func more(_ parts: Set<ConfigurationPart>, _ known: ReadinessConfiguration) -> [String] {
        var lines: [String] = []
        if parts.contains(.signOut), let login = known.login, login.signOut == nil, !login.isBasic {
            lines += ["login:            # beside what is there", "  sign-out: POST /logout"]
        }
        let people = known.identities.filter { !$0.isExpendable }
        guard parts.contains(.identities), people.count < 2 else { return lines }
        guard let first = people.first else { return lines + person("ann", role: nil, beside: nil) }
        let second = first.name == "bob" ? "ann" : "bob"
        return lines + person(second, role: first.role, beside: first.name)
    }

    private static func person(_ name: String, role: String?, beside other: String?) -> [String] {
        let role = role.map { ", role: \(self.name($0))" } ?? ""
        return [
            "identities:" + (other.map { "       # beside \(visible($0, limit: 30))" } ?? ""),
            "  - { name: \(name), user: \(name)@example.test, password-env: \(name.uppercased())_PASSWORD\(role) }",
        ]
    }

    private static func signIn(_ found: Survey.FoundForm?) -> [String] {
        let people = person("ann", role: nil, beside: nil)
        guard let found else {
            return ["login:          # or, where nobody signs in, `login: none`"]
                + ["  path: /api/session", "  json: { email: \"{user}\", password: \"{password}\" }"] + people
        }
        let password = found.form.fields.first { $0.type == "password" }?.name ?? "password"
        let user =
            found.form.fields.first { ["text", "email", "tel"].contains($0.type) && $0.name != password }?.name
            ?? "user"
        var lines = ["login:", "  path: \(path(found.path))"]
        if found.form.fields.contains(where: { $0.type == "hidden" }) {
            lines.append("  page: \(path(found.page.request.targetText))")
        }
        lines.append("  form: { \(name(user)): \"{user}\", \(name(password)): \"{password}\" }")
        return lines + people
    }

    /// A value, quoted unless it is plain.
    private static func path(_ text: String) -> String {
        let shown = visible(text, limit: 60)
        return shown.wholeMatch(of: /\/[A-Za-z0-9\/._~%?&=+\-]*/) != nil
            ? shown : "'\(shown.replacing("'", with: "''"))'"
    }

    /// A key in a flow mapping, quoted unless it is plain.
    private static func name(_ text: String) -> String {
        text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
            ? String(text.prefix(20)) : "\"\(visible(text, limit: 20).filter { $0 != "\"" && $0 != "\\" })\""
    }
}
