import Foundation
import Testing

/// What stands in `seaworthy.yaml`, and what the error must name.
struct BadFile: Sendable, CustomTestStringConvertible {
    let yaml: String
    /// Each must appear in what is printed.
    let expected: [String]
    init(_ yaml: String, _ expected: String...) {
        self.yaml = yaml
        self.expected = expected
    }
    var testDescription: String { yaml.replacing("\n", with: "⏎") }
}

@Suite("Configuration: input")
struct ConfigurationInputTests {
    static let badFiles: [BadFile] = [
        BadFile("mode: enforced", "mode = \"enforced\"", "seaworthy.yaml:1", "observe or enforce"),
        BadFile("mode: off", "mode = \"off\"", "observe or enforce"),
        BadFile("\nmod: observe", "mod ", "seaworthy.yaml:2", "did you mean mode?"),
        BadFile(
            "limits:\n  client:\n    heat: 5s", "limits.client.heat", "seaworthy.yaml:3",
            "did you mean limits.client.head?"),
        BadFile("limits: {client: {head: fast}}", "limits.client.head = \"fast\"", "30s"),
        BadFile("limits.client.head: -5s", "limits.client.head = \"-5s\""),
        BadFile("limits.client.head: 99999999999999999999s", "limits.client.head"),
        BadFile("threads: 1.5", "threads = \"1.5\"", "a whole number from 0 to 256"),
        BadFile("threads: 257", "threads = \"257\""),
        BadFile("threads: 0x10", "threads = \"0x10\""),
        BadFile("listen: 8080", "listen = \"8080\"", "HOST:PORT"),
        BadFile("listen: 127.0.0.1:65536", "listen = \"127.0.0.1:65536\""),
        BadFile("listen: 127.0.0.256:80", "listen = \"127.0.0.256:80\""),
        BadFile("listen: ::1:80", "listen = \"::1:80\""),
        BadFile("listen: '[::1]'", "listen = \"[::1]\""),
        BadFile("listen: [127.0.0.1:1, 127.0.0.1:2]", "listen = \"[127.0.0.1:1, 127.0.0.1:2]\""),
        BadFile("listen: {a: b}", "listen"),
        BadFile("upstream: https://127.0.0.1:5000", "upstream = \"https://127.0.0.1:5000\"", "http://HOST:PORT"),
        BadFile("upstream: http://user@127.0.0.1:5000", "upstream = "),
        BadFile("upstream: http://127.0.0.1:5000/app", "upstream = "),
        BadFile("upstream: http://127.0.0.1:0", "upstream = "),
        BadFile("upstream: unix:relative.sock", "upstream = "),
        BadFile("upstream: unix:/" + String(repeating: "a", count: 200), "upstream = "),
        BadFile("upstream: \"http://a\\u001b[31m\"", "upstream = "),
        BadFile("public-url: example.com", "public-url = \"example.com\"", "https://HOST"),
        BadFile("mode: observe\nmode: enforce", "given twice: mode"),
        BadFile("limits.drain: 1s\nlimits: {drain: 2s}", "limits.drain", "given twice", "first on line 1"),
        BadFile("limits:\n\tdrain: 1s", "seaworthy.yaml:2", "tab"),
        BadFile("mode: observe\n\tthreads: 1", "seaworthy.yaml:2", "tab"),
        BadFile("a: &x 1\nb: *x", "seaworthy.yaml:1", "anchors"),
        BadFile("tls-key: *.pem", "seaworthy.yaml:1", "quoted"),
        BadFile("mode: [observe", "seaworthy.yaml", "is not YAML"),
        BadFile("- mode", "must be a map of keys"),
        BadFile("just text", "must be a map of keys"),
        BadFile("mode: observe\n---\nmode: enforce", "one YAML document"),
        BadFile("? [a, b]\n: c", "a key must be a word"),
        BadFile("mode: \"a\u{1}b\"", "does not allow"),
        BadFile(String(repeating: "[", count: 5000), "seaworthy.yaml"),
        BadFile(String(repeating: "a: {", count: 40) + String(repeating: "}", count: 40), "nested deeper"),
        BadFile("x: " + String(repeating: "y", count: 1 << 20), "larger than 1048576 bytes"),
        BadFile("pid-file: ''", "pid-file = \"\""),
    ]

    @Test(
        "A file with an error is refused with 78, naming key, value, line and what would be valid", arguments: badFiles)
    func refusesFile(_ bad: BadFile) async throws {
        let workspace = try Workspace()
        try workspace.write("seaworthy.yaml", bad.yaml)
        let run = try await workspace.run("config", "check", "--upstream", "http://127.0.0.1:5000")
        #expect(run.status == 78 || bad.yaml.contains("upstream"), "\(run.err)")
        let inFile = try await workspace.run("config", "check")
        #expect(inFile.status == 78)
        #expect(!inFile.wasKilled)
        for text in bad.expected {
            #expect(inFile.err.contains(text) || run.err.contains(text), "\(text) is missing in: \(inFile.err)")
        }
        #expect(!inFile.err.contains("\u{1B}"), "a value must not drive the terminal")
        #expect(!inFile.err.contains(String(repeating: "y", count: 300)), "a long value must be cut")
    }

    @Test("Every error is shown at once, from all layers")
    func showsAllErrors() async throws {
        let workspace = try Workspace()
        try workspace.write("seaworthy.yaml", "mode: perhaps\nthreads: many\nlisten: nowhere\ncolour: red\n")
        let run = try await workspace.run(
            "serve", "--upstream", "ftp://x", "--set", "limits.drain=soon", "--set", "nonsense",
            environment: ["SEAWORTHY_OPERATOR": "x", "SEAWORTHY_OPERATR": "127.0.0.1:1"])
        #expect(run.status == 78)
        for text in [
            "mode = \"perhaps\"", "threads = \"many\"", "listen = \"nowhere\"", "colour", "upstream = \"ftp://x\"",
            "limits.drain = \"soon\"", "KEY=VALUE", "operator = \"x\"", "did you mean SEAWORTHY_OPERATOR?", "9 errors",
        ] {
            #expect(run.err.contains(text), "\(text) is missing in: \(run.err)")
        }
        #expect(run.out.isEmpty)
    }

    @Test("A file that can't be read is named with the reason, and nothing else is complained of")
    func refusesUnreadable() async throws {
        let workspace = try Workspace()
        try workspace.write("latin1.yaml", Data([0x6D, 0x6F, 0x64, 0x65, 0x3A, 0x0A, 0x61, 0xE9, 0x0A]))
        try workspace.write("utf16.yaml", Data([0xFF, 0xFE, 0x6D, 0x00]))
        mkfifo(workspace.path("pipe.yaml"), 0o600)
        for (name, reason) in [
            ("missing.yaml", "there is no such file"), (".", "is a directory"),
            ("latin1.yaml", "is not UTF-8 (line 2)"),
            ("utf16.yaml", "is UTF-16"), ("pipe.yaml", "not a regular file"),
        ] {
            let run = try await workspace.run("config", "check", "--config", name)
            #expect(run.status == 78)
            #expect(run.err.contains(reason), "\(name): \(run.err)")
            #expect(run.err.contains("1 error in"), "\(run.err)")
        }
    }

    @Test("An empty file, comments only, a byte order mark and empty sections are in order")
    func acceptsEmpty() async throws {
        for text in [
            "", "# nothing\n", "\u{FEFF}mode: observe\n", "limits:\n  # drain: 1s\n", "---\n", "mode: ~\n",
            "limits:\r\n  drain: 1s\r\n",
        ] {
            let workspace = try Workspace()
            try workspace.write("seaworthy.yaml", text)
            let run = try await workspace.run("config", "check", "--upstream", "http://127.0.0.1:5000")
            #expect(run.status == 0, "\(text): \(run.err)")
        }
    }

    @Test("Flags win over the environment, that over the file, that over the default")
    func layers() async throws {
        let workspace = try Workspace()
        try workspace.write("seaworthy.yaml", "limits:\n  drain: 2s\n  client: {head: 2s}\nthreads: 2\n")
        let environment = ["SEAWORTHY_LIMITS_DRAIN": "3s", "SEAWORTHY_LIMITS_CLIENT_HEAD": "3s"]
        let run = try await workspace.run(
            "config", "explain", "--format", "json", "--set", "limits.drain=4s", environment: environment)
        #expect(run.status == 0)
        let rows = try Explained.read(run.out)
        #expect(rows["limits.drain"] == Explained(value: "4s", origin: "--set"))
        #expect(rows["limits.client.head"] == Explained(value: "3s", origin: "SEAWORTHY_LIMITS_CLIENT_HEAD"))
        #expect(rows["threads"] == Explained(value: "2", origin: "seaworthy.yaml:4"))
        #expect(rows["limits.upstream.connect"] == Explained(value: "5s", origin: "default"))
    }

    @Test("Nesting and dots in the file mean the same")
    func nesting() async throws {
        for text in ["limits.client.head: 7s", "limits:\n  client.head: 7s", "limits: {client: {head: 7s}}"] {
            let workspace = try Workspace()
            try workspace.write("seaworthy.yaml", text)
            let run = try await workspace.run("config", "explain", "limits.client.head", "--format", "json")
            #expect(try Explained.read(run.out)["limits.client.head"]?.value == "7s", "\(text): \(run.err)")
        }
    }

    @Test("The variables that Kubernetes makes for a service called seaworthy are nobody's settings")
    func kubernetes() async throws {
        let workspace = try Workspace()
        let run = try await workspace.run(
            "config", "check", "--upstream", "http://127.0.0.1:5000",
            environment: [
                "SEAWORTHY_SERVICE_HOST": "10.0.0.1", "SEAWORTHY_SERVICE_PORT": "80",
                "SEAWORTHY_SERVICE_PORT_HTTP": "80",
                "SEAWORTHY_PORT": "tcp://10.0.0.1:80", "SEAWORTHY_PORT_80_TCP": "tcp://10.0.0.1:80",
                "SEAWORTHY_PORT_80_TCP_PROTO": "tcp", "SEAWORTHY_MODE": "",
            ])
        #expect(run.status == 0, "\(run.err)")
    }

    @Test("A secret is read from a file and never shown, not even when it is refused")
    func secrets() async throws {
        let workspace = try Workspace()
        try workspace.write("database", "postgres://app:opensesame@db/app\n")
        let given = try await workspace.run(
            "config", "explain", "--given",
            environment: [
                "SEAWORTHY_DATABASE": "", "SEAWORTHY_DATABASE_FILE": workspace.path("database"),
            ])
        #expect(given.status == 0)
        #expect(given.out.contains("database = ‹redacted›   (SEAWORTHY_DATABASE_FILE"))
        let twice = try await workspace.run(
            "config", "check", "--database", "x:opensesame", "--set", "database=y:opensesame",
            environment: ["SEAWORTHY_DATABASE": "z:opensesame", "SEAWORTHY_DATABASE_FILE": workspace.path("database")])
        #expect(twice.status == 78)
        #expect(twice.err.contains("given twice"))
        let missing = try await workspace.run(
            "config", "check", environment: ["SEAWORTHY_DATABASE": "", "SEAWORTHY_DATABASE_FILE": "nowhere"])
        #expect(missing.err.contains("there is no such file"))
        let noSecret = try await workspace.run("config", "check", environment: ["SEAWORTHY_MODE_FILE": "x"])
        #expect(noSecret.err.contains("only secrets are read from a file"))
        for run in [given, twice, missing, noSecret] {
            #expect(!run.out.contains("opensesame") && !run.err.contains("opensesame"))
        }
    }

    @Test("SEAWORTHY_CONFIG names the file, --config wins over it")
    func namesFile() async throws {
        let workspace = try Workspace()
        try workspace.write("a.yaml", "threads: 1")
        try workspace.write("b.yaml", "threads: 2")
        let environment = ["SEAWORTHY_CONFIG": "a.yaml"]
        let byVariable = try await workspace.run(
            "config", "explain", "threads", "--format", "json", environment: environment)
        #expect(try Explained.read(byVariable.out)["threads"]?.origin == "a.yaml:1")
        let byFlag = try await workspace.run(
            "config", "explain", "threads", "--format", "json", "--config", "b.yaml", environment: environment)
        #expect(try Explained.read(byFlag.out)["threads"]?.origin == "b.yaml:1")
    }
}

/// A row of `config explain --format json`.
struct Explained: Equatable {
    let value: String
    let origin: String

    static func read(_ text: String) throws -> [String: Explained] {
        struct Row: Decodable { let key, value, origin: String }
        let rows = try JSONDecoder().decode([Row].self, from: Data(text.utf8))
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.key, Explained(value: $0.value, origin: $0.origin)) })
    }
}
