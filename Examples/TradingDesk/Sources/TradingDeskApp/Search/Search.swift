import GRDB

/// Finds instruments and readable notes that contain a term.
struct Search: Sendable {
    let core: DeskCore

    struct Results: Sendable {
        var instruments: [Instrument]
        var notes: [Note]
    }

    /// - Parameter term: 1…100 characters; `%` and `_` mean themselves.
    func find(_ term: String, for person: SignedInPerson) async throws -> Results {
        if core.flaws.contains(.slowInput) {
            // As a pattern that backtracks does: twice as long an input, four times the time.
            let brackets = term.count { $0 == "(" }
            try await Task.sleep(for: .milliseconds(min(2_500, brackets * brackets)), clock: .continuous)
        }
        if core.flaws.contains(.sqlInjection) { return try await concatenated(term, person) }
        let escaped = term.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
        let pattern = "%\(escaped)%"
        return try await core.database.read { db in
            Results(
                instruments: try Instrument.fetchAll(
                    db,
                    sql: Instrument.sql + """
                         WHERE instrument.symbol LIKE :p ESCAPE '\\' OR name LIKE :p ESCAPE '\\' OR sector LIKE :p ESCAPE '\\'
                        ORDER BY instrument.symbol LIMIT 50
                        """,
                    arguments: ["p": pattern]),
                notes: try Note.fetchAll(
                    db,
                    sql: Research.noteSQL + """
                         WHERE (isShared OR note.accountID = :id) AND (topic LIKE :p ESCAPE '\\' OR body LIKE :p ESCAPE '\\')
                        ORDER BY note.id DESC LIMIT 50
                        """,
                    arguments: ["id": person.id, "p": pattern]))
        }
    }

    /// The sql-injection flaw: the term becomes part of the statement.
    private func concatenated(_ term: String, _ person: SignedInPerson) async throws -> Results {
        try await core.database.read { db in
            Results(
                instruments: try Instrument.fetchAll(
                    db, sql: Instrument.sql + " WHERE name LIKE '%\(term)%' OR instrument.symbol = '\(term)' LIMIT 50"),
                notes: try Note.fetchAll(
                    db,
                    sql: Research.noteSQL
                        + " WHERE (isShared OR note.accountID = \(person.id)) AND topic LIKE '%\(term)%' OR topic = '\(term)' LIMIT 50"
                ))
        }
    }
}
