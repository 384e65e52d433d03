import GRDB

/// Filling an order at the day's price: order, cash, ledger and position change together or not at all.
extension Orders {
    /// - Throws: 409 when the order isn't open, its limit isn't met, or cash or shares don't suffice.
    func execute(_ id: Int64, for person: SignedInPerson) async throws -> Order {
        let (now, flaws) = (core.timestamp, core.flaws)
        if flaws.contains(.doubleExecution) {
            try await core.database.read { try Self.requireOpen(try Self.owned(id, person, $0)) }
            try await core.letOthersIn()
            return try await core.database.write { db in
                try Self.fill(try Self.owned(id, person, db), at: now, mayOversell: flaws.contains(.oversell), db)
                return try Self.owned(id, person, db)
            }
        }
        return try await core.database.write { db in
            let order = try Self.owned(id, person, db)
            try Self.requireOpen(order)
            try Self.fill(order, at: now, mayOversell: flaws.contains(.oversell), db)
            return try Self.owned(id, person, db)
        }
    }

    private static func fill(_ order: Order, at now: Int64, mayOversell: Bool, _ db: Database) throws {
        guard let instrument = try Instrument.fetch(order.symbol, db) else { throw DeskError.notFound }
        let price = instrument.price
        if let limit = order.limitPrice, order.side == "buy" ? price > limit : price < limit {
            throw DeskError.conflict("limit-not-met", "Today's price of \(Money.plain(price)) doesn't meet the limit.")
        }
        guard let value = Money.product(price, order.quantity) else { throw Portfolios.tooMuch }
        let isBuy = order.side == "buy"
        let held = try Portfolios.held(order.portfolioID, order.symbol, db)
        guard isBuy || held.quantity >= order.quantity || mayOversell else {
            throw DeskError.conflict("insufficient-shares", "The portfolio doesn't hold that many shares.")
        }
        let cash = try Int64.fetchOne(
            db, sql: "SELECT cash FROM portfolio WHERE id = ?", arguments: [order.portfolioID])
        let balance = try Portfolios.balance(cash ?? 0, plus: isBuy ? -value : value)
        let quantity = isBuy ? held.quantity + order.quantity : held.quantity - order.quantity
        let cost: Int64
        if isBuy {
            guard let sum = Money.sum(held.cost, value), quantity <= Portfolios.shareLimit else {
                throw Portfolios.tooMuch
            }
            cost = sum
        } else {
            // Cost leaves in proportion; dividing first keeps the product inside 64 bits.
            let share = held.quantity > 0 ? Double(quantity) / Double(held.quantity) : 0
            cost = quantity <= 0 ? 0 : Int64((Double(held.cost) * share).rounded())
        }
        try Portfolios.hold(order.portfolioID, order.symbol, quantity: quantity, cost: cost, db)
        try Portfolios.book(
            isBuy ? "buy" : "sell", isBuy ? -value : value, balance: balance,
            memo: "\(isBuy ? "Bought" : "Sold") \(order.quantity) \(order.symbol) at \(Money.plain(price))",
            portfolio: order.portfolioID, at: now, db)
        try db.execute(
            sql: "UPDATE tradeOrder SET status = 'executed', closedAt = ?, executedPrice = ? WHERE id = ?",
            arguments: [now, price, order.id])
    }
}
