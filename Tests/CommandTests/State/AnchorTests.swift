import Foundation
import Kernel
import Store
import TestKit
import Testing

/// The trail's head on its way out of the house: by a real mail server and to a real receiver of webhooks.
@Suite("Anchors by mail and webhook", .serialized)
struct AnchorTests {
    private struct Body: Decodable {
        struct Content: Decodable { let details: [String: String] }
        let type: String
        let data: Content
    }

    @Test(
        "Both get the head, by command and on schedule, and what they got shows rows that were cut off later",
        arguments: DatabaseEngine.allCases)
    func delivered(_ engine: DatabaseEngine) async throws {
        let server = try await SMTPServer()
        let workspace = try Workspace()
        let receiver = try await WebhookReceiver.start { _ in .status(204) }
        try workspace.write(
            "seaworthy.yaml",
            """
            environment: development
            operations.jobs.lease: 2s
            email.from: app@example.test
            \(Workspace.secretKey)
            smtp.address: 127.0.0.1:\(server.ports["starttls"] ?? 1)
            smtp.ca-file: \(server.directory.file("authority.pem"))
            audit.anchor-mail: auditor@example.test
            egress.plain-http: true
            egress.allow: [127.0.0.0/8]
            webhooks.endpoints:
              - id: notary
                url: http://127.0.0.1:\(receiver.port)/hook
                secrets: [\(Workspace.webhookSecret)]
                events: [audit.anchored]

            """)
        let address = try await workspace.migrated(engine)
        let running = try workspace.serving(address)
        _ = try await running.worker()
        try await running.wait("its start in the trail") { running.out.contains("\"started\"") }
        try await eventually { try await workspace.trail(address).contains { $0.kind == "process.started" } }
        let anchored = try await workspace.run("audit", "anchor", "--database", address)
        #expect(anchored.status == 0, "\(anchored.out) \(anchored.err)")
        #expect(anchored.out.contains("mail: anchored") && anchored.out.contains("webhooks: anchored"))
        #expect(try await workspace.run("jobs", "run", "audit.anchor", "--database", address).status == 0)
        try await running.wait("both mails") { (try? server.mails(to: "auditor@example.test").count) == 2 }
        try await running.wait("both deliveries") { receiver.requests.count == 2 }
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)

        var lines: [String] = []
        for request in receiver.requests {
            let body = try JSONDecoder().decode(Body.self, from: Data(request.body))
            #expect(body.type == "audit.anchored")
            let row = try #require(body.data.details["sequence"])
            let hash = try #require(body.data.details["hash"])
            #expect(hash.count == 64)
            lines.append("\(row) \(hash) 2026-01-01T00:00:00.000Z")
        }
        // The mail says the same as the webhook, to people.
        let texts = try server.mails(to: "auditor@example.test").map { $0.parts.map(\.content).joined() }
        for line in lines {
            let parts = line.split(separator: " ")
            #expect(texts.contains { $0.contains(parts[1]) && $0.contains(parts[0]) }, "\(line): \(texts)")
        }
        try workspace.write("anchors", lines.joined(separator: "\n") + "\n")
        let verify = ["audit", "verify", "--anchors", workspace.path("anchors"), "--database", address]
        let whole = try await workspace.start(verify).finish(within: .seconds(20))
        #expect(whole.status == 0 && whole.out.contains("2 of 2 anchors"), "\(whole.out) \(whole.err)")
        try await Self.cut(address)
        let cut = try await workspace.start(verify).finish(within: .seconds(20))
        #expect(cut.status == 1, "\(cut.out) \(cut.err)")
        server.stop()
        await receiver.stop()
    }

    /// As who owns the database: the newest rows go, and the head with them, so that the chain itself is sound.
    private static func cut(_ address: String) async throws {
        let database = try await opened(address)
        try await database.transaction("test.cut") { db in
            switch db.engine {
            case .postgres: try db.execute("SET LOCAL session_replication_role = replica")
            case .sqlite:
                for row in try db.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'") {
                    let name: String = try row["name"]
                    try db.execute("DROP TRIGGER \(identifier: name)")
                }
            }
            try db.execute("DELETE FROM audit_entries WHERE sequence > 1")
            try db.execute(
                """
                UPDATE audit_head SET sequence = 1, hash = (SELECT hash FROM audit_entries WHERE sequence = 1)
                """)
        }
        await database.close()
    }

    @Test(
        "A place that can't be reached is told, the others get the head, and the worker tries again until it gives up")
    func refused() async throws {
        let workspace = try Workspace()
        // No `email.from`: no mail leaves.
        try workspace.configure(nil, "audit.anchor-mail: auditor@example.test")
        let address = try await workspace.migrated(.sqlite)
        let file = workspace.path("anchors")
        let test = try await workspace.run("secrets", "rotate", "csrf", "--database", address)
        #expect(test.status == 0, "\(test.err)")
        let run = try await workspace.run(
            "audit", "anchor", "--database", address, "--set", "audit.anchor-file=\(file)")
        #expect(run.status == 1 && run.out.contains("mail: failed: no mail leaves: email.from isn't set"), "\(run.out)")
        #expect(run.out.contains("anchored") && workspace.exists("anchors"), "\(run.out)")
    }
}
