import GRDB

/// Shares moved in from another bank: quantity and cost change in one transaction.
extension Portfolios {
    /// Shares of one instrument that a portfolio can hold: a billion.
    static let shareLimit: Int64 = 1_000_000_000

    /// Adds `quantity` shares (1…1,000,000) of `symbol` at `price` each (minor units).
    /// - Throws: 404 for an unknown portfolio or symbol, 422 beyond the limits.
    func transferIn(
        _ quantity: Int64, of symbol: String, price: Int64, into id: Int64, for person: SignedInPerson
    ) async throws -> Position {
        guard (1...1_000_000).contains(quantity), price >= 0 else {
            throw DeskError.invalid("invalid-quantity", "Transfer 1 to 1000000 shares.")
        }
        guard let cost = Money.product(price, quantity) else { throw Self.tooMuch }
        let flawed = core.flaws.contains(.lostUpdatePosition)
        if flawed {
            let held = try await core.database.read { db in
                _ = try Self.owned(id, person, .none, db)
                return try Self.held(id, symbol, db)
            }
            try await core.letOthersIn()
            return try await core.database.write { db in
                try Self.hold(id, symbol, quantity: held.quantity + quantity, cost: held.cost + cost, db)
            }
        }
        return try await core.database.write { db in
            _ = try Self.owned(id, person, .none, db)
            let held = try Self.held(id, symbol, db)
            guard let total = Money.sum(held.quantity, quantity), let sum = Money.sum(held.cost, cost),
                total <= Self.shareLimit
            else { throw Self.tooMuch }
            return try Self.hold(id, symbol, quantity: total, cost: sum, db)
        }
    }

    /// What is held now; nothing is zero.
    static func held(_ id: Int64, _ symbol: String, _ db: Database) throws -> (quantity: Int64, cost: Int64) {
        let row = try Row.fetchOne(
            db, sql: "SELECT quantity, cost FROM position WHERE portfolioID = ? AND symbol = ?",
            arguments: [id, symbol])
        guard let row else { return (0, 0) }
        return (row["quantity"], row["cost"])
    }

    /// Writes what is held from now on.
    @discardableResult
    static func hold(_ id: Int64, _ symbol: String, quantity: Int64, cost: Int64, _ db: Database) throws -> Position {
        guard let instrument = try Instrument.fetch(symbol, db) else { throw DeskError.notFound }
        try db.execute(
            sql: """
                INSERT INTO position (portfolioID, symbol, quantity, cost) VALUES (?, ?, ?, ?)
                ON CONFLICT (portfolioID, symbol) DO UPDATE SET quantity = excluded.quantity, cost = excluded.cost
                """,
            arguments: [id, symbol, quantity, cost])
        return Position(
            portfolioID: id, symbol: symbol, name: instrument.name, quantity: quantity, cost: cost,
            price: instrument.price)
    }
}
