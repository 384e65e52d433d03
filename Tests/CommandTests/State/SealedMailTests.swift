import Foundation
import Kernel
import Store
import TestKit
import Testing

/// Mails that wait are encrypted: written so, re-wrapped by a real worker that is killed half-way, and restored.
@Suite("Mails at rest", .serialized)
struct SealedMailTests {
    private struct Sheet: Decodable { let id: String }
    private struct Key: Decodable { let id, purpose, state: String }

    private static let canary = "canary-4711"

    private static func configure(_ workspace: Workspace) throws {
        try workspace.configure(nil, "email.from: app@example.test", Workspace.secretKey)
    }

    /// Whatever anybody who takes the database away can read of it.
    private static func bytes(_ address: String, _ workspace: Workspace) async throws -> Data {
        guard address.hasPrefix("postgres") else {
            return ["", "-wal"].reduce(into: Data()) {
                $0 += FileManager.default.contents(atPath: address + $1) ?? Data()
            }
        }
        let database = try await opened(address)
        let text = try await database.read("test.dump") { db in
            var text = ""
            for table in ["emails", "email_recipients", "jobs", "audit_entries", "changes"] {
                for row in try db.rows("SELECT t::text AS line FROM \(identifier: table) t") {
                    text += try row["line"] as String
                }
            }
            return text
        }
        await database.close()
        return Data(text.utf8)
    }

    @Test(
        "Neither address nor words of a mail stand in the database's bytes; command, backup and restore read it",
        arguments: DatabaseEngine.allCases)
    func canary(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        try Self.configure(workspace)
        let address = try await workspace.migrated(engine)
        let running = try workspace.serving(address)
        _ = try await running.worker()
        let test = try await workspace.run(
            "mail", "test", "\(Self.canary)@example.test", "--database", address, "--format", "json")
        let id = try JSONDecoder().decode(Sheet.self, from: Data(test.out.utf8)).id
        let shown = try await workspace.run("mail", "show", id, "--database", address)
        #expect(shown.status == 0 && shown.out.contains("Subject: Test mail"), "\(shown.out) \(shown.err)")
        let bytes = try await Self.bytes(address, workspace)
        // What is looked for would be found: the mail's row is there.
        #expect(bytes.range(of: Data(id.utf8)) != nil)
        let words = shown.out.split(separator: "\n").drop { !$0.contains("Subject:") }.filter { $0.count > 20 }.map(
            String.init)
        #expect(!words.isEmpty)
        for text in [Self.canary, "Test mail"] + words {
            #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text) stands there readable")
        }
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)

        let made = try await workspace.run("backup", "keygen", workspace.path("private.key"))
        let key = try #require(made.out.firstMatch(of: /recipient: (\S+)/)).1
        let place = [
            "SEAWORTHY_OPERATIONS_BACKUP_TO": workspace.path("backups"),
            "SEAWORTHY_OPERATIONS_BACKUP_RECIPIENT": String(key),
        ]
        #expect(try await workspace.run("backup", "--database", address, environment: place).status == 0)
        let other = engine == .sqlite ? workspace.path("b.db") : try PostgresServer.ofThisRun.makeDatabase()
        let restored = try await workspace.run(
            "restore", "newest", "--identity", workspace.path("private.key"), "--database", other, environment: place)
        #expect(restored.status == 0, "\(restored.err)")
        let again = try await workspace.run("mail", "show", id, "--database", other)
        #expect(again.out == shown.out, "\(again.err)")
    }

    @Test(
        "An upgrade seals what stood there in the clear; a rotation's worker killed half-way is gone on with, and no mail is lost",
        arguments: DatabaseEngine.allCases)
    func rewrapped(_ engine: DatabaseEngine) async throws {
        let count = 1000
        let workspace = try Workspace()
        try Self.configure(workspace)
        let address = try await workspace.migrated(engine)
        try await Self.fill(address, count)
        let first = try await workspace.worker(address)
        let retain = try await workspace.run("jobs", "run", "email.retain", "--database", address)
        #expect(retain.status == 0, "\(retain.err)")
        try await JobsBeside.with(address) { beside in
            try await eventually { try await Self.keys(beside).values.reduce(0, +) == count }
            let before = try await Self.keys(beside)
            #expect(before.count == 1)
            let plain = try await beside.database.read("test.plain") {
                try $0.value("SELECT count(*) FROM emails WHERE recipient <> '' OR body_text <> ''", as: Int.self)
            }
            #expect(plain == 0)
            // At once, not once every replica knows it.
            let rotated = try await workspace.run("secrets", "rotate", "at-rest", "--urgent", "--database", address)
            #expect(rotated.status == 0, "\(rotated.err)")
            try await eventually { try await Self.keys(beside).count == 2 }
            first.signal(SIGKILL)
            #expect(try await first.finish(within: .seconds(20)).wasKilled)
            let half = try await Self.keys(beside)
            #expect(half.count == 2 && half.values.reduce(0, +) == count, "killed half-way: \(half)")
            let second = try await workspace.worker(address)
            let old = try #require(before.keys.first)
            try await eventually { try await Self.keys(beside)[old] == nil }
            #expect(try await Self.keys(beside).values.reduce(0, +) == count)
            try await beside.wait("the job's end", "at-rest.rewrap") { $0.allSatisfy { $0.state == .done } }
            for number in [1, 99, 100, 101, 500, count] {
                let shown = try await workspace.run("mail", "show", "m\(10_000 + number)", "--database", address)
                #expect(shown.out.contains("Words of number \(number)."), "\(shown.out) \(shown.err)")
            }
            #expect(try await beside.trail().contains("at-rest.rewrapped"))
            second.signal(SIGTERM)
            #expect(try await second.finish(within: .seconds(20)).status == 0)
        }
        let listed = try await workspace.run("secrets", "list", "--format", "json", "--database", address)
        let keys = try JSONDecoder().decode([Key].self, from: Data(listed.out.utf8)).filter { $0.purpose == "at-rest" }
        #expect(keys.map(\.state).sorted() == ["active", "destroyed"], "\(listed.out) \(listed.err)")
    }

    /// Held mails as the version before wrote them.
    private static func fill(_ address: String, _ count: Int) async throws {
        let database = try await opened(address)
        let now = TestClock().now()
        let later = Timestamp(nanosecondsSinceEpoch: now.nanosecondsSinceEpoch + 86_400_000_000_000)
        try await database.transaction("test.fill") { db in
            try db.execute(
                """
                INSERT INTO emails (id, template, language, recipient, recipient_hash, subject, body_text, body_html, state,
                    attempts, uncertain, slot_at, due_at, expires_at, created_at, ended_at)
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
                SELECT 'm' || (10000 + i), 'test', 'en', 'p' || i || '@example.test', 'h' || i, 'Subject ' || i,
                    'Words of number ' || i || '.', '<p>Words</p>', 'held', 0, 0, CAST(\(now) AS BIGINT),
                    CAST(\(now) AS BIGINT), CAST(\(later) AS BIGINT), CAST(\(now) AS BIGINT), CAST(\(now) AS BIGINT) FROM n
                """)
        }
        await database.close()
    }

    /// Sealed mails by the key that they name.
    private static func keys(_ beside: JobsBeside) async throws -> [[UInt8]: Int] {
        try await beside.database.read("test.keys") { db in
            let rows = try db.rows(
                "SELECT substr(sealed, 2, 8) AS key, count(*) AS n FROM emails WHERE sealed IS NOT NULL GROUP BY 1")
            return try Dictionary(
                rows.map { (try $0["key"] as [UInt8], try $0["n"] as Int) }, uniquingKeysWith: { $0 + $1 })
        }
    }
}
