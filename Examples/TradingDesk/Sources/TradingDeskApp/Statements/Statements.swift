import GRDB

/// An uploaded statement, reconciled.
struct Statement: Sendable, Codable, FetchableRecord {
    var id: Int64
    var portfolioID: Int64
    var fileName: String
    var uploadedAt: Int64
    var unreadable: Int64
    /// Ledger lines of the statement's period that it doesn't show.
    var missing: Int64
    var lineCount: Int64
    var matched: Int64

    var json: JSONValue {
        [
            "id": .int(id), "portfolioID": .int(portfolioID), "fileName": .string(fileName),
            "uploadedAt": .string(Day.iso(uploadedAt)), "lines": .int(lineCount), "matched": .int(matched),
            "unmatched": .int(lineCount - matched), "missing": .int(missing), "unreadable": .int(unreadable),
        ]
    }
}

/// A statement's line with the ledger line that it was matched to.
struct ReconciledLine: Sendable, Codable, FetchableRecord {
    var date: String
    var description: String
    var amount: Int64
    var reference: String
    var entryID: Int64?

    var json: JSONValue {
        [
            "date": .string(date), "description": .string(description), "amount": .string(Money.plain(amount)),
            "reference": .string(reference), "entryID": .optional(entryID),
        ]
    }
}

/// Uploads and reconciliation: each line is matched to one ledger line of the same amount within three days.
struct Statements: Sendable {
    let core: DeskCore

    private static let sql = """
        SELECT statement.*, (SELECT count(*) FROM statementLine WHERE statementID = statement.id) AS lineCount,
          (SELECT count(entryID) FROM statementLine WHERE statementID = statement.id) AS matched
        FROM statement JOIN portfolio ON portfolio.id = portfolioID
        """

    func all(of person: SignedInPerson, portfolio: Int64? = nil) async throws -> [Statement] {
        try await core.database.read { db in
            if let portfolio { _ = try Portfolios.owned(portfolio, person, .none, db) }
            return try Statement.fetchAll(
                db,
                sql: Self.sql
                    + " WHERE accountID = ? AND (? IS NULL OR portfolioID = ?) ORDER BY statement.id DESC LIMIT 100",
                arguments: [person.id, portfolio, portfolio])
        }
    }

    func statement(_ id: Int64, for person: SignedInPerson) async throws -> (Statement, [ReconciledLine]) {
        try await core.database.read { db in
            guard
                let statement = try Statement.fetchOne(
                    db, sql: Self.sql + " WHERE statement.id = ? AND accountID = ?", arguments: [id, person.id])
            else { throw DeskError.notFound }
            let lines = try ReconciledLine.fetchAll(
                db, sql: "SELECT * FROM statementLine WHERE statementID = ? ORDER BY id", arguments: [id])
            return (statement, lines)
        }
    }

    func take(_ file: StatementFile, into portfolio: Int64, for person: SignedInPerson) async throws -> Statement {
        let now = core.timestamp
        return try await core.database.write { db in
            _ = try Portfolios.owned(portfolio, person, .none, db)
            let entries = try Entry.fetchAll(
                db, sql: "SELECT * FROM entry WHERE portfolioID = ? ORDER BY id", arguments: [portfolio])
            let matches = Self.match(file.lines, to: entries)
            let dates = file.lines.compactMap { Day.parse($0.date) }
            let used = Set(matches.compactMap { $0 })
            let period = (dates.min() ?? 0) - 43_200...(dates.max() ?? 0) + 43_200
            let missing = dates.isEmpty ? 0 : entries.count { period.contains($0.at) && !used.contains($0.id) }
            try db.execute(
                sql:
                    "INSERT INTO statement (portfolioID, fileName, uploadedAt, unreadable, missing) VALUES (?, ?, ?, ?, ?)",
                arguments: [portfolio, file.name, now, file.unreadable, missing])
            let id = db.lastInsertedRowID
            for (line, entry) in zip(file.lines, matches) {
                try db.execute(
                    sql: """
                        INSERT INTO statementLine (statementID, date, description, amount, reference, entryID)
                        VALUES (?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [id, line.date, line.description, line.amount, line.reference, entry])
            }
            guard let taken = try Statement.fetchOne(db, sql: Self.sql + " WHERE statement.id = ?", arguments: [id])
            else {
                throw DeskError.notFound
            }
            return taken
        }
    }

    /// The ledger line of each statement line, each used once; nil where there is none.
    static func match(_ lines: [StatementLine], to entries: [Entry]) -> [Int64?] {
        var free = Dictionary(grouping: entries, by: \.amount)
        return lines.map { line in
            guard let day = Day.parse(line.date), var candidates = free[line.amount] else { return nil }
            let nearest = candidates.indices.min { abs(candidates[$0].at - day) < abs(candidates[$1].at - day) }
            guard let nearest, abs(candidates[nearest].at - day) <= 3 * 86_400 + 43_200 else { return nil }
            let found = candidates.remove(at: nearest)
            free[line.amount] = candidates
            return found.id
        }
    }
}
