import Foundation
import GRDB

/// What a person has agreed to: one document per account, and a record of every choice.
struct Consents: Sendable {
    let core: DeskCore

    /// The purposes that are asked for, with what they mean.
    static let purposes: [(id: String, about: String)] = [
        ("usage-analytics", "Count how I use the desk, to improve it."),
        ("marketing-mail", "Send me offers by e-mail."),
        ("research-profile", "Suggest research by what I hold."),
        ("partner-sharing", "Share my contact data with partner brokers."),
    ]

    /// Every purpose with the person's choice; nothing chosen is no.
    func choices(of person: SignedInPerson) async throws -> [(purpose: String, about: String, isGranted: Bool)] {
        let choices = try await core.database.read { try Self.stored(person.id, $0).choices }
        return Self.purposes.map { ($0.id, $0.about, choices[$0.id] ?? false) }
    }

    /// Records one choice.
    /// - Throws: 404 for a purpose that isn't asked for.
    func choose(_ purpose: String, granted: Bool, for person: SignedInPerson) async throws {
        guard Self.purposes.contains(where: { $0.id == purpose }) else { throw DeskError.notFound }
        let (id, now) = (person.id, core.timestamp)
        if core.flaws.contains(.consentLostUpdate) {
            let seen = try await core.database.read { try Self.stored(id, $0) }
            try await core.letOthersIn()
            try await core.database.write { try Self.record(purpose, granted, onto: seen, account: id, at: now, $0) }
            return
        }
        try await core.database.write { db in
            try Self.record(purpose, granted, onto: try Self.stored(id, db), account: id, at: now, db)
        }
    }

    private struct Stored: Sendable {
        var choices: [String: Bool]
        var revision: Int64
    }

    private static func stored(_ id: Int64, _ db: Database) throws -> Stored {
        let row = try Row.fetchOne(
            db, sql: "SELECT choices, revision FROM consent WHERE accountID = ?", arguments: [id])
        guard let row else { return Stored(choices: [:], revision: 0) }
        let text: String = row["choices"]
        return Stored(
            choices: try JSONDecoder().decode([String: Bool].self, from: Data(text.utf8)), revision: row["revision"])
    }

    private static func record(
        _ purpose: String, _ granted: Bool, onto seen: Stored, account: Int64, at now: Int64, _ db: Database
    ) throws {
        var choices = seen.choices
        choices[purpose] = granted
        let text = String(decoding: try JSONEncoder().encode(choices), as: UTF8.self)
        try db.execute(
            sql: """
                INSERT INTO consent (accountID, choices, revision, updatedAt) VALUES (?, ?, ?, ?)
                ON CONFLICT (accountID) DO UPDATE
                SET choices = excluded.choices, revision = excluded.revision, updatedAt = excluded.updatedAt
                """,
            arguments: [account, text, seen.revision + 1, now])
        try db.execute(
            sql: "INSERT INTO consentEvent (accountID, purpose, isGranted, at) VALUES (?, ?, ?, ?)",
            arguments: [account, purpose, granted, now])
    }
}
