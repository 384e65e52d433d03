import Foundation

/// The first `seaworthy.yaml` of an app: what it showed, what follows from it, what to decide next.
struct StarterFile {
    let upstream: String
    let findings: AppFindings

    /// For a person, before the file is opened.
    var summary: String {
        (["\(upstream) answered \(findings.requests) questions:"] + facts.map { "  - \($0)" }).joined(separator: "\n")
    }

    /// What was seen, a sentence each.
    var facts: [String] {
        var facts = ["The start page answers \(findings.startStatus)."]
        if let framework = findings.framework { facts.append("It looks like \(framework.rawValue).") }
        switch findings.missing {
        case .refused: break
        case .answered: facts.append("It answers paths that don't exist with a page.")
        case .ledElsewhere: facts.append("It leads paths that don't exist elsewhere.")
        }
        facts.append(
            findings.ownHeaders.isEmpty
                ? "It sends no security headers of its own."
                : "It sends some security headers itself: \(findings.ownHeaders.joined(separator: ", ")).")
        if let path = findings.signInPath { facts.append("There is a sign-in form at \(shown(path)).") }
        if let path = findings.drawnSignInPath {
            facts.append("A script makes the sign-in form at \(shown(path)): see identity.sign-in below.")
        }
        if let form = findings.loginForm {
            facts.append("It sends \(form.user) and \(form.password) to \(form.path): see identity.sign-in below.")
        }
        if !findings.sessionCookies.isEmpty {
            facts.append("It sets cookies: \(findings.sessionCookies.prefix(5).map(shown).joined(separator: ", ")).")
        }
        switch findings.crossOrigin {
        case .none: break
        case .anybody: facts.append("It lets every origin read its answers (Access-Control-Allow-Origin: *).")
        case .reflects: facts.append("It lets every origin that asks read its answers.")
        case .reflectsWithCredentials:
            facts.append("It lets every origin read its answers with the user's cookies: a hole.")
        case .fixed(let origin): facts.append("It lets \(shown(origin)) read its answers.")
        }
        if findings.takesUploads { facts.append("It has a form for uploads.") }
        if findings.usesWebSockets { facts.append("It uses WebSockets.") }
        if findings.answersTrace { facts.append("It answers TRACE.") }
        if findings.takesAnyHost { facts.append("It takes any Host.") }
        for place in findings.places { facts.append("\(place.path) answers \(place.status).") }
        return facts
    }

    var yaml: String {
        var text = """
            # Seaworthy's configuration for \(upstream), a start: `seaworthy serve` takes it as it is.
            # Every key there is: seaworthy config explain. Is it in order: seaworthy config check.
            #
            # What the app showed:

            """
        for fact in facts { text += "#   - \(fact)\n" }
        text += StarterFile.process(upstream)
        text += hosts
        text += routes
        text += signIn
        text += crossOrigin
        text += headers
        text += limits
        return text.hasSuffix("\n") ? text : text + "\n"
    }

    private static func process(_ upstream: String) -> String {
        """

        upstream: \(upstream)

        # observe: every control decides and records what it would refuse, and lets it pass.
        # Click through the app, look for "would-have" in the log, then set this to enforce.
        mode: observe

        # The doors. For the internet: listen on 0.0.0.0 with TLS; `seaworthy reload` wants the pid file.
        listen: 127.0.0.1:8080
        operator: 127.0.0.1:8081      # health and metrics; keep it private
        # tls-listen: 0.0.0.0:443
        # tls-certificate: /etc/ssl/app.pem
        # tls-key: /etc/ssl/app.key
        # pid-file: /run/seaworthy/seaworthy.pid
        # health.public: true         # /health/live on the public door too: for load balancers, and for `seaworthy check`

        """
    }

    private var hosts: String {
        """

        # Where people reach the app: links and redirects come from it, never from `Host`.
        # public-url: https://app.example.com

        # The names that the app goes by; \(findings.takesAnyHost ? "it takes any itself, so" : "") others are refused.
        # hosts: [app.example.com]

        # Who may say for whom a request is: your load balancer's network, if there is one.
        # trusted-hops: [10.0.0.0/8]

        """.replacing("by;  others", with: "by; others")
    }

    private var signIn: String {
        guard let form = findings.loginForm else { return drawnSignIn }
        let cookie = LoginFormFinding.sessionCookie(
            of: findings.framework, seen: findings.sessionCookies, described: findings.describedCookie)
        let lines = form.lines(cookie: cookie, logout: findings.logoutPath, framework: findings.framework)
        let token = form.tokens.isEmpty ? "" : "\n# (its token \(form.tokens.joined(separator: ", ")) passes untouched)"
        return """

            # The app's own login can be guarded, with its code unchanged: lockout, second factor, timeouts, a list of
            # sessions with sign-out everywhere (/seaworthy/sessions), audit. Take the # off to have that.\(token)
            \(lines.map { "# \($0)" }.joined(separator: "\n"))

            """
    }

    /// What to fill in where the form couldn't be read.
    private var drawnSignIn: String {
        guard let path = findings.drawnSignInPath else { return "" }
        let cookie = LoginFormFinding.sessionCookie(
            of: findings.framework, seen: findings.sessionCookies, described: findings.describedCookie)
        return """

            # A script makes the sign-in form at \(shown(path)), so it couldn't be read. The app's own login can be guarded all the
            # same: lockout, second factor, timeouts, sign-out everywhere. Sign in with the browser's network tools open:
            # the request that has the password says path and fields, its answer the cookie.
            # identity.sign-in: adopt
            # identity.adopt.login-path: \(shown(path))
            # identity.adopt.user-field: email
            # identity.adopt.password-field: password
            # identity.adopt.session-cookie: \(cookie ?? "session")
            # identity.adopt.logout-path: \(findings.logoutPath ?? "/logout")

            """
    }

    private var routes: String {
        var examples: [String] = []
        let closed = findings.places.first { $0.path == "/admin" }
        examples.append(
            "  #   - {path: /admin/**, access: deny}       # \(closed == nil ? "nobody from outside" : "the app has it: who should reach it?")"
        )
        examples.append(
            "  #   - {path: /webhooks/*, methods: [POST], csrf: \"off\"}   # called by machines, takes no cookies")
        examples.append("  #   - {path: /public/**, access: public, cors: public}    # any origin may read it")
        var text = """

            # What each route asks of its caller. `app`: the app decides, as it did without us.
            routes:
              default: app
              # list:
            \(examples.joined(separator: "\n"))

            """
        if findings.places.contains(where: { $0.path == "/metrics" }) {
            text += "\n# The app shows /metrics; outside it is answered with 404 unless you allow it:\n"
            text += "# protection.exposure.allow: [/metrics]\n"
        }
        return text
    }

    private var crossOrigin: String {
        switch findings.crossOrigin {
        case .none:
            return """

                # Other origins whose pages may read the app's answers; none does now.
                # protection.cors.origins: [https://front.example.com]

                """
        case .fixed(let origin) where origin.wholeMatch(of: /https?:\/\/[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?/) != nil:
            return
                "\n# The app lets this origin read its answers; so do we.\nprotection.cors.origins: [\"\(origin)\"]\n"
        default:
            return """

                # The app lets origins read its answers that nobody listed. List those that should; when the controls
                # enforce, others can't any more. (`app` leaves all of it to the app; `cors: public` opens one route.)
                # protection.cors.origins: [https://front.example.com]

                """
        }
    }

    private var headers: String {
        guard !findings.ownHeaders.contains("content-security-policy") else {
            return "\n# The app sends a Content-Security-Policy of its own; it is kept.\n"
        }
        let pages = findings.pageNeeds.pages == 1 ? "page" : "pages"
        guard findings.pageNeeds.fitsStrictPolicy else {
            let seen = findings.pageNeeds.findings.map { "\n#   - \(shown($0))" }.joined()
            return """

                # The app sends no Content-Security-Policy. Ours would block what its pages need:\(seen.isEmpty ? " none was seen." : seen)
                # It is only reported, in the browser's console; `seaworthy check` counts it when it is enforced.
                \(PageNeeds.enforceKey): report-only

                """
        }
        return """

            # The app sends no Content-Security-Policy. The \(findings.pageNeeds.pages) \(pages) seen here need nothing that ours would block
            # (no inline script, nothing from elsewhere). If another page does: report-only, and read the browser's console.
            \(PageNeeds.enforceKey): enforce

            """
    }

    private var limits: String {
        """

        # Requests of one address; images, styles and scripts count apart.
        # protection.rate-limit.address: 100/min
        # Bytes of a request's body\(findings.takesUploads ? "; the app takes uploads: how large may they be?" : ".")
        # protection.request-shape.body.limit: 10MiB

        # In production a database wants a root key, from outside this file: `openssl rand -base64 48` makes one,
        # SEAWORTHY_SECRET_KEY_FILE names the file that holds it (mode 0400). `seaworthy secrets check` judges it.

        """
    }

    /// Something from outside inside a comment: one line of printable characters.
    private func shown(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(80).filter { $0.value >= 0x20 && $0.value < 0x7F }))
    }
}
