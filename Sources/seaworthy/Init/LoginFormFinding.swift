import Foundation

/// A login form that a page has, as `identity.sign-in: adopt` wants it described.
struct LoginFormFinding: Equatable {
    /// Where the form sends name and password.
    let path: String
    let user: String
    let password: String
    /// Hidden fields that look like a token against other sites: the form's own business, passed on untouched.
    let tokens: [String]
    /// Whether it offers to keep people signed in, by a cookie beside the session's.
    let remembers: Bool

    /// The first form of a page that has a password field and is sent by POST; nil where none is, or where it can't be told
    /// who signs in by it.
    ///
    /// - Parameter page: the path that the page was got by.
    init?(in html: String, page: String) {
        for form in html.matches(
            of: /<form((?:"[^"]*"|'[^']*'|[^"'>])*)>(.*?)<\/form\s*>/.ignoresCase().dotMatchesNewlines()
        )
        .prefix(20) {
            let attributes = LoginFormFinding.attributes(String(form.output.1))
            guard attributes["method"]?.lowercased() == "post" else { continue }
            let inputs = form.output.2.matches(of: /<input((?:"[^"]*"|'[^']*'|[^"'>])*)>/.ignoresCase()).prefix(100)
                .map { LoginFormFinding.attributes(String($0.output.1)) }
            let passwords = inputs.indices.filter { inputs[$0]["type"]?.lowercased() == "password" }
            // With two, it makes an account or changes a password.
            guard passwords.count == 1, let place = passwords.first, let password = inputs[place]["name"],
                LoginFormFinding.isPlain(password),
                let path = LoginFormFinding.target(attributes["action"] ?? "", page: page)
            else { continue }
            let candidates = inputs[..<place].reversed() + inputs[place...].dropFirst()
            let user = candidates.first { input in
                ["", "text", "email", "tel"].contains(input["type"]?.lowercased() ?? "")
                    && LoginFormFinding.isPlain(input["name"] ?? "")
            }?["name"]
            guard let user else { continue }
            self.path = path
            self.user = user
            remembers = inputs.contains { input in
                input["type"]?.lowercased() == "checkbox"
                    && ["remember", "keep", "stay"].contains(where: (input["name"] ?? "").lowercased().contains)
            }
            self.password = password
            tokens = inputs.filter { $0["type"]?.lowercased() == "hidden" }.compactMap { $0["name"] }.filter {
                LoginFormFinding.isPlain($0)
                    && ["csrf", "xsrf", "token", "authenticity"].contains(where: $0.lowercased().contains)
            }
            return
        }
        return nil
    }

    /// The path that an `action` leads to; nil for another site's.
    private static func target(_ action: String, page: String) -> String? {
        let action = action.prefix { $0 != "?" && $0 != "#" }
        var path = page.prefix { $0 != "?" && $0 != "#" }
        if action.hasPrefix("//") || action.contains(":") { return nil }
        if action.hasPrefix("/") {
            path = action
        } else if !action.isEmpty {
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
            path = Substring(folder + action)
        }
        return path.wholeMatch(of: /\/[A-Za-z0-9_\-.~\/]{0,200}/) == nil || path.contains("..") ? nil : String(path)
    }

    /// What may stand in the file as it is.
    private static func isPlain(_ name: String) -> Bool { name.wholeMatch(of: /[A-Za-z0-9_\-.\[\]]{1,60}/) != nil }

    /// Names in lower case.
    private static func attributes(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        for match in text.matches(of: /([A-Za-z\-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/).prefix(50) {
            let value = match.output.2 ?? match.output.3 ?? match.output.4 ?? ""
            let name = match.output.1.lowercased()
            if found[name] == nil { found[name] = String(value) }
        }
        return found
    }

    /// The cookie that the app's session is probably in.
    ///
    /// - Parameter described: what the app's own description says.
    static func sessionCookie(of framework: Framework?, seen: [String], described: String?) -> String? {
        let usual: [Framework: String] = [
            .flask: "session", .django: "sessionid", .express: "connect.sid", .laravel: "laravel_session",
            .php: "PHPSESSID", .spring: "JSESSIONID", .fastAPI: "session", .vapor: "vapor-session",
            .aspNet: ".AspNetCore.Cookies",
        ]
        let likely = seen.first { name in
            let folded = name.lowercased()
            return !folded.contains("csrf") && !folded.contains("xsrf")
                && (folded.contains("sess") || folded.contains("sid") || folded.contains("auth"))
                && name.wholeMatch(of: /[A-Za-z0-9_\-.]{1,60}/) != nil
        }
        return likely ?? described ?? framework.flatMap { usual[$0] }
    }

    /// The cookie that an OpenAPI description (§4.8.27) says people are known by; nil where it says none.
    static func described(in text: String) -> String? {
        guard let whole = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let components = whole["components"] as? [String: Any],
            let schemes = components["securitySchemes"] as? [String: Any]
        else { return nil }
        let names = schemes.sorted { $0.key < $1.key }.compactMap { _, scheme -> String? in
            guard let scheme = scheme as? [String: Any], scheme["in"] as? String == "cookie" else { return nil }
            return scheme["name"] as? String
        }
        return names.first { $0.wholeMatch(of: /[A-Za-z0-9_\-.]{1,60}/) != nil }
    }

    /// What most apps call the way out beside this way in.
    private var logoutGuess: String {
        for (word, opposite) in [
            ("login", "logout"), ("sign-in", "sign-out"), ("signin", "signout"), ("log-in", "log-out"),
        ]
        where path.contains(word) { return path.replacing(word, with: opposite) }
        return "/logout"
    }

    /// Lines of YAML that guard it, without a `#`.
    ///
    /// - Parameters:
    ///   - cookie: the cookie of the app's session, where it is known.
    ///   - logout: the way out, where a page showed it.
    ///   - framework: what the app seems to be made with.
    func lines(cookie: String?, logout: String?, framework: Framework? = nil) -> [String] {
        func quoted(_ text: String) -> String { text.contains("[") ? "\"\(text)\"" : text }
        var lines = [
            "identity.sign-in: adopt",
            "identity.adopt.login-path: \(path)",
            "identity.adopt.user-field: \(quoted(user))",
            "identity.adopt.password-field: \(quoted(password))",
            "identity.adopt.session-cookie: \(cookie ?? "session")"
                + (cookie == nil ? "      # a guess: see what signing in sets" : ""),
        ]
        if remembers {
            // Without it a browser that kept the cookie is signed in again after a sign-out everywhere.
            let usual: [Framework: String] = [.spring: "remember-me", .flask: "remember_token"]
            let name = framework.flatMap { usual[$0] } ?? "remember_token"
            lines.append("identity.adopt.remember-cookie: \(name)      # a guess: see what the ticked box sets")
        }
        lines.append(
            "identity.adopt.logout-path: \(logout ?? logoutGuess)" + (logout == nil ? "         # a guess" : ""))
        return lines
    }
}
