/// Lines of `readiness.yaml` for what a run found missing, as far as it could see what to write.
enum Declaration {
    /// nil where nothing is wanted. At most 76 characters a line.
    static func lines(_ parts: Set<ConfigurationPart>, target: SiteURL, survey: Survey?) -> [String]? {
        var lines: [String] = []
        if parts.contains(.start) { lines.append("start: /the/page/to/look/at") }
        if parts.contains(.plainURL) { lines.append("plain-url: http://\(visible(target.host, limit: 50))") }
        if !parts.isDisjoint(with: [.login, .identities, .signOut]) { lines += signIn(survey?.signIn) }
        if parts.contains(.openAPI) { lines.append("openapi: /openapi.json   # on the app, or a file beside this one") }
        if parts.contains(.protected) { lines.append("protected: [{ operation: GET /account, as: ann }]") }
        return lines.isEmpty ? nil : lines
    }

    private static func signIn(_ found: Survey.FoundForm?) -> [String] {
        let people = [
            "identities:", "  - { name: ann, user: ann@example.test, password-env: ANN_PASSWORD }",
        ]
        guard let found else {
            return ["login:          # or, where nobody signs in, `login: none`"]
                + ["  path: /api/session", "  json: { email: \"{user}\", password: \"{password}\" }"] + people
        }
        let password = found.form.fields.first { $0.type == "password" }?.name ?? "password"
        let user =
            found.form.fields.first { ["text", "email", "tel"].contains($0.type) && $0.name != password }?.name
            ?? "user"
        var lines = ["login:", "  path: \(visible(found.path, limit: 60))"]
        if found.form.fields.contains(where: { $0.type == "hidden" }) {
            lines.append("  page: \(visible(found.page.request.targetText, limit: 60))")
        }
        lines.append("  form: { \(name(user)): \"{user}\", \(name(password)): \"{password}\" }")
        return lines + people
    }

    /// A key in a flow mapping, quoted unless it is plain.
    private static func name(_ text: String) -> String {
        text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
            ? String(text.prefix(20)) : "\"\(visible(text, limit: 20).filter { $0 != "\"" && $0 != "\\" })\""
    }
}
