import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("Backups, made by a real worker", .serialized)
struct BackupProcessTests {
    @Test("The schedule's job makes one, verifies it and says so", arguments: DatabaseEngine.allCases)
    func made(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        try workspace.configure(
            nil, "operations.backup.to: \(workspace.path("backups"))",
            "operations.backup.passphrase: nine violet otters row home 1847")
        let address = try await workspace.migrated(engine)
        let running = try workspace.serving(address)
        _ = try await running.worker()
        let planned = try await workspace.run("jobs", "schedules", "--database", address)
        #expect(planned.out.contains("backup") && planned.out.contains("15 3 * * *"), "\(planned.out)")
        #expect(try await workspace.run("jobs", "run", "backup", "--database", address).status == 0)
        try await JobsBeside.with(address) { beside in
            try await beside.wait("the backup", "backup.run") { $0.first?.state == .done }
            let row = try await beside.database.read("test.backup") { db in
                try db.row("SELECT name, cause, state FROM backups")
            }
            #expect(try row?["state"] as String? == "verified" && row?["cause"] as String? == "schedule")
            let name: String = try row?["name"] ?? ""
            let bytes = FileManager.default.contents(atPath: workspace.path("backups/\(name)")) ?? Data()
            #expect(bytes.count > 1000 && !String(decoding: bytes, as: UTF8.self).contains("CREATE TABLE"))
            #expect(try await beside.trail().contains("backup.completed"))
        }
        let metrics = try await running.operatorAnswer("/metrics").text
        #expect(metrics.contains("seaworthy_backup_verified_timestamp_seconds 1"))
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    @Test("One that fails is tried again, stands in the trail, and somebody is told by mail")
    func failed() async throws {
        let server = try await SMTPServer()
        let workspace = try Workspace()
        try FileManager.default.createDirectory(atPath: workspace.path("backups"), withIntermediateDirectories: false)
        chmod(workspace.path("backups"), 0o777)
        try workspace.configure(
            nil, "operations.backup.to: \(workspace.path("backups"))",
            "operations.backup.passphrase: nine violet otters row home 1847",
            "operations.backup.alert: ops@example.test", "email.from: app@example.test",
            "smtp.address: 127.0.0.1:\(server.ports["starttls"] ?? 1)",
            "smtp.ca-file: \(server.directory.file("authority.pem"))")
        let address = try await workspace.migrated(.sqlite)
        let worker = try await workspace.worker(address)
        #expect(try await workspace.run("jobs", "run", "backup", "--database", address).status == 0)
        try await worker.wait("the mail") { (try? server.mails(to: "ops@example.test").count) == 1 }
        let mail = try #require(try server.mails(to: "ops@example.test").first)
        #expect(mail.parts.first?.content.contains("others may write into") == true)
        try await JobsBeside.with(address) { beside in
            let job = try #require(try await beside.jobs("backup.run").first)
            #expect(job.state == .ready && job.attempts == 1 && job.lastError?.contains("chmod 700") == true)
            #expect(try await beside.trail().contains("backup.failed"))
        }
        worker.signal(SIGTERM)
        #expect(try await worker.finish(within: .seconds(20)).status == 0)
        server.stop()
    }

    @Test("Keys in worker.yaml lock backups, and the edge never holds them")
    func separated() async throws {
        let workspace = try Workspace()
        try workspace.configure()
        let passphrase = "nine violet otters \(UUID().uuidString)"
        try workspace.write(
            "worker.yaml",
            "operations.backup:\n  to: \(workspace.path("backups"))\n  passphrase: \(passphrase)\nsmtp.user: app\n"
                + "smtp.password: \(passphrase)\nsmtp.address: 127.0.0.1:1\nemail.from: app@example.test\n")
        chmod(workspace.path("worker.yaml"), 0o600)
        let wrong = try await workspace.run("work", "--database", workspace.path("a.db"))
        #expect(wrong.status == 78 && wrong.err.contains("email.from"), "\(wrong.err)")
        try workspace.write(
            "worker.yaml",
            "operations.backup:\n  to: \(workspace.path("backups"))\n  passphrase: \(passphrase)\n")
        chmod(workspace.path("worker.yaml"), 0o600)
        let address = try await workspace.migrated(.sqlite)
        let running = try workspace.serving(address)
        let worker = try await running.worker()
        #expect(try await workspace.run("jobs", "run", "backup", "--database", address).status == 0)
        try await JobsBeside.with(address) { beside in
            try await beside.wait("the backup", "backup.run") { $0.first?.state == .done }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path("backups")).count == 1)
        _ = try await running.operatorAnswer("/metrics")
        #expect(ProcessInsight(running.pid).memoryHolds(passphrase) == false)
        #expect(ProcessInsight(worker).memoryHolds(passphrase) == true)
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }
}
