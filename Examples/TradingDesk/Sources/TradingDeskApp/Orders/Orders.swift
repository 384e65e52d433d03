import GRDB

/// An order to buy or sell whole shares.
struct Order: Sendable, Codable, FetchableRecord {
    var id: Int64
    var portfolioID: Int64
    var symbol: String
    var side: String
    var quantity: Int64
    /// Buy at most, sell at least; nil takes any price.
    var limitPrice: Int64?
    /// `open`, `executed` or `cancelled`.
    var status: String
    var placedAt: Int64
    var closedAt: Int64?
    var executedPrice: Int64?

    var json: JSONValue {
        [
            "id": .int(id), "portfolioID": .int(portfolioID), "symbol": .string(symbol), "side": .string(side),
            "quantity": .int(quantity), "limitPrice": .optional(limitPrice.map(Money.plain)),
            "status": .string(status), "placedAt": .string(Day.iso(placedAt)),
            "closedAt": .optional(closedAt.map(Day.iso)), "executedPrice": .optional(executedPrice.map(Money.plain)),
        ]
    }
}

/// Placing, cancelling and executing orders.
struct Orders: Sendable {
    let core: DeskCore

    /// What is asked for, before it is an order.
    struct Ticket: Sendable {
        var symbol: String
        var side: String
        var quantity: Int64
        var limitPrice: Int64?
    }

    func all(of person: SignedInPerson, portfolio: Int64? = nil) async throws -> [Order] {
        try await core.database.read { db in
            if let portfolio { _ = try Portfolios.owned(portfolio, person, .none, db) }
            return try Order.fetchAll(
                db,
                sql: """
                    SELECT tradeOrder.* FROM tradeOrder JOIN portfolio ON portfolio.id = portfolioID
                    WHERE accountID = ? AND (? IS NULL OR portfolioID = ?) ORDER BY placedAt DESC, tradeOrder.id DESC LIMIT 200
                    """,
                arguments: [person.id, portfolio, portfolio])
        }
    }

    func order(_ id: Int64, for person: SignedInPerson) async throws -> Order {
        try await core.database.read { try Self.owned(id, person, $0) }
    }

    /// - Throws: 404 for an unknown portfolio or symbol; 422 for a quantity outside 1…1,000,000 or a price of zero;
    ///   409 for selling more than is held.
    func place(_ ticket: Ticket, in portfolio: Int64, for person: SignedInPerson) async throws -> Order {
        guard ticket.side == "buy" || ticket.side == "sell" else {
            throw DeskError.invalid("invalid-side", "'side' has to be buy or sell.")
        }
        guard (1...1_000_000).contains(ticket.quantity), ticket.limitPrice.map({ $0 > 0 }) ?? true else {
            throw DeskError.invalid("invalid-quantity", "Order 1 to 1000000 shares, at a price above zero.")
        }
        let (now, mayOversell) = (core.timestamp, core.flaws.contains(.oversell))
        return try await core.database.write { db in
            _ = try Portfolios.owned(portfolio, person, .none, db)
            guard try Instrument.fetch(ticket.symbol, db) != nil else { throw DeskError.notFound }
            if ticket.side == "sell", !mayOversell {
                // Shares already promised to other open orders can't be sold again.
                let promised = try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT coalesce(sum(quantity), 0) FROM tradeOrder
                        WHERE portfolioID = ? AND symbol = ? AND side = 'sell' AND status = 'open'
                        """,
                    arguments: [portfolio, ticket.symbol])
                let held = try Portfolios.held(portfolio, ticket.symbol, db).quantity
                guard held - (promised ?? 0) >= ticket.quantity else {
                    throw DeskError.conflict("insufficient-shares", "The portfolio doesn't hold that many free shares.")
                }
            }
            try db.execute(
                sql: """
                    INSERT INTO tradeOrder (portfolioID, symbol, side, quantity, limitPrice, status, placedAt)
                    VALUES (?, ?, ?, ?, ?, 'open', ?)
                    """,
                arguments: [portfolio, ticket.symbol, ticket.side, ticket.quantity, ticket.limitPrice, now])
            return try Self.owned(db.lastInsertedRowID, person, db)
        }
    }

    /// - Throws: 409 when it isn't open any more.
    func cancel(_ id: Int64, for person: SignedInPerson) async throws -> Order {
        let now = core.timestamp
        return try await core.database.write { db in
            try Self.requireOpen(try Self.owned(id, person, db))
            try db.execute(
                sql: "UPDATE tradeOrder SET status = 'cancelled', closedAt = ? WHERE id = ?", arguments: [now, id])
            return try Self.owned(id, person, db)
        }
    }

    static func owned(_ id: Int64, _ person: SignedInPerson, _ db: Database) throws -> Order {
        let order = try Order.fetchOne(
            db,
            sql: """
                SELECT tradeOrder.* FROM tradeOrder JOIN portfolio ON portfolio.id = portfolioID
                WHERE tradeOrder.id = ? AND accountID = ?
                """,
            arguments: [id, person.id])
        guard let order else { throw DeskError.notFound }
        return order
    }

    static func requireOpen(_ order: Order) throws {
        guard order.status == "open" else {
            throw DeskError.conflict("order-not-open", "The order is \(order.status) already.")
        }
    }
}
