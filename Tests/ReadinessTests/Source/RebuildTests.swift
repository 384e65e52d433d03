import Foundation
import Synchronization
import TestKit
import Testing

@testable import Readiness

/// Serial: each looks whether a copy was left behind, and all leave theirs in one folder.
@Suite("Artefacts are built twice and compared", .serialized)
struct RebuildTests {
    private struct Outcome: Sendable {
        var findings: [SourceFinding]
        var compared: Int
        var unseen: [String]
        var isInterrupted = false
        var said: String { findings.map { "\($0.rule) \($0.file): \($0.seen)" }.joined(separator: "\n") }
    }

    private static func copies() -> [String] {
        let own = "seaworthy-rebuild-\(ProcessInfo.processInfo.processIdentifier)-"
        let names = try? FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
        return (names ?? []).filter { $0.hasPrefix(own) }
    }

    private static func rebuild(
        _ folder: TemporaryDirectory, _ path: String, _ build: String, timeout: Duration = .seconds(60),
        environment: [String: String] = [:], isStopped: @escaping @Sendable () -> Bool = { false }
    ) async throws -> Outcome {
        var artifact = DeclaredArtifact(path: path, build: build)
        artifact.timeout = timeout
        artifact.environment = environment.keys.sorted()
        let all = ["PATH": "/usr/local/bin:/usr/bin:/bin", "SECRET": "s"].merging(environment) { $1 }
        let wanted = artifact
        let outcome = try await onThread {
            var rebuild = Rebuild(
                root: folder.path, .init(environment: all, apart: .zero, isStopped: isStopped))
            var isInterrupted = false
            do throws(Rebuild.Interrupted) { try rebuild.run([wanted]) } catch { isInterrupted = true }
            return Outcome(
                findings: rebuild.findings, compared: rebuild.compared, unseen: rebuild.unseen,
                isInterrupted: isInterrupted)
        }
        #expect(copies().isEmpty, "\(copies())")
        return outcome
    }

    private static func project() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory("project")
        try FileManager.default.createDirectory(atPath: folder.file("src"), withIntermediateDirectories: true)
        for name in ["a", "b", "c"] { try folder.write("text of \(name)\n", to: "src/\(name)") }
        return folder
    }

    private static let tar =
        "mkdir -p dist && tar --sort=name --mtime=@$SOURCE_DATE_EPOCH --owner=0 --group=0 --numeric-owner -cf dist/app.tar src"

    @Test("a build that gives the same twice holds, also with make and in a folder with a commit")
    func sound() async throws {
        let folder = try Self.project()
        defer { folder.remove() }
        try folder.write("dist/app.txt: src/a src/b\n\tmkdir -p dist\n\tcat src/a src/b > $@\n", to: "Makefile")
        let made = try await Self.rebuild(folder, "dist/app.txt", "make -s")
        #expect(made.findings.isEmpty && made.compared == 1 && made.unseen.isEmpty, "\(made)")
        // The time of the commit is what the build hears of.
        let git = "-c user.name=A -c user.email=a@example.org -c commit.gpgsign=false"
        let commit = try await ForeignProgram.run(
            "sh",
            [
                "-c",
                "cd '\(folder.path)' && git init -q . && git add . && GIT_COMMITTER_DATE='@1700000000 +0000' git \(git) commit -qm x",
            ])
        try #require(commit.status == 0, "\(commit.errors)")
        try folder.write("1700000000\n", to: "epoch.txt")
        let dated = try await Self.rebuild(folder, "epoch.txt", "echo $SOURCE_DATE_EPOCH > epoch.txt")
        #expect(dated.findings.isEmpty && dated.compared == 1, "\(dated)")
        let packed = try await Self.rebuild(folder, "dist/*.tar", Self.tar)
        #expect(packed.findings.isEmpty && packed.compared == 1, "\(packed)")
    }

    @Test(
        "what differs is named with its place and its likely cause",
        arguments: [
            ("app.txt", "date -d @0 +%H:%M > app.txt", "itself from byte 0", ArtifactDifference.Cause.time),
            ("app.txt", "echo made in $(pwd) > app.txt", "itself from byte", .path),
            ("app.txt", "head -c 32 /dev/urandom | base64 > app.txt", "itself from byte", .content),
            (
                "app.txt", "python3 -c \"import os; print(sorted(range(40), key=lambda i: os.urandom(8)))\" > app.txt",
                "itself from byte", .order
            ),
            ("app.tar", "tar --sort=name --owner=0 --group=0 -cf app.tar src", "the time of src/", .time),
            (
                "app.tar",
                "f=a; case $PWD in *elsewhere) f=b;; esac; cd src && tar --mtime=@0 --owner=0 --group=0 -cf ../app.tar c $f",
                "is in the", .content
            ),
            (
                "app.tar",
                "f='a b'; case $PWD in *elsewhere) f='b a';; esac; cd src && tar --mtime=@0 --owner=0 --group=0 -cf ../app.tar $f",
                "the order of its files, from number 1", .order
            ),
            (
                "app.tar.gz",
                "date -d @0 +%H:%M > src/version && tar --sort=name --mtime=@0 --owner=0 --group=0 -cf - src | gzip -n > app.tar.gz",
                "src/version from byte 0", .time
            ),
            ("a.gz", "gzip -c src/a > a.gz", "the time in the gzip head", .time),
            (
                "app.whl",
                "python3 -c \"import zipfile; z = zipfile.ZipFile('app.whl', 'w'); z.write('src/a'); z.write('src/b'); z.close()\"",
                "the time of src/a and 1 more", .time
            ),
            (
                "app.whl",
                "pwd > src/b && python3 -c \"import zipfile; z = zipfile.ZipFile('app.whl', 'w', zipfile.ZIP_DEFLATED); [z.writestr(zipfile.ZipInfo(n), open(n, 'rb').read()) for n in ('src/a', 'src/b')]; z.close()\"",
                "src/b from byte", .path
            ),
        ])
    func differing(path: String, build: String, place: String, cause: ArtifactDifference.Cause) async throws {
        let folder = try Self.project()
        defer { folder.remove() }
        let seen = try await Self.rebuild(folder, path, build)
        #expect(seen.findings.map(\.rule) == ["reproducible.differs"], "\(seen)")
        #expect(seen.said.contains(place) && seen.said.contains("probably by \(cause.rawValue)"), "\(seen.said)")
    }

    @Test("an artefact that isn't what its build makes is said to be so, with the place")
    func stale() async throws {
        let folder = try Self.project()
        defer { folder.remove() }
        try folder.write("text of a\nsomebody's addition\n", to: "app.txt")
        let seen = try await Self.rebuild(folder, "app.txt", "cat src/a > app.txt")
        #expect(seen.said.contains("reproducible.stale app.txt: isn't what the build makes"), "\(seen.said)")
        #expect(seen.said.contains("from byte 10"))
        // What lies there now isn't taken along: a build that makes nothing leaves nothing.
        let none = try await Self.rebuild(folder, "app.txt", "true")
        #expect(none.said.contains("leaves no such file"), "\(none.said)")
    }

    @Test(
        "a build that fails, makes nothing, or makes something elsewhere is a finding; one that can't be tried isn't judged",
        arguments: [
            ("echo out of order >&2; exit 3", "reproducible.build-fails app.txt: `", "ends with 3: out of order"),
            ("true", "reproducible.not-built app.txt: ", "leaves no such file"),
            ("mkdir app.txt", "reproducible.not-built app.txt: ", "plain file inside"),
            ("ln -s /etc/hostname app.txt", "reproducible.not-built app.txt: ", "plain file inside"),
            (
                "cd .. && echo x > outside && ln -s ../outside source/app.txt; true", "not-built app.txt",
                "plain file inside"
            ),
            ("kill -9 $$", "reproducible.build-fails app.txt: `", "is ended by signal 9"),
            ("no-such-program-anywhere", "", "can't be run here"),
        ])
    func failing(build: String, finding: String, said: String) async throws {
        let folder = try Self.project()
        defer { folder.remove() }
        let seen = try await Self.rebuild(folder, "app.txt", build)
        #expect(finding.isEmpty || seen.said.contains(finding), "\(seen)")
        #expect((seen.said + seen.unseen.joined()).contains(said), "\(seen)")
        #expect(
            seen.findings.isEmpty == finding.isEmpty && seen.unseen.isEmpty != finding.isEmpty && seen.compared == 0)
    }

    @Test("a build that hangs is ended at its time with everything that it started, and so is one that is interrupted")
    func hanging() async throws {
        let folder = try Self.project()
        defer { folder.remove() }
        for isInterrupted in [false, true] {
            let mark = folder.file("mark-\(isInterrupted)")
            let seen = try await Self.rebuild(
                folder, "app.txt",
                "sh -c 'trap \"\" TERM; echo $$ > \"$MARK\"; while :; do sleep 1; done' & echo begun; wait",
                timeout: isInterrupted ? .seconds(60) : .seconds(1), environment: ["MARK": mark],
                isStopped: { isInterrupted && (FileManager.default.contents(atPath: mark)?.count ?? 0) > 1 })
            #expect(seen.isInterrupted == isInterrupted)
            if !isInterrupted { #expect(seen.said.contains("isn't done after 1 s: begun"), "\(seen)") }
            let child = try #require(pid_t(folder.read("mark-\(isInterrupted)").trimmed))
            try await eventually("its child is gone") { kill(child, 0) != 0 }
        }
    }

    @Test("a build hears nothing of the surroundings but what is declared, and what it says is kept in part")
    func scrubbed() async throws {
        let folder = try Self.project()
        defer { folder.remove() }
        let seen = try await Self.rebuild(
            folder, "x", "env | cut -d= -f1 | sort | tr '\\n' ' '; exit 1", environment: ["CARGO_HOME": "/c"])
        let names = seen.said.split(separator: ": ").last.map(String.init) ?? ""
        let known: Set<String> = [
            "CARGO_HOME", "HOME", "LANG", "PATH", "PWD", "OLDPWD", "SOURCE_DATE_EPOCH", "TMPDIR", "TZ", "SHLVL", "_",
        ]
        #expect(names.contains("CARGO_HOME") && !names.contains("SECRET"), "\(names)")
        #expect(Set(names.split(separator: " ").map(String.init)).isSubset(of: known), "\(names)")
        let loud = try await Self.rebuild(folder, "x", "yes | head -c 5000000; echo the end; exit 1")
        #expect(loud.said.contains("the end") && loud.said.utf8.count < 2_000)
    }

    @Test("what is read-only is taken away too")
    func readOnly() async throws {
        let folder = try Self.project()
        defer { folder.remove() }
        let seen = try await Self.rebuild(
            folder, "app.txt", "mkdir -p deep/er && touch deep/er/file && chmod -R a-w deep && echo x > app.txt")
        #expect(seen.compared == 1 && seen.findings.isEmpty, "\(seen)")
    }

    @Test("the gate holds, fails, isn't seen without --rebuild, and isn't there without a declared build")
    func gate() async throws {
        let folder = try Self.project()
        defer { folder.remove() }
        func outcome(_ build: String?, isBuilt: Bool) async throws -> String {
            let path = folder.path
            return try await onThread {
                let artifacts = [DeclaredArtifact(path: "src/a", build: build)]
                var options = SourceScan.Options()
                options.artifacts = artifacts
                var scan = try SourceScan(root: path, options: options)
                if isBuilt { try scan.rebuild(artifacts, .init(environment: [:], apart: .zero)) }
                let gates = scan.results().filter { ["source.artifacts", "source.reproducible"].contains($0.sheet.id) }
                return gates.map { Evaluation.outcome(of: $0.observations).rawValue }.joined(separator: " ")
            }
        }
        for (build, isBuilt, expected) in [
            (nil, false, "holds"), ("cat src/b > src/a", false, "holds notAvailable"),
            ("mkdir -p src; echo text of a > src/a", true, "holds holds"), ("cat src/b > src/a", true, "holds fails"),
            ("no-such-program-anywhere", true, "holds notAvailable"), (nil, true, "holds notAvailable"),
        ] as [(String?, Bool, String)] {
            let seen = try await outcome(build, isBuilt: isBuilt)
            #expect(seen == expected, "\(build ?? "no build"): \(seen)")
        }
    }
}

@Suite("readiness.yaml: artefacts")
struct ArtifactKeysTests {
    @Test("a path alone, and everything that a build may ask for")
    func whole() throws {
        let configuration = try ReadinessConfiguration(
            yaml: """
                artefacts:
                  - dist/*.whl
                  - { path: app.tar, build: make dist, env: [CARGO_HOME], leave-out: ['*.o'], timeout: 90s }
                """)
        #expect(configuration.artefacts.map(\.path) == ["dist/*.whl", "app.tar"])
        let last = configuration.artefacts.last
        #expect(last?.build == "make dist" && last?.environment == ["CARGO_HOME"] && last?.leaveOut == ["*.o"])
        #expect(last?.timeout == .seconds(90) && configuration.artefacts.first?.build == nil)
    }

    @Test(
        "what is wrong is said by key",
        arguments: [
            ("artefacts: dist", "artefacts"), ("artefacts: [/etc/passwd]", "artefacts[0]"),
            ("artefacts: [{ path: ../x }]", "artefacts[0].path"),
            ("artefacts: [{ path: a/../../x }]", "artefacts[0].path"),
            ("artefacts: [{ path: 'd*/x' }]", "artefacts[0].path"),
            ("artefacts: [{ build: make }]", "artefacts[0].path"),
            ("artefacts: [{ path: x, build: ' ' }]", "artefacts[0].build"),
            ("artefacts: [{ path: x, build: y, timeout: soon }]", "artefacts[0].timeout"),
            ("artefacts: [{ path: x, build: y, timeout: 0 }]", "artefacts[0].timeout"),
            ("artefacts: [{ path: x, build: y, env: ['A=b'] }]", "artefacts[0].env"),
            ("artefacts: [{ path: x, command: y }]", "artefacts[0].command"),
        ])
    func wrong(yaml: String, key: String) {
        #expect {
            _ = try ReadinessConfiguration(yaml: yaml)
        } throws: { error in
            (error as? ConfigurationProblems)?.problems.contains { $0.key == key } ?? false
        }
    }
}

@Suite("Tar archives")
struct TarArchiveTests {
    @Test(
        "another program's archives, with long names, pax and links, are read; cut or damaged ones never trap",
        arguments: ["ustar", "gnu", "pax", "v7"])
    func forms(form: String) async throws {
        let folder = try TemporaryDirectory("tar")
        defer { folder.remove() }
        let long = form == "v7" || form == "ustar" ? "short" : String(repeating: "long-name-", count: 15)
        try folder.write("content", to: long)
        let made = try await ForeignProgram.run(
            "sh",
            [
                "-c",
                "cd '\(folder.path)' && ln -s \(long) link && tar --format=\(form) --sort=name -cf a.tar link \(long)",
            ])
        try #require(made.status == 0, "\(made.errors)")
        let bytes = try #require(FileManager.default.contents(atPath: folder.file("a.tar"))).map { $0 }
        let entries = try TarArchive(bytes).entries
        #expect(entries.map(\.name) == ["link", long])
        #expect(entries.last.map { String(decoding: $0.content, as: UTF8.self) } == "content")
        for length in stride(from: 0, to: bytes.count, by: 397) { _ = try? TarArchive(Array(bytes.prefix(length))) }
        for place in stride(from: 0, to: min(bytes.count, 2_048), by: 13) {
            var changed = bytes
            changed[place] = 0xFF
            _ = try? TarArchive(changed)
            changed[place] = UInt8(ascii: "7")
            _ = try? TarArchive(changed)
        }
    }
}
