import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("Rules of the source scan tell a flaw from sound code")
struct SourceRuleTests {
    @Test("each rule finds its flaw and spares the sound fixture", arguments: SourceRule.all.map(\.id))
    func proof(id: String) throws {
        let rule = try #require(SourceRule.byID[id])
        let flawed = SourceScan(texts: rule.flawed).findings
        #expect(flawed.contains { $0.rule == id }, "\(flawed)")
        let sound = SourceScan(texts: rule.sound).findings
        #expect(!sound.contains { $0.rule == id }, "\(sound)")
    }

    @Test("rules say why and what to do, and cite what they cite as it is cited")
    func sheets() {
        #expect(SourceRule.all.count >= 35)
        for rule in SourceRule.all {
            #expect(rule.rationale.hasSuffix(".") && rule.remediation.hasSuffix(".") && rule.cwe > 0, "\(rule.id)")
        }
    }

    @Test(
        "a caller's words reach a sink through variables, texts and lists",
        arguments: [
            ("a = request.args['a']\nb = f'SELECT * FROM t WHERE n = {a}'\ndb.execute(b)", "patterns.sql-injection"),
            (
                "a = request.args.get('a')\nsql = 'SELECT 1 WHERE n = %s' % a\ncursor.execute(sql)",
                "patterns.sql-injection"
            ),
            ("for a in request.form.values():\n    os.system(a)", "patterns.command-injection"),
            ("subprocess.run('ls ' + request.args['d'], shell=True)", "patterns.command-injection"),
        ])
    func flows(body: String, rule: String) {
        #expect(python(body) == [rule])
    }

    @Test(
        "what is cleaned, bound, compared or of another meaning is spared",
        arguments: [
            "a = int(request.args['a'])\ndb.execute(f'SELECT * FROM t WHERE n = {a}')",
            "a = request.args['a']\ndb.execute('SELECT * FROM t WHERE n = ?', (a,))",
            "a = request.args.get('a', type=int)\ndb.execute(f'SELECT {a}')",
            "a = request.args['a']\na = 'fixed'\nos.system(a)", "a = request.args['a']\nsubprocess.run(['ls', a])",
            "logger.info(request.args['a'])\nos.system('ls')",
            "a = shlex.quote(request.args['a'])\nos.system('ls ' + a)",
        ])
    func spared(body: String) {
        #expect(python(body) == [])
    }

    private func python(_ body: String) -> [String] {
        let text = "@app.route('/')\ndef view():\n" + body.split(separator: "\n").map { "    \($0)\n" }.joined()
        return SourceScan(texts: ["app.py": text]).findings.map(\.rule)
    }

    @Test("a tree without an app has nothing to wire into; tests, examples and other people's code don't count")
    func aside() throws {
        let guardText =
            "def admin_required(f):\n    @wraps(f)\n    def inner(*a):\n        return f(*a)\n    return inner\n"
        let library = SourceScan(texts: ["lib/auth.py": guardText])
        #expect(library.findings.isEmpty)
        let gate = try #require(library.results().first { $0.sheet.id == "source.unwired" })
        #expect(Evaluation.outcome(of: gate.observations) == .notApplicable)
        let key = "AKIA" + "Q3EGVJ7MWNPX5T2C"
        #expect(SourceScan(texts: ["tests/a.py": "K = '\(key)'\n"]).findings.isEmpty)
        #expect(SourceScan(texts: ["a.py": "K = '\(key)'\n"]).findings.map(\.rule) == ["secrets.known-format"])
    }

    @Test(
        "a decorator that nobody uses is found however it is written by hand",
        arguments: [
            "def admin_only(f):\n    def inner(*a, **k):\n        return f(*a, **k)\n    return inner\n",
            "def audited(view):\n    async def run(request):\n        return await view(request)\n    return run\n",
            "def limited(n):\n    def outer(f):\n        def inner(*a):\n            return f(*a)\n        return inner\n    return outer\n",
        ])
    func handWritten(text: String) {
        let app = "from flask import Flask\nimport guards\napp = Flask(__name__)\n@app.route('/')\n"
        let name = text.dropFirst(4).prefix { $0 != "(" }
        #expect(
            SourceScan(texts: ["app.py": app + "def a():\n    return ''\n", "guards.py": text]).findings.map(\.rule)
                == ["unwired.python-guard"])
        #expect(
            SourceScan(texts: ["app.py": app + "@guards.\(name)\ndef a():\n    return ''\n", "guards.py": text])
                .findings.isEmpty)
    }

    @Test("a function that only calls what it is given, or gives back something else, is no decorator")
    func noDecorator() {
        let app = "from flask import Flask\napp = Flask(__name__)\n"
        for text in [
            "def retry(f):\n    return f()\n",
            "def key(items):\n    def inner(x):\n        return x.name\n    return sorted(items, key=inner)\n",
        ] { #expect(SourceScan(texts: ["app.py": app + text]).findings.isEmpty, "\(text)") }
    }

    @Test(
        "values that only look like secrets are spared",
        arguments: [
            "password = 'correct horse battery staple'\n", "token_url = 'https://login.example.org/oauth2/v2/token'\n",
            "api_key = os.environ['API_KEY_PRODUCTION_1']\n", "secret_name = 'projects/my-app/secrets/db-pass-1'\n",
            "csrf_token = 'csrfmiddlewaretoken1'\n",
            "sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n",
            "PASSWORD_RESET_TIMEOUT_2 = 'password-reset-v2-timeout'\n", "integrity = 'sha512-AKIAxyz'\n",
        ])
    func notSecret(text: String) {
        #expect(SourceScan(texts: ["config.py": text]).findings.isEmpty)
    }

    @Test(
        "hostile source — unclosed, deep, binary, endless lines — ends, and finds nothing",
        arguments: [
            String(repeating: "(", count: 200_000), String(repeating: "def f():\n", count: 5_000),
            "x = '''" + String(repeating: "a", count: 100_000),
            "`${`${`${`", "r####\"", "\u{0}\u{1}\u{FFFD}", String(repeating: "{ a: ", count: 50_000),
            "/" + String(repeating: "*", count: 100_000),
        ])
    func hostile(text: String) async throws {
        let found = try await onThread {
            ["a.py", "a.ts", "a.swift", "a.rs", "Dockerfile", "a.yaml", "requirements.txt", "go.mod"].filter { name in
                !SourceScan(texts: [name: text]).findings.allSatisfy { $0.rule.hasPrefix("deployment.") }
            }
        }
        #expect(found.isEmpty)
    }
}

@Suite("Dependencies are held against advisories by each ecosystem's own order of versions")
struct AdvisoryTests {
    @Test(
        "versions in order",
        arguments: [
            (
                "PyPI",
                ["1.0.dev1", "1.0a1", "1.0a2", "1.0b1", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.1", "1.10", "1!0.1"]
            ),
            (
                "npm",
                [
                    "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
                    "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0",
                ]
            ),
            ("Go", ["0.0.0-20190101000000-abcdef", "0.0.0-20200101000000-abcdef", "0.1.0", "1.0.0"]),
            (
                "Maven",
                ["1.0-alpha-1", "1.0-beta-1", "1.0-rc1", "1.0-SNAPSHOT", "1.0", "1.0-sp", "1.0.1", "1.1", "1.10", "2"]
            ),
        ])
    func order(ecosystem: String, versions: [String]) {
        let order = VersionOrder(ecosystem: ecosystem)
        for (index, one) in versions.enumerated() {
            for (other, two) in versions.enumerated() {
                let expected = index < other ? -1 : index == other ? 0 : 1
                #expect(order.compare(one, two) == expected, "\(ecosystem): \(one) and \(two)")
            }
        }
    }

    @Test(
        "spellings that mean one version",
        arguments: [
            ("PyPI", "1.0", "1.0.0"), ("PyPI", "1.0-1", "1.0.post1"), ("PyPI", "v1.0ALPHA1", "1.0a1"),
            ("npm", "1.2.3+build", "v1.2.3"), ("Maven", "1.0", "1"), ("Maven", "1.0.GA", "1"),
        ])
    func same(ecosystem: String, one: String, two: String) {
        #expect(VersionOrder(ecosystem: ecosystem).compare(one, two) == 0)
    }

    @Test(
        "ranges: introduced, fixed, last affected, and what is no version",
        arguments: [
            ("1.0.0", true), ("1.4.9", true), ("1.5.0", false), ("2.0.0", true), ("2.1.0", true), ("2.1.1", false),
            ("0.9", false), ("nonsense", false),
        ])
    func ranges(version: String, isAffected: Bool) {
        let events = [
            ["introduced", "1.0.0"], ["fixed", "1.5.0"], ["introduced", "2.0.0"], ["last_affected", "2.1.0"],
        ]
        #expect(AdvisoryStore.isInside(version, events, .semantic) == isAffected)
        #expect(AdvisoryStore.isInside(version, events.reversed(), .semantic) == isAffected)
    }

    @Test(
        "every kind of lock file gives its packages",
        arguments: [
            ("requirements.txt", "Flask[async]==2.0.1  # x\nunpinned>=1\n", "flask 2.0.1 1"),
            (
                "poetry.lock",
                "[[package]]\nname = \"My.Pkg\"\nversion = \"1.2\"\n[package.dependencies]\nversion = \"9\"\n",
                "my-pkg 1.2 2"
            ),
            ("Cargo.lock", "version = 4\n[[package]]\nname = \"serde_x\"\nversion = \"1.0.1\"\n", "serde_x 1.0.1 3"),
            ("Pipfile.lock", "{\"default\":{\"Django\":{\"version\":\"==4.2\"}}}", "django 4.2 1"),
            (
                "package-lock.json",
                "{\"packages\":{\"\":{\"version\":\"9\"},\"node_modules/a/node_modules/@s/b\":{\"version\":\"1.0.0\"}}}",
                "@s/b 1.0.0 1"
            ),
            ("yarn.lock", "\"@s/b@^1.0.0\", \"@s/b@^1.1\":\n  version \"1.1.2\"\n", "@s/b 1.1.2 1"),
            ("pnpm-lock.yaml", "packages:\n\n  '@s/b@1.1.2':\n    resolution: {}\n", "@s/b 1.1.2 3"),
            (
                "go.mod", "module x.org/y\ngo 1.22\nrequire (\n\tgithub.com/a/b v1.2.3+incompatible // indirect\n)\n",
                "github.com/a/b 1.2.3 4"
            ),
            (
                "pom.xml",
                "<project><properties><v>1.5</v></properties><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>${v}</version></dependency></dependencies></project>",
                "g:a 1.5 1"
            ),
            (
                "Package.resolved",
                "{\"pins\":[{\"location\":\"https://github.com/A/b.git\",\"state\":{\"version\":\"1.0.0\"}}],\"version\":3}",
                "github.com/a/b 1.0.0 1"
            ),
        ])
    func locks(name: String, text: String, expected: String) {
        let found = LockFile.packages(name, Array(text.utf8)) ?? []
        #expect(found.map { "\($0.name) \($0.version) \($0.line)" } == [expected])
    }

    @Test(
        "a locked package is held against what was imported; without data, and without its ecosystem, nothing is said to hold"
    )
    func scan() throws {
        let folder = try TemporaryDirectory("scan")
        defer { folder.remove() }
        try folder.write("Flask==2.0.1\nsafe==1.0\n", to: "requirements.txt")
        let osv =
            #"{"id":"GHSA-x","modified":"2026-11-01T00:00:00Z","summary":"bad","database_specific":{"severity":"HIGH"},"affected":[{"package":{"ecosystem":"PyPI","name":"flask"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.2.5"}]}]}]}"#
        var taking = AdvisoryImport(into: AdvisoryStore())
        taking.take(Array(osv.utf8), named: "a")
        func outcome(_ store: AdvisoryStore?) throws -> (Outcome, String) {
            let results = try SourceScan(root: folder.path, advisories: store).results()
            let gate = try #require(results.first { $0.sheet.id == "source.dependencies" })
            return (Evaluation.outcome(of: gate.observations), gate.observations.map(\.seen).joined())
        }
        let seen = try outcome(taking.store)
        #expect(seen.0 == .fails && seen.1.contains("flask 2.0.1: GHSA-x (high), mended in 2.2.5"))
        #expect(try outcome(nil).0 == .notAvailable && outcome(AdvisoryStore()).0 == .notAvailable)
        try folder.write("flask==2.2.5\n", to: "requirements.txt")
        #expect(try outcome(taking.store).0 == .holds)
    }
}
