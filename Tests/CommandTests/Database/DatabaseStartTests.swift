import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("A database that serve can't start with")
struct DatabaseStartTests {
    static let canary = "opensesame-4711"

    private func refusal(
        _ workspace: Workspace, _ database: String, _ status: Int32, _ fragments: String...,
        arguments: [String] = []
    ) async throws {
        let run = try await workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:9", "--database", database] + ServeTests.anyPort + arguments
        ).finish(within: .seconds(30))
        #expect(run.status == status, "\(database): \(run.err)")
        for fragment in fragments { #expect(run.err.contains(fragment), "\(database): \(run.err)") }
        #expect(!run.err.contains(DatabaseStartTests.canary) && !run.out.contains(DatabaseStartTests.canary))
        #expect(!run.out.contains("\"started\""))
    }

    @Test("Addresses that are none, or that would trust anybody, are errors of the configuration: 78")
    func addresses() async throws {
        let workspace = try Workspace()
        let secret = DatabaseStartTests.canary
        try await refusal(workspace, "mysql://app:\(secret)@db/app", 78, "mysql", "postgres://")
        try await refusal(workspace, "postgres:app:\(secret)@db/app", 78, "postgres://USER")
        try await refusal(workspace, "host=db password=\(secret)", 78, "postgres://USER")
        try await refusal(workspace, "x:\(secret)", 78, "not a file name")
        try await refusal(workspace, "postgres://app:\(secret)@db.example/app?sslmode=require", 78, "verify-full")
        try await refusal(workspace, "postgres://app:\(secret)@db.example/app?sslmode=disable", 78, "verify-full")
        try await refusal(workspace, "postgres://app:\(secret)@a,b/app", 78, "one host")
        try await refusal(workspace, "directory/", 78, "file name")
        try await refusal(
            workspace, "none", 78, "database.pool-size", "database.lock-timeout", "database.migrate",
            arguments: [
                "--set", "database.pool-size=0", "--set", "database.lock-timeout=0s", "--set", "database.migrate=down",
            ])
    }

    @Test("Files that are none, damaged, nowhere or not ours to write: 65, 73, 77, 78, and left as they are")
    func files() async throws {
        let workspace = try Workspace()
        let text = String(repeating: "no database at all\n", count: 500)
        try workspace.write("text.db", text)
        try await refusal(workspace, "text.db", 65, "text.db", "no SQLite database, or a damaged one")
        #expect(try workspace.text("text.db") == text)
        try await refusal(workspace, "nowhere/seaworthy.db", 73, "no directory nowhere")
        try FileManager.default.createDirectory(atPath: workspace.path("folder"), withIntermediateDirectories: true)
        try await refusal(workspace, "folder", 78, "is no file")
    }

    @Test("A file or a directory that may only be read is named: 77")
    func readOnly() async throws {
        let workspace = try Workspace()
        // Root may write anything, so somebody else tries.
        let program: [String] =
            geteuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Workspace.seaworthy.path]
            : [Workspace.seaworthy.path]
        for (directoryMode, fileMode, words) in [
            (0o555, nil, "is not writable"), (0o777, 0o444, "the file is not writable"),
        ] as [(Int, Int?, String)] {
            let directory = workspace.path("d\(directoryMode)")
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            if let fileMode {
                try workspace.write("d\(directoryMode)/seaworthy.db", "")
                try FileManager.default.setAttributes(
                    [.posixPermissions: fileMode], ofItemAtPath: directory + "/seaworthy.db")
            }
            try FileManager.default.setAttributes([.posixPermissions: directoryMode], ofItemAtPath: directory)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: workspace.folder.path)
            let run = try await Running(
                program: URL(filePath: program[0]),
                arguments: program.dropFirst() + [
                    "serve", "--upstream", "http://127.0.0.1:9", "--database", "\(directory)/seaworthy.db",
                ] + ServeTests.anyPort, environment: [:], folder: workspace.folder
            ).finish(within: .seconds(30))
            #expect(run.status == 77, "\(run.err)")
            #expect(run.err.contains(words) && run.err.contains("seaworthy.db"), "\(run.err)")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
        }
    }

    @Test("A full disk is told as one: 73, nothing half done is left to start with")
    func fullDisk() async throws {
        let workspace = try Workspace()
        // A file system of 64 kB that only this process sees.
        let script = """
            mkdir small && mount -t tmpfs -o size=64k none small || exit 99
            '\(Workspace.seaworthy.path)' serve --upstream http://127.0.0.1:9 --listen 127.0.0.1:0 \
            --operator 127.0.0.1:0 --database small/seaworthy.db
            """
        let run = try await Running(
            program: URL(filePath: "/usr/bin/unshare"), arguments: ["-m", "-r", "bash", "-c", script], environment: [:],
            folder: workspace.folder
        ).finish(within: .seconds(30))
        #expect(run.status == 73, "\(run.status) \(run.err)")
        #expect(run.err.contains("no space left"), "\(run.err)")
    }

    @Test("A newer schema and an edited one are refused: 78, with the step and the version that applied it")
    func schema() async throws {
        let workspace = try Workspace()
        let newer = workspace.path("newer.db")
        #expect(try await workspace.run("migrate", "up", "--database", newer).status == 0)
        let database = try await opened(newer)
        try await database.transaction("test.future") { db in
            try db.execute(
                "INSERT INTO schema_migrations (id, checksum, applied_at, version) VALUES ('9999-x', 'c', 1, '9.9.9')")
        }
        await database.close()
        try await refusal(workspace, newer, 78, "newer than this program", "9999-x", "9.9.9")
        #expect(try await workspace.run("migrate", "status", "--database", newer).status == 78)

        let edited = workspace.path("edited.db")
        #expect(try await workspace.run("migrate", "up", "--database", edited).status == 0)
        let other = try await opened(edited)
        try await other.transaction("test.edit") { db in
            try db.execute("UPDATE schema_migrations SET checksum = 'other' WHERE id = '0001-change-feed'")
        }
        await other.close()
        try await refusal(workspace, edited, 78, "0001-change-feed", "edited")
        // It is told, too: the log of whoever starts anew again and again says why, and the trail keeps it.
        for (address, step) in [(newer, "9999-x"), (edited, "0001-change-feed")] {
            let run = try await workspace.start(
                ["serve", "--upstream", "http://127.0.0.1:9", "--database", address] + ServeTests.anyPort
            ).finish(within: .seconds(20))
            #expect(run.out.contains("\"type\":\"migration.refused\""), "\(run.out)")
            let database = try await opened(address)
            let rows = try await database.read("test.trail") { db in
                try db.rows("SELECT details FROM audit_entries WHERE kind = 'migration.refused'")
                    .map { try $0["details"] as String }
            }
            #expect(!rows.isEmpty && rows.allSatisfy { $0.contains(step) }, "\(rows)")
            await database.close()
        }
    }

    @Test("With database.migrate=check an old schema is not touched: 78, and what to do")
    func check() async throws {
        let workspace = try Workspace()
        try await refusal(
            workspace, "old.db", 78, "0001-change-feed", "seaworthy migrate up",
            arguments: ["--set", "database.migrate=check"])
        let status = try await workspace.run("migrate", "status", "--database", "old.db")
        #expect(status.status == 1 && status.out.contains("pending"), "\(status.out)\(status.err)")
        #expect(try await workspace.run("migrate", "up", "--database", "old.db").status == 0)
        let running = try workspace.serving("old.db", "--set", "database.migrate=check")
        _ = try await running.doors()
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    @Test("A PostgreSQL that isn't there, or lets nobody in: 69, 77, without a password in any word")
    func postgres() async throws {
        let workspace = try Workspace()
        let secret = DatabaseStartTests.canary
        let free = try await FreePort.next()
        try await refusal(
            workspace, "postgres://app:\(secret)@127.0.0.1:\(free)/app", 69, "can't be reached", ":\(free)")

        let server = try PostgresServer()
        defer { server.remove() }
        let rules = server.directory + "/data/pg_hba.conf"
        let trusting = try String(contentsOfFile: rules, encoding: .utf8)
        try "host all locked all scram-sha-256\n\(trusting)".write(toFile: rules, atomically: false, encoding: .utf8)
        try server.sql("CREATE ROLE locked LOGIN PASSWORD 'right'")
        try server.sql("SELECT pg_reload_conf()")
        let place = "127.0.0.1:\(server.port)"
        try await refusal(workspace, "postgres://locked:\(secret)@\(place)/postgres", 77, "doesn't let us in", "locked")
        try await refusal(workspace, "postgres://nobody@\(place)/postgres", 77, "nobody")
        try await refusal(workspace, "postgres://seaworthy@\(place)/nothing", 78, "nothing")

        for (days, name, words) in [("-1", "localhost", "certificate"), ("1", "other.example", "other.example")] {
            try await shell(
                """
                openssl req -newkey rsa:2048 -nodes -keyout server.key -out request -subj /CN=\(name) \
                    -addext subjectAltName=DNS:\(name) &&
                openssl x509 -req -in request -signkey server.key -copy_extensions copy -days \(days) -out server.crt
                """, workspace)
            let data = server.directory + "/data"
            for file in ["server.key", "server.crt"] {
                try await shell(
                    """
                    cp \(file) '\(data)/' && chown --reference='\(data)/PG_VERSION' '\(data)/\(file)' &&
                    chmod 600 '\(data)/\(file)'
                    """, workspace)
            }
            try server.sql("ALTER SYSTEM SET ssl = on")
            server.crash()
            try server.start()
            try await refusal(
                workspace,
                "postgres://seaworthy:\(secret)@localhost:\(server.port)/postgres?sslmode=verify-full&sslrootcert=\(workspace.path("server.crt"))",
                77, "can't be trusted", words)
        }
    }

    @Test("A start may wait for a database that comes up later")
    func waits() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let address = try server.makeDatabase()
        server.crash()
        let workspace = try Workspace()
        let running = try workspace.serving(address, "--set", "database.start-wait=2min")
        try await Task.sleep(for: .seconds(1))
        #expect(running.isRunning && running.err.isEmpty)
        try server.start()
        #expect(try await running.doors()["public"] != nil)
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    private func shell(_ script: String, _ workspace: Workspace) async throws {
        let run = try await Running(
            program: URL(filePath: "/bin/bash"), arguments: ["-c", script], environment: [:], folder: workspace.folder
        ).finish(within: .seconds(20))
        #expect(run.status == 0, "\(run.err)")
    }
}
