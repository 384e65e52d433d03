import Foundation
import TestKit
import Testing

@Suite("init")
struct InitTests {
    @Test("It writes a file that serve takes as it is, with what the app showed")
    func writes() async throws {
        let app = try await scriptedApp { head in
            if head.hasPrefix("GET / ") {
                return response(
                    "200 OK", ["Server: Werkzeug/3.1", "Content-Type: text/html", "Set-Cookie: session=abc; Path=/"],
                    "<a href=\"/accounts/login\">Sign in</a><form enctype=\"multipart/form-data\"></form>")
            }
            if head.hasPrefix("GET /accounts/login ") {
                return response("200 OK", ["Content-Type: text/html"], "<input type=\"password\" name=\"p\">")
            }
            if head.hasPrefix("TRACE ") { return response("200 OK", [], head) }
            return response("404 Not Found", ["Content-Type: text/html"], "<h1>Not Found</h1>")
        }
        let workspace = try Workspace()
        let run = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(run.status == 0, "\(run.err)")
        let file = try workspace.text("seaworthy.yaml")
        for text in [
            "looks like Flask", "sign-in form at /accounts/login", "session", "uploads", "answers TRACE",
            "takes any Host",
        ] {
            #expect(file.contains(text), "\(text) is missing in: \(file)")
        }
        #expect(app.connectionCount <= 15)
        for environment in ["development", "production"] {
            let check = try await workspace.run("config", "check", "--environment", environment)
            #expect(check.status == 0, "\(check.err)")
        }
        let again = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(again.status == 73 && again.err.contains("--force"))
        let forced = try await workspace.run("init", "http://127.0.0.1:\(app.port)", "--force")
        #expect(forced.status == 0)
    }

    @Test("An app that puts a slash behind every path is asked behind that slash, and its form is found")
    func slashes() async throws {
        let form = "<form method=post><input name=username><input type=password name=password></form>"
        let app = try await scriptedApp { head in
            let path = head.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
            guard path.hasSuffix("/") else { return response("301 Moved Permanently", ["Location: \(path)/"], "") }
            switch path {
            case "/": return response("200 OK", ["Content-Type: text/html"], "<h1>Welcome</h1>")
            case "/admin/": return response("302 Found", ["Location: /admin/login/?next=/admin/"], "")
            case "/admin/login/":
                return response("200 OK", ["Content-Type: text/html", "Set-Cookie: csrftoken=1"], form)
            default: return response("404 Not Found", ["Content-Type: text/html"], "<h1>Not Found</h1>")
            }
        }
        let workspace = try Workspace()
        let run = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(run.status == 0, "\(run.err)")
        let file = try workspace.text("seaworthy.yaml")
        #expect(!file.contains("paths that don't exist"), "\(file)")
        #expect(file.contains("identity.adopt.login-path: /admin/login/"), "\(file)")
        #expect(file.contains("identity.adopt.session-cookie: sessionid\n"), "\(file)")
        #expect(file.hasSuffix("\n") && !file.hasSuffix("\n\n"))
        #expect(app.connectionCount <= 15)
    }

    @Test("Where a script makes the login form, the file says what to look for")
    func drawnForm() async throws {
        let app = try await scriptedApp { head in
            if head.hasPrefix("GET / ") { return response("302 Found", ["Location: /login?next=/"], "") }
            if head.hasPrefix("GET /login ") {
                return response(
                    "200 OK", ["Content-Type: text/html", "Set-Cookie: desk_session=1"],
                    "<div id=root></div><script></script>")
            }
            return response("404 Not Found", ["Content-Type: text/html"], "<h1>Not Found</h1>")
        }
        let workspace = try Workspace()
        let run = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(run.status == 0, "\(run.err)")
        #expect(run.err.contains("A script makes the sign-in form at /login"))
        let file = try workspace.text("seaworthy.yaml")
        #expect(file.contains("# identity.adopt.session-cookie: desk_session"), "\(file)")
        let switchedOn = file.replacing("# identity.", with: "identity.")
        try workspace.write("seaworthy.yaml", switchedOn)
        let check = try await workspace.run(
            "config", "check", "--environment", "development", "--database", "a.db")
        #expect(check.status == 0, "\(check.err)")
    }

    @Test("It finds the login form by itself, and what it writes is a configuration that works once the # is off")
    func loginForm() async throws {
        let form = """
            <form action="search"><input name=q></form><FORM class='a>b' method="POST" action="./../x"><input type=password></FORM>
            <form method=post action="enter?next=/"><input type="hidden" name="csrf_token" value="x">
            <input name='mail' type=email><input type=checkbox name=remember><input id=p type=password name="pass word">
            <input type="password" name="secret"></form>
            <form METHOD='post' action="enter?next=/"><input type="hidden" name="csrf_token" value="x"><input name='mail'
            type=email><input type=checkbox name=remember><input id=p type=PASSWORD name="secret"></form>
            """
        let app = try await scriptedApp { head in
            if head.hasPrefix("GET / ") {
                return response("302 Found", ["Location: /accounts/login?next=%2F", "Server: Werkzeug/3.1"], "")
            }
            if head.hasPrefix("GET /accounts/login ") {
                return response("200 OK", ["Content-Type: text/html", "Set-Cookie: my_session=1"], form)
            }
            return response("404 Not Found", ["Content-Type: text/html"], "<h1>Not Found</h1>")
        }
        let workspace = try Workspace()
        let run = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(run.status == 0, "\(run.err)")
        let file = try workspace.text("seaworthy.yaml")
        for line in [
            "# identity.sign-in: adopt", "# identity.adopt.login-path: /accounts/enter",
            "# identity.adopt.user-field: mail", "# identity.adopt.password-field: secret",
            "# identity.adopt.session-cookie: my_session", "csrf_token",
            "# identity.adopt.remember-cookie: remember_token",
        ] { #expect(file.contains(line), "\(line) is missing in: \(file)") }
        let switchedOn = file.replacing("# identity.", with: "identity.")
        try workspace.write("seaworthy.yaml", switchedOn)
        let check = try await workspace.run(
            "config", "check", "--environment", "development", "--database", "a.db")
        #expect(check.status == 0, "\(check.err)")
    }

    @Test(
        "It takes the session's cookie from the app's description where no page sets it",
        arguments: [
            (
                #"{"components":{"securitySchemes":{"a":{"in":"header","name":"X"},"s":{"in":"cookie","name":"desk"}}}}"#,
                "desk"
            ),
            (#"{"components":{"securitySchemes":{"s":{"in":"cookie","name":"a; b\n"}}}}"#, "session"),
            (#"{"components":[]}"#, "session"), ("not JSON", "session"),
        ])
    func describedCookie(_ description: String, _ cookie: String) async throws {
        let form = "<form method=post action=/enter><input name=user><input type=password name=secret></form>"
        let app = try await scriptedApp { head in
            if head.hasPrefix("GET / ") { return response("200 OK", ["Content-Type: text/html"], form) }
            if head.hasPrefix("GET /openapi.json ") {
                return response("200 OK", ["Content-Type: application/json"], description)
            }
            return response("404 Not Found", ["Content-Type: text/html"], "<h1>Not Found</h1>")
        }
        let workspace = try Workspace()
        let run = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(run.status == 0, "\(run.err)")
        let file = try workspace.text("seaworthy.yaml")
        #expect(file.contains("# identity.adopt.session-cookie: \(cookie)\n") == (cookie == "desk"), "\(file)")
        #expect(file.contains("# identity.adopt.session-cookie: \(cookie)"))
        await app.stop()
    }

    @Test(
        "It looks at the pages for what the strict content policy would block, and sets what fits them",
        arguments: [
            ("<h1>Hello</h1><script src=\"/a.js\"></script><a href=\"https://b.example\">b</a>", "enforce", ""),
            ("<script type=\"application/json\">{}</script><img src=/a.png>", "enforce", ""),
            ("<script>start()</script>", "report-only", "inline scripts"),
            ("<script type=module>start()</script>", "report-only", "inline scripts"),
            ("<button class=\"a>b\" onclick=\"go()\">Go</button>", "report-only", "onclick"),
            ("<a href=\"javascript:go()\">Go</a>", "report-only", "javascript: links"),
            ("<script src=\"https://cdn.example/a.js\"></script>", "report-only", "scripts from cdn.example"),
            ("<link rel=\"stylesheet\" href=\"//cdn.example/a.css\">", "report-only", "from cdn.example"),
            ("<form action='https://pay.example/x'></form>", "report-only", "forms that go to pay.example"),
            ("<embed src=\"/a.pdf\">", "report-only", "embed"),
        ])
    func contentPolicy(_ html: String, _ mode: String, _ finding: String) async throws {
        let app = try await scriptedApp { head in
            head.hasPrefix("GET / ")
                ? response("200 OK", ["Content-Type: text/html; charset=utf-8"], html)
                : response("404 Not Found", ["Content-Type: text/plain"], "no")
        }
        let workspace = try Workspace()
        let run = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(run.status == 0, "\(run.err)")
        let file = try workspace.text("seaworthy.yaml")
        #expect(file.contains("\nprotection.headers.content-security-policy.mode: \(mode)\n"), "\(file)")
        #expect(finding.isEmpty || file.contains(finding), "\(file)")
        #expect(try await workspace.run("config", "check").status == 0)
        await app.stop()
    }

    @Test("Its commented examples are in order too once they are uncommented")
    func examples() async throws {
        let app = try await scriptedApp { _ in response("200 OK", [], "hello") }
        let workspace = try Workspace()
        _ = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        let file = try workspace.text("seaworthy.yaml").split(separator: "\n", omittingEmptySubsequences: false).map {
            line in
            // Settings and list items stand behind `# ` with a word and a colon, or a dash with a brace.
            line.contains(/^ *# +(- \{|[a-z][a-z.-]*:)/) && !line.contains("tls-")
                && !line.contains("What the app showed")
                && !line.contains("observe:")
                ? String(line.replacing("# ", with: "", maxReplacements: 1)) : String(line)
        }.joined(separator: "\n")
        try workspace.write("all.yaml", file)
        let check = try await workspace.run("config", "check", "--config", "all.yaml")
        #expect(check.status == 0, "\(check.err)\n\(file)")
        #expect(file.contains("\n    - {path: /admin/**, access: deny}"), "\(file)")
    }

    @Test(
        "Whatever an app says stays inside its comment",
        arguments: [
            "https://a.example\u{85}mode: off", "https://a.example: {x", "\"]\u{1B}[31m", "https://evil.example\"]",
            String(repeating: "x", count: 5000),
        ])
    func hostile(_ origin: String) async throws {
        let app = try await scriptedApp { _ in
            response("200 OK", ["Access-Control-Allow-Origin: \(origin)", "Set-Cookie: \(origin)=1"], "")
        }
        let workspace = try Workspace()
        let run = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(run.status == 0 && !run.err.contains("\u{1B}"))
        let check = try await workspace.run("config", "check")
        #expect(check.status == 0, "\(check.err)")
        #expect(!(try workspace.text("seaworthy.yaml")).contains("\u{1B}"))
    }

    @Test(
        "No app there, no HTTP there, another machine, no address: each is said",
        arguments: [
            ("http://127.0.0.1:1", 69, "can't be reached"), ("http://192.0.2.1:80", 1, "--i-am-authorised"),
            ("unix:/nowhere.sock", 69, "can't be reached"), ("https://127.0.0.1:1", 64, "is not an address of an app"),
            ("nonsense", 64, "is not an address of an app"),
        ] as [(String, Int32, String)])
    func refuses(_ url: String, _ status: Int32, _ expected: String) async throws {
        let workspace = try Workspace()
        let run = try await workspace.run("init", url)
        #expect(run.status == status && run.err.contains(expected), "\(run.status) \(run.err)")
        #expect(!workspace.exists("seaworthy.yaml"))
    }

    @Test("Something that doesn't speak HTTP is named as that")
    func noHTTP() async throws {
        let app = try await scriptedApp { _ in "SSH-2.0-OpenSSH_9.2\r\n\r\n" }
        let workspace = try Workspace()
        let run = try await workspace.run("init", "http://127.0.0.1:\(app.port)")
        #expect(run.status == 69 && run.err.contains("doesn't answer in HTTP"), "\(run.err)")
    }
}

func response(_ status: String, _ headers: [String], _ body: String) -> String {
    let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)", "Connection: close"]
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}

/// An app that answers each connection's one request with what `answer` makes of its head.
func scriptedApp(_ answer: @escaping @Sendable (String) -> String) async throws -> RawUpstream {
    try await RawUpstream.start { connection, _ in
        let head = await connection.receive(within: .seconds(10)) { bytes in
            String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n")
        }
        if !head.bytes.isEmpty { try await connection.send(answer(head.text)) }
    }
}
