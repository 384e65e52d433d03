import Foundation
import Kernel
import TestKit

@testable import Store

/// What the journal's suites share: a trail with something in it, and the hands of somebody who owns the database.
enum JournalBench {
    static let migrations = ChangeFeed.migrations + JobQueue.migrations + Journal.migrations

    static func journal(
        clock: any WallClock = TestClock(), strictness: Journal.Strictness = .throwing,
        outlets: [any EventOutlet] = [], observer: @escaping @Sendable ([RecordedEvent]) -> Void = { _ in }
    ) -> Journal {
        Journal(
            clock: clock, random: SeededRandomSource(seed: 11), strictness: strictness, outlets: outlets,
            observer: observer)
    }

    /// Appends `count` rows in transactions of one to seven.
    static func fill(_ database: Database, _ journal: Journal, _ count: Int, seed: UInt64 = 1) async throws {
        var generator = SeededGenerator(seed: seed)
        var left = count
        while left > 0 {
            let size = min(left, generator.number(1...7))
            left -= size
            let events = (0..<size).map { _ in event(&generator) }
            try await database.transaction("test") { db in
                for event in events { try journal.append(event, in: db) }
            }
        }
    }

    static func event(_ generator: inout SeededGenerator) -> AuditEvent {
        let people = ["ada", "grace", "edsger", "barbara"]
        switch generator.number(0...3) {
        case 0:
            return AuditEvent(
                "session.revoked", actor: generator.pick(people), subject: generator.pick(people),
                details: ["reason": generator.text(0...20, of: "ab \"\\\u{1}\n\u{7F}é🚢{}:,")])
        case 1: return AuditEvent("process.started", actor: "system")
        case 2:
            return AuditEvent(
                "job.dead", details: ["kind": "email.deliver", "attempts": "8", "reason": "“no” ’\u{2028}’", "job": ""])
        default:
            return AuditEvent(
                "consent.given", actor: generator.pick(people), details: ["purpose": "news", "version": "2"])
        }
    }

    /// What a superuser can do: no trigger is in the way.
    static func tamper(_ database: Database, _ work: @escaping @Sendable (Transaction) throws -> Void) async throws {
        try await database.transaction("test") { db in
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
    }

    static func entries(_ database: Database) async throws -> [AuditEntry] {
        try await database.read("test") { db in
            try db.rows("SELECT * FROM audit_entries ORDER BY sequence").map { row in try AuditEntry(row) }
        }
    }

    static func count(_ database: Database) async throws -> Int {
        try await database.read("test") { try $0.value("SELECT count(*) FROM audit_entries") ?? -1 }
    }
}

/// Gathers what an export writes.
actor Lines {
    private(set) var bytes: [UInt8] = []
    func add(_ more: [UInt8]) { bytes += more }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

func filePermissions(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? -1
}

func setPermissions(_ path: String, _ mode: Int) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}
