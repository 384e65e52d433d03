import GRDB

/// A portfolio with its cash in minor units.
struct Portfolio: Sendable, Codable, FetchableRecord {
    var id: Int64
    var accountID: Int64
    var name: String
    var currency: String
    var cash: Int64
    var createdAt: Int64

    var json: JSONValue {
        [
            "id": .int(id), "name": .string(name), "currency": .string(currency), "cash": .string(Money.plain(cash)),
            "cashMinor": .int(cash), "createdAt": .string(Day.iso(createdAt)),
        ]
    }
}

/// A line of a portfolio's ledger.
struct Entry: Sendable, Codable, FetchableRecord {
    var id: Int64
    var portfolioID: Int64
    var kind: String
    var amount: Int64
    var balance: Int64
    var memo: String
    var at: Int64

    var json: JSONValue {
        [
            "id": .int(id), "portfolioID": .int(portfolioID), "kind": .string(kind),
            "amount": .string(Money.plain(amount)), "amountMinor": .int(amount),
            "balance": .string(Money.plain(balance)), "memo": .string(memo), "at": .string(Day.iso(at)),
        ]
    }
}

/// What a portfolio holds of one instrument, at today's price.
struct Position: Sendable, Codable, FetchableRecord {
    var portfolioID: Int64
    var symbol: String
    var name: String
    var quantity: Int64
    /// What the shares cost, in minor units.
    var cost: Int64
    var price: Int64

    var value: Int64 { Money.product(price, quantity) ?? 0 }

    var json: JSONValue {
        [
            "symbol": .string(symbol), "name": .string(name), "quantity": .int(quantity),
            "cost": .string(Money.plain(cost)), "price": .string(Money.plain(price)),
            "value": .string(Money.plain(value)),
        ]
    }
}

/// Portfolios, their ledgers and positions.
struct Portfolios: Sendable {
    let core: DeskCore

    static let tooMuch = DeskError.invalid("amount-out-of-range", "The amount is beyond what a portfolio can hold.")

    /// A person's portfolios, oldest first.
    func all(of person: SignedInPerson) async throws -> [Portfolio] {
        try await core.database.read {
            try Portfolio.fetchAll(
                $0, sql: "SELECT * FROM portfolio WHERE accountID = ? ORDER BY id", arguments: [person.id])
        }
    }

    /// One portfolio of the person.
    /// - Throws: 404 when it doesn't exist and when it is somebody else's: the two look the same.
    func portfolio(_ id: Int64, for person: SignedInPerson) async throws -> Portfolio {
        let flaws = core.flaws
        return try await core.database.read { try Self.owned(id, person, flaws, $0) }
    }

    func open(name: String, for person: SignedInPerson) async throws -> Portfolio {
        let now = core.timestamp
        return try await core.database.write { db in
            let count = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM portfolio WHERE accountID = ?", arguments: [person.id])
            guard (count ?? 0) < 50 else {
                throw DeskError.conflict("too-many-portfolios", "An account has up to 50 portfolios.")
            }
            try db.execute(
                sql: "INSERT INTO portfolio (accountID, name, currency, cash, createdAt) VALUES (?, ?, 'EUR', 0, ?)",
                arguments: [person.id, name, now])
            return try Self.owned(db.lastInsertedRowID, person, .none, db)
        }
    }

    func rename(_ id: Int64, to name: String, for person: SignedInPerson) async throws -> Portfolio {
        if core.flaws.contains(.foreignWrites) {
            // Written first and asked afterwards: the status says 404, the name has changed.
            try await core.database.write {
                try $0.execute(sql: "UPDATE portfolio SET name = ? WHERE id = ?", arguments: [name, id])
            }
        }
        return try await core.database.write { db in
            _ = try Self.owned(id, person, .none, db)
            try db.execute(sql: "UPDATE portfolio SET name = ? WHERE id = ?", arguments: [name, id])
            return try Self.owned(id, person, .none, db)
        }
    }

    /// The ledger, newest first.
    func entries(_ id: Int64, limit: Int = 200, for person: SignedInPerson) async throws -> [Entry] {
        let flaws = core.flaws
        return try await core.database.read { db in
            _ = try Self.owned(id, person, flaws, db)
            return try Entry.fetchAll(
                db, sql: "SELECT * FROM entry WHERE portfolioID = ? ORDER BY id DESC LIMIT ?", arguments: [id, limit])
        }
    }

    func positions(_ id: Int64, for person: SignedInPerson) async throws -> [Position] {
        let flaws = core.flaws
        return try await core.database.read { db in
            _ = try Self.owned(id, person, flaws, db)
            return try Position.fetchAll(
                db, sql: Self.positionSQL + " AND portfolioID = ? ORDER BY position.symbol", arguments: [id])
        }
    }

    static let positionSQL = """
        SELECT portfolioID, position.symbol, instrument.name, quantity, cost, close AS price
        FROM position JOIN instrument USING (symbol) JOIN market
          JOIN price ON price.symbol = position.symbol AND price.day = market.day
        WHERE quantity <> 0
        """

    /// The portfolio if it is the person's; the foreign-portfolio flaw forgets to ask.
    static func owned(_ id: Int64, _ person: SignedInPerson, _ flaws: FlawSelection, _ db: Database) throws -> Portfolio
    {
        let portfolio = try Portfolio.fetchOne(db, sql: "SELECT * FROM portfolio WHERE id = ?", arguments: [id])
        guard let portfolio, portfolio.accountID == person.id || flaws.contains(.foreignPortfolio) else {
            throw DeskError.notFound
        }
        return portfolio
    }

    /// Writes a new balance with the ledger line that explains it.
    @discardableResult
    static func book(
        _ kind: String, _ amount: Int64, balance: Int64, memo: String, portfolio id: Int64, at: Int64, _ db: Database
    ) throws -> Entry {
        try db.execute(sql: "UPDATE portfolio SET cash = ? WHERE id = ?", arguments: [balance, id])
        guard db.changesCount == 1 else { throw DeskError.notFound }
        try db.execute(
            sql: "INSERT INTO entry (portfolioID, kind, amount, balance, memo, at) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [id, kind, amount, balance, memo, at])
        return Entry(
            id: db.lastInsertedRowID, portfolioID: id, kind: kind, amount: amount, balance: balance, memo: memo, at: at)
    }
}
