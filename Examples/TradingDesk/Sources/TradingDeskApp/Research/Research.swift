import GRDB

/// A research note that the desk wrote on a topic.
struct Note: Sendable, Codable, FetchableRecord {
    var id: Int64
    var accountID: Int64
    var author: String
    var topic: String
    var body: String
    var isShared: Bool
    var createdAt: Int64

    var json: JSONValue {
        [
            "id": .int(id), "author": .string(author), "topic": .string(topic), "body": .string(body),
            "isShared": .bool(isShared), "createdAt": .string(Day.iso(createdAt)),
        ]
    }
}

/// A remark under a note; its author is nil once the account is gone.
struct Comment: Sendable, Codable, FetchableRecord {
    var id: Int64
    var noteID: Int64
    var author: String?
    var body: String
    var createdAt: Int64

    var json: JSONValue {
        [
            "id": .int(id), "noteID": .int(noteID), "author": .optional(author), "body": .string(body),
            "createdAt": .string(Day.iso(createdAt)),
        ]
    }
}

/// Notes and comments. A note is its author's until it is shared; shared ones are read and commented by all members.
struct Research: Sendable {
    let core: DeskCore

    static let topicLimit = 500
    static let commentLimit = 2000
    static let noteSQL = """
        SELECT note.id, note.accountID, account.name AS author, topic, body, isShared, note.createdAt
        FROM note JOIN account ON account.id = note.accountID
        """

    func notes(for person: SignedInPerson) async throws -> [Note] {
        try await core.database.read {
            try Note.fetchAll(
                $0, sql: Self.noteSQL + " WHERE isShared OR accountID = ? ORDER BY note.id DESC LIMIT 200",
                arguments: [person.id])
        }
    }

    func note(_ id: Int64, for person: SignedInPerson) async throws -> Note {
        try await core.database.read { try Self.readable(id, person, $0) }
    }

    func write(topic: String, isShared: Bool, for person: SignedInPerson) async throws -> Note {
        let now = core.timestamp
        return try await core.database.write { db in
            let instruments = try Instrument.fetchAll(db, sql: Instrument.sql + " ORDER BY instrument.symbol")
            try db.execute(
                sql: "INSERT INTO note (accountID, topic, body, isShared, createdAt) VALUES (?, ?, ?, ?, ?)",
                arguments: [person.id, topic, ResearchText.write(on: topic, instruments), isShared, now])
            return try Self.readable(db.lastInsertedRowID, person, db)
        }
    }

    func delete(_ id: Int64, for person: SignedInPerson) async throws {
        try await core.database.write { db in
            try db.execute(sql: "DELETE FROM note WHERE id = ? AND accountID = ?", arguments: [id, person.id])
            guard db.changesCount == 1 else { throw DeskError.notFound }
        }
    }

    func comments(on note: Int64, for person: SignedInPerson) async throws -> [Comment] {
        try await core.database.read { db in
            _ = try Self.readable(note, person, db)
            return try Comment.fetchAll(
                db, sql: Self.commentSQL + " WHERE noteID = ? ORDER BY comment.id", arguments: [note])
        }
    }

    func comment(_ body: String, on note: Int64, for person: SignedInPerson) async throws -> Comment {
        let now = core.timestamp
        return try await core.database.write { db in
            _ = try Self.readable(note, person, db)
            try db.execute(
                sql: "INSERT INTO comment (noteID, accountID, body, createdAt) VALUES (?, ?, ?, ?)",
                arguments: [note, person.id, body, now])
            return Comment(id: db.lastInsertedRowID, noteID: note, author: person.name, body: body, createdAt: now)
        }
    }

    private static let commentSQL = """
        SELECT comment.id, noteID, account.name AS author, body, comment.createdAt
        FROM comment LEFT JOIN account ON account.id = comment.accountID
        """

    private static func readable(_ id: Int64, _ person: SignedInPerson, _ db: Database) throws -> Note {
        let note = try Note.fetchOne(
            db, sql: noteSQL + " WHERE note.id = ? AND (isShared OR accountID = ?)", arguments: [id, person.id])
        guard let note else { throw DeskError.notFound }
        return note
    }
}

/// Text about a topic, made of the market's own figures: the same topic on the same day gives the same words.
enum ResearchText {
    static func write(on topic: String, _ instruments: [Instrument]) -> String {
        var generator = SeededGenerator(
            seed: topic.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
        let openings = [
            "Sentiment around this theme has been steady, with volumes close to their monthly mean.",
            "The theme has drawn attention this week, though prices have moved less than headlines.",
            "Positioning here looks light; few holders, low turnover, and little borrowing.",
        ]
        let risks = [
            "The main risk is concentration: two names explain most of the sector's movement.",
            "The main risk is the rate path; a surprise would weigh on the longer-dated names.",
            "The main risk is liquidity on thin days; use limits rather than market orders.",
        ]
        let closings = [
            "We would build a position in thirds and review after the next report.",
            "We would wait for a close above the twenty-day mean before adding.",
            "We would hold what is held and let new cash go to the laggards.",
        ]
        let lower = topic.lowercased()
        let named = instruments.filter {
            lower.contains($0.symbol.lowercased()) || lower.contains($0.sector.lowercased())
        }
        let picked = named.isEmpty ? Array(instruments.shuffled(using: &generator).prefix(2)) : Array(named.prefix(3))
        let facts = picked.map { instrument in
            let rises = instrument.price >= instrument.previous
            return "\(instrument.name) (\(instrument.symbol)) \(rises ? "gained" : "lost") ground, "
                + "to \(Money.shown(instrument.price)) from \(Money.shown(instrument.previous))."
        }
        let pick: ([String]) -> String = { $0.randomElement(using: &generator) ?? "" }
        return ([pick(openings)] + facts + [pick(risks), pick(closings)]).joined(separator: " ")
    }
}
