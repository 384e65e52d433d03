import Foundation
import Kernel
import Store
import TestKit
import Testing

extension Running {
    /// Sends requests to the public door; their statuses.
    func statuses(_ requests: String...) async throws -> [Int] {
        let port = try #require(
            try await doors()["public"].flatMap { Int($0.split(separator: ":").last ?? "") }, "\(err)")
        var statuses: [Int] = []
        for request in requests {
            let connection = try await RawConnection.open(port: port)
            try await connection.send("\(request)\r\nConnection: close\r\n\r\n")
            statuses.append(try #require(await connection.response(to: "GET")).status)
            await connection.close()
        }
        return statuses
    }

    /// Ends it in order.
    func end() async throws {
        signal(SIGTERM)
        #expect(try await finish(within: .seconds(20)).status == 0, "\(err)")
    }
}

/// A row of an export.
struct ExportedRow: Decodable {
    let sequence: Int?
    let kind: String?
    let details: [String: String]?
    let entries: Int?
}

extension Workspace {
    /// The trail as `audit export` gives it, the trailer left out.
    func trail(_ database: String) async throws -> [ExportedRow] {
        let run = try await run("audit", "export", "--database", database)
        #expect(run.status == 0, "\(run.err)")
        return try run.out.split(separator: "\n").map {
            try JSONDecoder().decode(ExportedRow.self, from: Data($0.utf8))
        }.filter { $0.entries == nil }
    }
}

@Suite("The audit trail of a running gateway")
struct AuditCommandTests {
    static let hostile = "GET / HTTP/1.1\r\nHost: evil.example"
    static let trace = "TRACE / HTTP/1.1\r\nHost: 127.0.0.1"

    /// A trail with what a short run leaves in it.
    private static func served(_ address: String, _ workspace: Workspace) async throws {
        let running = try workspace.serving(
            address, "--mode", "enforce", "--set", "hosts=[127.0.0.1]", "--set", "worker=none")
        #expect(try await running.statuses(trace, hostile, trace, trace) == [405, 421, 405, 405])
        try await running.end()
    }

    @Test(
        "What stages refuse and what the gateway does stands in the trail; the export verifies here and in Python",
        arguments: DatabaseEngine.allCases)
    func recorded(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("audit")
        defer { directory.remove() }
        let (workspace, address) = (try Workspace(), try TestDatabase.address(engine, in: directory))
        try await Self.served(address, workspace)
        let rows = try await workspace.trail(address)
        let kinds = rows.compactMap(\.kind)
        for kind in ["migration.applied", "process.started", "request.malformed", "request.unknown-host"] {
            #expect(kinds.contains(kind), "\(kind): \(kinds)")
        }
        #expect(kinds.contains("secret.created") == (engine == .sqlite))
        #expect(kinds.contains("process.stopped") && kinds.last == "audit.exported", "\(kinds)")
        // The first at once, the others together.
        let counts = rows.filter { $0.details?["reason"] == "request-shape.method" }.compactMap { $0.details?["count"] }
        #expect(counts.compactMap { Int($0) }.reduce(0, +) == 3, "\(counts)")
        let started = rows.first { $0.kind == "process.started" }?.details
        #expect(started?["mode"] == "enforce" && started?["not-enforced"] == "none", "\(started ?? [:])")
        #expect(rows.last { $0.kind == "process.stopped" }?.details?["reason"] == "signal 15")

        let verified = try await workspace.run("audit", "verify", "--database", address)
        #expect(verified.status == 0 && verified.out.hasPrefix("Intact: rows 1 to \(rows.count)"), "\(verified.out)")
        for line in verified.out.split(separator: "\n") where !line.contains("--since") { #expect(line.count <= 80) }
        let end = try #require(verified.out.firstMatch(of: /--since "(\d+ [0-9a-f]{64})"/)).1
        let further = try await workspace.run("audit", "verify", "--since", String(end), "--database", address)
        #expect(further.status == 0, "\(further.out)\(further.err)")
        let export = try await workspace.run("audit", "export", "--output", "trail.jsonl", "--database", address)
        #expect(export.status == 0 && export.err.contains("rows in trail.jsonl"), "\(export.err)")
        let mode = try FileManager.default.attributesOfItem(atPath: workspace.path("trail.jsonl"))
        #expect(mode[.posixPermissions] as? Int == 0o600)
        let python = try await Running(
            program: URL(filePath: "/usr/bin/env"),
            arguments: [
                "python3", Workspace.package.appending(path: "docs/audit/verify.py").path,
                workspace.path("trail.jsonl"),
            ], environment: [:], folder: workspace.folder
        ).finish(within: .seconds(30))
        #expect(python.status == 0, "\(python.err)")
        let again = try await workspace.run("audit", "export", "--output", "trail.jsonl", "--database", address)
        #expect(again.status == 73 && again.err.contains("is there already"), "\(again.err)")
    }

    /// Ways of changing the trail, with what `verify` says.
    private static let changes: [(sql: SQL, words: String)] = [
        ("UPDATE audit_entries SET details = '{}' WHERE sequence = 3", "row 3: edited"),
        ("DELETE FROM audit_entries WHERE sequence IN (4, 5)", "rows 4 to 5: removed"),
        (
            """
            INSERT INTO audit_entries (sequence, at, kind, details, previous_hash, hash)
            SELECT sequence + 1, at, 'session.revoked', details, hash, hash FROM audit_entries
            ORDER BY sequence DESC LIMIT 1
            """, "inserted"
        ),
    ]

    @Test(
        "verify names the row that was edited, removed or inserted: exit 1", arguments: DatabaseEngine.allCases,
        changes.indices)
    func damaged(_ engine: DatabaseEngine, _ index: Int) async throws {
        let directory = try TemporaryDirectory("audit")
        defer { directory.remove() }
        let (workspace, address) = (try Workspace(), try TestDatabase.address(engine, in: directory))
        try await Self.served(address, workspace)
        let change = Self.changes[index]
        try await tamper(address) { db in try db.execute(change.sql) }
        let run = try await workspace.run("audit", "verify", "--record", "--database", address)
        #expect(
            run.status == 1 && run.out.hasPrefix("DAMAGED") && run.out.contains(change.words), "\(run.out)\(run.err)")
        let json = try await workspace.run("audit", "verify", "--format", "json", "--database", address)
        #expect(json.status == 1 && json.out.contains("\"isIntact\" : false"), "\(json.out)")
    }

    @Test("Only an anchor shows rows that were cut off together with their head", arguments: DatabaseEngine.allCases)
    func truncated(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("audit")
        defer { directory.remove() }
        let (workspace, address) = (try Workspace(), try TestDatabase.address(engine, in: directory))
        try await Self.served(address, workspace)
        let file = ["--set", "audit.anchor-file=\(workspace.path("anchors"))", "--database", address]
        let anchored = try await workspace.start(["audit", "anchor"] + file).finish(within: .seconds(20))
        #expect(anchored.status == 0 && anchored.out.contains("anchors: anchored"), "\(anchored.out)\(anchored.err)")
        let head = try await workspace.run("audit", "head", "--database", address)
        #expect(
            try workspace.text("anchors").split(separator: " ").prefix(2) == head.out.split(separator: " ").prefix(2))
        let good = try await workspace.start(["audit", "verify"] + file).finish(within: .seconds(20))
        #expect(good.status == 0 && good.out.contains("1 of 1 anchors"), "\(good.out)\(good.err)")
        try await tamper(address) { db in
            try db.execute("DELETE FROM audit_entries WHERE sequence > 4")
            try db.execute(
                """
                UPDATE audit_head SET sequence = 4,
                    hash = (SELECT hash FROM audit_entries WHERE sequence = 4) WHERE id = 1
                """)
        }
        let blind = try await workspace.run("audit", "verify", "--database", address)
        #expect(blind.status == 0 && blind.out.contains("No anchors"), "\(blind.out)")
        let seen = try await workspace.start(["audit", "verify"] + file).finish(within: .seconds(20))
        #expect(seen.status == 1 && seen.out.contains("cut off at the end"), "\(seen.out)")
    }

    @Test("What couldn't be looked at is 2, never intact; anchors that can't be kept are 1")
    func blind() async throws {
        let workspace = try Workspace()
        #expect(try await workspace.run("migrate", "up", "--database", "a.db").status == 0)
        let empty = try await workspace.run("audit", "anchor", "--file", "anchors", "--database", "a.db")
        #expect(empty.status == 1 && empty.err.contains("empty") && !workspace.exists("anchors"), "\(empty.err)")
        #expect(try await workspace.run("audit", "verify", "--record", "--database", "a.db").status == 0)
        let free = try await FreePort.next()
        for arguments in [
            ["--database", "postgres://app@127.0.0.1:\(free)/app"], ["--database", "new.db"],
            ["--database", "a.db", "--anchors", "nowhere"], ["--database", "a.db", "--since", "7 abc"],
        ] {
            let run = try await workspace.start(["audit", "verify"] + arguments).finish(within: .seconds(20))
            #expect(run.status == 2 && run.err.hasPrefix("seaworthy: ") && run.out.isEmpty, "\(arguments): \(run.err)")
        }
        let place = try await workspace.run("audit", "anchor", "--file", "nowhere/anchors", "--database", "a.db")
        #expect(place.status == 1 && place.out.contains("failed"), "\(place.out)\(place.err)")
    }

    @Test("A reload stands in the trail with its keys, a control that does less since then too, and a refused one")
    func reloads() async throws {
        let workspace = try Workspace()
        try workspace.write("seaworthy.yaml", "pid-file: g.pid\nmode: enforce\n")
        let running = try workspace.serving("a.db", "--set", "worker=none")
        _ = try await running.doors()
        try workspace.write("seaworthy.yaml", "pid-file: g.pid\nmode: enforce\nprotection.csrf.mode: observe\n")
        #expect(try await workspace.run("reload").status == 0)
        try workspace.write("seaworthy.yaml", "pid-file: g.pid\nmode: nonsense\n")
        #expect(try await workspace.run("reload").status == 78)
        try await running.end()
        let rows = try await workspace.trail("a.db")
        #expect(rows.first { $0.kind == "configuration.reloaded" }?.details?["changed"] == "protection.csrf.mode")
        let weaker = rows.filter { $0.kind == "control.weakened" }.compactMap(\.details)
        #expect(weaker == [["control": "protection.csrf", "from": "enforce", "to": "observe"]])
        #expect(rows.first { $0.kind == "configuration.refused" }?.details?["errors"] == "mode")
        #expect(
            running.out.contains("\"level\":\"error\",\"severity\":\"critical\"")
                && running.out.contains("\"type\":\"control.weakened\""))
    }

    @Test("Redis going away is an event, and its coming back: log and trail")
    func redis() async throws {
        let server = try RedisServer()
        defer { server.remove() }
        let workspace = try Workspace()
        let running = try workspace.serving("a.db", "--set", "redis=\(server.url)", "--set", "worker=none")
        try await eventually("Redis is there") {
            try await running.operatorAnswer("/metrics").text.contains("\nseaworthy_shared_limits_up 1\n")
        }
        server.crash()
        try await running.wait("it to be missed") { running.out.contains("\"type\":\"limit.shared-store-lost\"") }
        try server.start()
        try await running.wait("its return") { running.out.contains("\"type\":\"limit.shared-store-back\"") }
        try await running.end()
        let rows = try await workspace.trail("a.db").filter { $0.kind?.hasPrefix("limit.") == true }
        #expect(rows.map(\.kind) == ["limit.shared-store-lost", "limit.shared-store-back"])
        #expect(rows.allSatisfy { $0.details?["store"] == "redis" } && rows.last?.details?["seconds"] != nil)
    }

    @Test("A worker that keeps ending is an event, once; and one when it is at work again")
    func worker() async throws {
        let workspace = try Workspace()
        try workspace.write("worker.yaml", "app.database: x\n")
        chmod(workspace.path("worker.yaml"), 0o644)
        let running = try workspace.serving("a.db")
        try await running.wait("it to be told") { running.out.contains("\"type\":\"worker.down\"") }
        chmod(workspace.path("worker.yaml"), 0o600)
        try await running.wait("its return") { running.out.contains("\"type\":\"worker.back\"") }
        try await running.end()
        let kinds = try await workspace.trail("a.db").compactMap(\.kind).filter { $0.hasPrefix("worker.") }
        #expect(kinds == ["worker.down", "worker.back"])
    }

    @Test("The worker anchors the head and verifies the trail on schedule, or when it is told to")
    func scheduled() async throws {
        let workspace = try Workspace()
        let anchors = workspace.path("anchors")
        let running = try workspace.serving("a.db", "--set", "audit.anchor-file=\(anchors)")
        _ = try await running.worker()
        let configured = ["--database", "a.db", "--set", "audit.anchor-file=\(anchors)"]
        for schedule in ["audit.anchor", "audit.verify"] {
            let run = try await workspace.start(["jobs", "run", schedule] + configured).finish(within: .seconds(20))
            #expect(run.status == 0, "\(run.err)")
            try await running.wait("an anchor") { workspace.exists("anchors") }
        }
        try await running.wait("its event") { running.out.contains("\"type\":\"audit.verified\"") }
        let mode = try FileManager.default.attributesOfItem(atPath: anchors)
        #expect(mode[.posixPermissions] as? Int == 0o600)
        let verify = try await workspace.start(["audit", "verify"] + configured).finish(within: .seconds(20))
        #expect(verify.status == 0 && verify.out.contains("1 of 1 anchors"), "\(verify.out)\(verify.err)")
        try await running.end()
        #expect(try await workspace.trail("a.db").contains { $0.kind == "audit.verified" })
    }

    @Test("docs/events.md is what `seaworthy audit kinds --format markdown` prints; as text it fits 80 columns")
    func kinds() async throws {
        let workspace = try Workspace()
        let run = try await workspace.run("audit", "kinds", "--format", "markdown")
        let file = try String(contentsOf: Workspace.package.appending(path: "docs/events.md"), encoding: .utf8)
        #expect(run.out == file, "stale: write it anew")
        for line in try await workspace.run("audit", "kinds").out.split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    /// As somebody who owns the database: no trigger is in the way.
    private func tamper(_ address: String, _ work: @escaping @Sendable (Transaction) throws -> Void) async throws {
        let database = try await opened(address)
        try await database.transaction("test.tamper") { db in
            switch db.engine {
            case .postgres: try db.execute("SET LOCAL session_replication_role = replica")
            case .sqlite:
                for row in try db.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'") {
                    let name: String = try row["name"]
                    try db.execute("DROP TRIGGER \(identifier: name)")
                }
            }
            try work(db)
        }
        await database.close()
    }
}
