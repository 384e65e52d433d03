import Foundation
import TestKit
import Testing

@Suite("Evidence, attestations and source scans as a person runs them")
struct EvidenceCommandTests {
    private let good = "<testsuite><testcase name='a'/></testsuite>"

    @Test(
        "evidence: 0 holds, 1 fails, 2 nothing to judge by, 64 usage, 65 damaged, 66 not there",
        arguments: [
            ("<testsuite><testcase name='a'/></testsuite>", [], 0, "holds"),
            ("<testsuite><testcase name='a'><failure/></testcase></testsuite>", [], 1, "FAILS"),
            ("<testsuite/>", [], 2, "not seen"), ("<testsuite>", [], 65, "ends inside <testsuite>"),
            ("<testsuite/>", ["none.xml"], 66, "isn't there"), ("<testsuite/>", ["junitt=report"], 64, "no format"),
        ] as [(String, [String], Int32, String)])
    func evidence(text: String, more: [String], status: Int32, said: String) async throws {
        let workspace = try Workspace()
        try workspace.write("report", text)
        let run = try await workspace.start(["evidence", "report"] + more).finish(within: .seconds(20))
        #expect(run.status == status && (run.out + run.err).contains(said), "\(run.status) \(run.out) \(run.err)")
    }

    @Test("what a check signs with a key of openssl is verified, and refused when anything is another")
    func attestation() async throws {
        let workspace = try Workspace()
        try workspace.write("report.xml", good)
        try workspace.write("other", "x")
        for (name, words) in [
            ("key.pem", ["genpkey", "-algorithm", "ed25519"]),
            ("pub.pem", ["pkey", "-in", workspace.path("key.pem"), "-pubout"]),
            ("stranger.pem", ["genpkey", "-algorithm", "ed25519"]),
        ] {
            let run = try await ForeignProgram.run("openssl", words + ["-out", workspace.path(name)])
            try #require(run.status == 0, "\(run.errors)")
        }
        // Nobody listens on port 1: the verdict is that nobody could judge, and that is signed too.
        let check = try await workspace.run(
            "check", "http://127.0.0.1:1", "--only", "evidence.tests", "--evidence", "report.xml", "--report",
            "json=r.json", "--report", "attestation=a.json", "--sign-key", "key.pem", "--subject", "report.xml")
        #expect(check.status == 0 || check.status == 1 || check.status == 2, "\(check.err)")
        func verify(_ file: String = "a.json", _ key: String = "pub.pem", _ more: String...) async throws -> Finished {
            try await workspace.start(["verify", file, "--key", key] + more).finish(within: .seconds(20))
        }
        let sound = try await verify("a.json", "pub.pem", "--subject", "report.xml", "--report", "r.json")
        // What looked at one thing alone has no GO to sign.
        #expect(sound.status == (check.status == 0 ? 2 : check.status), "\(sound.err)")
        #expect(sound.out.hasPrefix("Verified"))
        #expect(try await verify("a.json", "stranger.pem").status == 77)
        #expect(try await verify("a.json", "pub.pem", "--subject", "other").status == 77)
        #expect(try await verify("a.json", "pub.pem", "--target", "http://127.0.0.1:2").status == 77)
        #expect(try await verify("a.json", "other").status == 78)
        #expect(try await verify("a.json", "none.pem").status == 66)
        let text = try workspace.text("a.json")
        try workspace.write("b.json", text.replacing("\"payload\" : \"ey", with: "\"payload\" : \"eZ"))
        #expect(try await verify("b.json").status == 65)
        #expect(try await verify("other").status == 65)
    }

    @Test("an attestation without a key, and an unknown form, are wrong usage before anything is asked")
    func usage() async throws {
        let workspace = try Workspace()
        for (more, said) in [
            (["--report", "attestation=a"], "needs --sign-key"), (["--report", "pdf=a"], "No format is called"),
            (["--report", "json"], "write FORMAT=FILE"),
        ] {
            let run = try await workspace.start(["check", "http://127.0.0.1:1"] + more).finish(within: .seconds(20))
            #expect(run.status == 64 && run.err.contains(said), "\(run.err)")
        }
    }

    @Test("scan: 1 with a finding, 0 without, 66 without a folder; every rule proves itself")
    func scan() async throws {
        let workspace = try Workspace()
        try workspace.write("app.py", "import requests\nrequests.get('https://a.internal', verify=False)\n")
        let flawed = try await workspace.run("scan", ".")
        #expect(flawed.status == 1 && flawed.out.contains("app.py:2"), "\(flawed.out)\(flawed.err)")
        for line in flawed.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        let sarif = try await workspace.run("scan", ".", "--format", "sarif")
        #expect(sarif.out.contains("\"startLine\" : 2"))
        try workspace.write("app.py", "import requests\nrequests.get('https://a.internal')\n")
        #expect(try await workspace.run("scan", ".").status == 0)
        #expect(try await workspace.run("scan", "nowhere").status == 66)
        let proof = try await workspace.run("scan", "--self-test")
        #expect(proof.status == 0 && !proof.out.contains("ERROR"), "\(proof.out)")
    }

    @Test("advisories are taken in from an archive and a folder, and a locked package is held against them")
    func advisories() async throws {
        let workspace = try Workspace()
        try FileManager.default.createDirectory(
            at: workspace.folder.appending(path: "osv"), withIntermediateDirectories: true)
        try workspace.write(
            "osv/a.json",
            #"{"id":"PYSEC-1","modified":"2026-11-01T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"PyPI","name":"flask"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.2.5"}]}]}]}"#
        )
        try workspace.write("osv/b.json", "no JSON")
        try workspace.write("requirements.txt", "flask==2.0.1\n")
        let none = try await workspace.run("advisories", "status", "--file", "kept.json")
        #expect(none.status == 66)
        let taken = try await workspace.run("advisories", "import", "osv", "--file", "kept.json")
        #expect(taken.status == 0 && taken.out.hasPrefix("1 advisories taken in: 1 new, "), "\(taken.out)\(taken.err)")
        #expect(taken.out.contains("left out: 1 no JSON, the first osv/b.json"))
        // As another program packs it, in the form for over 4 GiB too.
        let packed = try await ForeignProgram.run(
            "python3",
            [
                "-c",
                "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n"
                    + "with z.open('a.json', 'w', force_zip64=True) as f: f.write(open(sys.argv[2], 'rb').read())\n"
                    + "z.write(sys.argv[3], 'b.json')\nz.close()",
                workspace.path("all.zip"), workspace.path("osv/a.json"), workspace.path("osv/b.json"),
            ])
        try #require(packed.status == 0, "\(packed.errors)")
        let again = try await workspace.run("advisories", "import", "all.zip", "--file", "kept.json")
        #expect(again.status == 0 && again.out.contains("0 new, 0 changed, 1 as they were"), "\(again.out)\(again.err)")
        let scan = try await workspace.run("scan", ".", "--advisories", "kept.json")
        #expect(scan.status == 1 && scan.out.contains("PYSEC-1"), "\(scan.out)")
        for (file, text, status) in [("requirements.txt", "flask==2.0.1\n", 65), ("cut.zip", "PK\u{3}\u{4}", 65)]
            as [(String, String, Int32)]
        {
            try workspace.write(file, text)
            let run = try await workspace.run("advisories", "import", file, "--file", "x.json")
            #expect(run.status == status, "\(file): \(run.out)\(run.err)")
        }
        #expect(try await workspace.run("advisories", "import", "none.zip", "--file", "x.json").status == 66)
        try workspace.write("kept.json", "{")
        let broken = try await workspace.run("advisories", "import", "all.zip", "--file", "kept.json")
        #expect(broken.status == 65 && broken.err.contains("remove it"), "\(broken.err)")
    }

    @Test("--rebuild builds twice and compares; without it nothing is run; Ctrl-C leaves neither copies nor processes")
    func rebuild() async throws {
        let workspace = try Workspace()
        try FileManager.default.createDirectory(
            at: workspace.folder.appending(path: "app"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: workspace.folder.appending(path: "tmp"), withIntermediateDirectories: true)
        try workspace.write("app/source.txt", "text\n")
        try workspace.write("app/out.txt", "text\n")
        let there = ["TMPDIR": workspace.path("tmp")]
        func scan(_ build: String, _ more: String...) async throws -> Finished {
            try workspace.write("readiness.yaml", "artefacts: [{ path: out.txt, build: '\(build)' }]\n")
            return try await workspace.start(["scan", "app", "--config", "readiness.yaml"] + more, environment: there)
                .finish(within: .seconds(60))
        }
        let mark = workspace.path("mark")
        let unasked = try await scan("touch \(mark)")
        #expect(unasked.status == 0 && unasked.out.contains("--rebuild") && !workspace.exists("mark"), "\(unasked.out)")
        let sound = try await scan("cat source.txt > out.txt", "--rebuild")
        #expect(sound.status == 0 && sound.out.contains("source.reproducible"), "\(sound.out)\(sound.err)")
        let flawed = try await scan("date +%s > out.txt", "--rebuild")
        #expect(flawed.status == 1 && flawed.out.contains("two builds differ"), "\(flawed.out)\(flawed.err)")
        for line in flawed.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        try workspace.write(
            "readiness.yaml", "artefacts: [{ path: out.txt, build: 'echo $$ > \(mark); sleep 600 & wait' }]\n")
        let running = try workspace.start(
            ["scan", "app", "--config", "readiness.yaml", "--rebuild"], environment: there)
        try await eventually("the build has begun") { (try? workspace.text("mark").isEmpty) == false }
        let builder = try #require(pid_t(try workspace.text("mark").trimmingCharacters(in: .whitespacesAndNewlines)))
        running.signal(SIGINT)
        let stopped = try await running.finish(within: .seconds(30))
        #expect(
            stopped.status == 130 && stopped.err.contains("nothing of it is left"), "\(stopped.status) \(stopped.err)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path("tmp")).isEmpty)
        try await eventually("the build is gone") { kill(-builder, 0) != 0 }
        let usage = try await workspace.run("check", "http://127.0.0.1:1", "--rebuild")
        #expect(usage.status == 64 && usage.err.contains("--source"), "\(usage.err)")
    }

    @Test("every flag that a document says a check needs is a flag of the command")
    func flags() async throws {
        let workspace = try Workspace()
        let help = try await workspace.run("check", "--help").out
        let documented = try String(
            contentsOf: Workspace.package.appending(path: "docs/checks.md"), encoding: .utf8)
        let flags = Set(
            documented.split(separator: "\n").filter { $0.hasPrefix("Runs only with") }
                .flatMap { $0.split(separator: "`").filter { $0.hasPrefix("--") } }
                .compactMap { $0.split(separator: " ").first.map(String.init) })
        #expect(flags.contains("--browser") && flags.contains("--allow-writes"))
        for flag in flags { #expect(help.contains(flag), "\(flag)") }
    }

    @Test("a journal that is none is named with its line, and nothing is started")
    func journal() async throws {
        let workspace = try Workspace()
        try workspace.write(
            "cells", "{\"flaws\":\"none\",\"seed\":1,\"check\":\"a\",\"outcome\":\"holds\",\"seen\":\"\"}\nno\n")
        let run = try await workspace.run(
            "check", "--self-test", "--accuracy", "--journal", "cells")
        #expect(run.status == 65 && run.err.contains("line 2 of `cells`"), "\(run.status) \(run.err)")
        #expect(try await workspace.run("check", "--journal", "cells", "http://127.0.0.1:1").status == 64)
    }
}
