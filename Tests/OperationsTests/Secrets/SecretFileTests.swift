import Foundation
import Kernel
import Operations
import Store
import TestKit
import Testing

@Suite("Secrets from files and variables")
struct SecretFileTests {
    private static func with(_ body: (TemporaryDirectory) throws -> Void) throws {
        let directory = try TemporaryDirectory("secret")
        defer { directory.remove() }
        try body(directory)
    }

    private static func file(_ directory: TemporaryDirectory, _ text: String, mode: mode_t = 0o400) throws -> String {
        let path = try directory.write(text, to: "s\(UInt32.random(in: 0 ... .max))")
        chmod(path, mode)
        return path
    }

    private func problem(_ path: String, _ environment: DeploymentEnvironment = .production) -> String {
        do {
            _ = try SecretFile(at: path, environment: environment)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test(
        "what others can read or write is refused in production and a concern in development",
        arguments: [0o644, 0o604, 0o640, 0o660, 0o602, 0o620, 0o666, 0o444] as [mode_t])
    func modes(_ mode: mode_t) throws {
        // Read by the group alone is fine when root chose it and we are in it.
        if mode == 0o640, geteuid() == 0 { return }
        try Self.with { directory in
            let path = try Self.file(directory, "canary-8f3k", mode: mode)
            #expect(problem(path).contains("chmod 400"))
            #expect(!problem(path).contains("canary"))
            #expect(try SecretFile(at: path, environment: .development).concern != nil)
        }
    }

    @Test("0400 and 0600 are accepted; only line ends are taken off; lines are a list")
    func accepted() throws {
        try Self.with { directory in
            let one = try SecretFile(at: try Self.file(directory, " a b \r\n"), environment: .production)
            #expect(try one.single() == Secret(" a b ") && one.concern == nil)
            #expect(one.modifiedAt > Timestamp(nanosecondsSinceEpoch: 0))
            let two = try SecretFile(
                at: try Self.file(directory, "new\nold\n\n", mode: 0o600), environment: .production)
            #expect(two.lines == [Secret("new"), Secret("old")])
            #expect(throws: SecretFile.Problem.self) { try two.single() }
        }
    }

    @Test("empty, huge, binary and absent files, directories and pipes are refused")
    func contents() throws {
        try Self.with { directory in
            for (text, words) in [
                ("", "empty"), (" \n\n", "empty"), (String(repeating: "x", count: 70_000), "larger"),
                ("a\0b", "isn't text"),
            ] {
                let path = try Self.file(directory, text)
                #expect(problem(path).contains(words))
            }
            #expect(problem(directory.file("nowhere")).contains("can't be read"))
            #expect(problem(directory.path).contains("regular file"))
            mkfifo(directory.file("pipe"), 0o600)
            #expect(problem(directory.file("pipe")).contains("regular file"))
            #expect(problem("/dev/zero").contains("regular file"))
        }
    }

    @Test("a link of ours is followed and its target judged; files and links of others are refused")
    func owners() throws {
        try Self.with { directory in
            let good = try Self.file(directory, "x")
            let open = try Self.file(directory, "x", mode: 0o644)
            symlink(good, directory.file("good"))
            symlink(open, directory.file("open"))
            #expect(problem(directory.file("good")) == "none")
            #expect(problem(directory.file("open")).contains("everybody"))
            guard geteuid() == 0 else { return }
            symlink(good, directory.file("stranger"))
            lchown(directory.file("stranger"), 12_345, 12_345)
            #expect(problem(directory.file("stranger")).contains("symbolic link of another user"))
            let foreign = try Self.file(directory, "x")
            chown(foreign, 12_345, 12_345)
            #expect(problem(foreign).contains("another user (12345)"))
            // As Kubernetes' fsGroup has it: root's, and of a group that we are in; not of any other.
            let group = try Self.file(directory, "x", mode: 0o440)
            #expect(problem(group) == "none")
            chown(group, 0, 12_345)
            #expect(problem(group).contains("its group"))
            #expect(
                try SecretFile(at: group, environment: .production, credentials: directory.path).concern == nil,
                "systemd's access list shows as group rights")
        }
    }

    @Test("weak conventional secrets stop production, are noted in development, and never shown")
    func conventional() {
        let variables = [
            "SECRET_KEY": "canary-changeme", "JWT_SECRET": "your-256-bit-secret",
            "REDIS_URL": "redis://:canary@cache", "DATABASE_URL": "postgres://canary:canary@db/x", "OTHER": "secret",
        ]
        let production = ConventionalSecrets(variables: variables, given: [], environment: .production)
        #expect(production.errors.map(\.key) == ["SECRET_KEY", "JWT_SECRET", "REDIS_URL"])
        #expect(production.values["database"] == nil, "DATABASE_URL is the app's until told otherwise")
        #expect(production.notes.contains { $0.contains("secrets.database-url: ours") })
        let ours = ConventionalSecrets(variables: variables, given: [], environment: .production, databaseURL: .ours)
        #expect(ours.errors.map(\.key).contains("DATABASE_URL") && ours.values["database"] != nil)
        let development = ConventionalSecrets(variables: variables, given: [], environment: .development)
        #expect(development.errors.isEmpty && development.notes.count == 5)
        for text in ["\(production.errors)", "\(production.notes)", "\(production.secrets)", "\(development.notes)"] {
            #expect(!text.contains("canary") && !text.contains("256-bit"), "\(text)")
        }
        var dumped = ""
        dump(production.secrets, to: &dumped)
        #expect(!dumped.contains("canary"))
    }

    @Test("files come by NAME_FILE; a key that was given wins; both at once are refused; a reload sees what changed")
    func files() throws {
        try Self.with { directory in
            let path = try Self.file(directory, "\(Vault.rootA.reveal())\n\(Vault.rootB.reveal())\n", mode: 0o600)
            let before = ConventionalSecrets(
                variables: ["SECRET_KEY_FILE": path], given: [], environment: .production)
            #expect(before.errors.isEmpty && before.secrets.first?.values == [Vault.rootA, Vault.rootB])
            #expect(
                before.values["secret-key"]?.node
                    == .list([
                        .scalar(Vault.rootA.reveal()), .scalar(Vault.rootB.reveal()),
                    ]))
            try Data((Vault.rootB.reveal() + "\n").utf8).write(to: URL(fileURLWithPath: path))
            let after = ConventionalSecrets(variables: ["SECRET_KEY_FILE": path], given: [], environment: .development)
            #expect(after.changes(since: before) == ["SECRET_KEY"])
            #expect(after.changes(since: after) == [])
            let both = ConventionalSecrets(
                variables: ["SECRET_KEY_FILE": path, "SECRET_KEY": "x"], given: [], environment: .development)
            #expect(both.errors.map(\.key) == ["SECRET_KEY"] && both.values.isEmpty)
            let given = ConventionalSecrets(
                variables: ["SECRET_KEY": "weak"], given: ["secret-key"], environment: .production)
            #expect(given.errors.isEmpty && given.values.isEmpty && given.secrets.first?.isUsed == false)
        }
    }

    @Test("the setting takes a list or lines, and production refuses a weak one without showing it")
    func setting() {
        func read(_ node: ConfigurationNode, _ environment: DeploymentEnvironment) -> (
            SecretSettings, [ConfigurationError]
        ) {
            var reader = ConfigurationReader(
                values: ["secret-key": ConfigurationValue(node, origin: "test")], defaultMode: .observe,
                environment: environment)
            let settings = SecretSettings.read(&reader)
            return (settings, reader.errors)
        }
        let (list, errors) = read(
            .list([.scalar(Vault.rootA.reveal()), .scalar(Vault.rootB.reveal())]), .production)
        #expect(errors.isEmpty && list.secretKeys == [Vault.rootA, Vault.rootB])
        #expect(read(.scalar("canary"), .development).1.isEmpty)
        let refused = read(.list([.scalar(Vault.rootA.reveal()), .scalar("canary")]), .production).1
        #expect(refused.map(\.key) == ["secret-key"])
        #expect(!"\(refused)".contains("canary"))
        #expect(read(.list([.scalar("")]), .development).1.count == 1)
    }
}

@Suite("The root key")
struct RootKeyTests {
    @Test("production and PostgreSQL want one given; development on SQLite makes one that only its owner reads")
    func development() async throws {
        let directory = try TemporaryDirectory("root")
        defer { directory.remove() }
        let random = SeededRandomSource(seed: 5)
        let file = DatabaseSettings.Address.sqlite(path: directory.file("a.db"))
        let error = #expect(throws: KeyRingError.self) {
            try RootKeys(settings: SecretSettings(), environment: .production, database: file, random: random)
        }
        #expect(error?.code == .rootMissing)
        let made = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    try RootKeys(
                        settings: SecretSettings(), environment: .development, database: file, random: random
                    ).firstID
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(made.count == 1, "two that start together get the same key")
        let entries = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(entries == ["a.db.key"], "no drafts stay behind")
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.file("a.db.key"))
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        chmod(directory.file("a.db.key"), 0o644)
        #expect(throws: KeyRingError.self) {
            try RootKeys(settings: SecretSettings(), environment: .development, database: file, random: random)
        }
    }

    @Test("a root key prints as its id")
    func canary() throws {
        let roots = try RootKeys([Vault.rootA])
        var dumped = "\(roots) \(String(reflecting: roots))"
        dump(roots, to: &dumped)
        #expect(!dumped.contains("hq5uVZb1vT0m8w"))
        let both = try RootKeys([Vault.rootA, Vault.rootB])
        #expect(roots.firstID.count == 16 && roots.firstID == both.firstID)
    }
}
