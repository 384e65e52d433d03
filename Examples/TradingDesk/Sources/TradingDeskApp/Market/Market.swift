import GRDB

/// Something to trade, at the price of the market's current day.
struct Instrument: Sendable, Codable, FetchableRecord {
    var symbol: String
    var name: String
    var sector: String
    var price: Int64
    /// The price one day before.
    var previous: Int64

    var json: JSONValue {
        [
            "symbol": .string(symbol), "name": .string(name), "sector": .string(sector),
            "price": .string(Money.plain(price)), "previous": .string(Money.plain(previous)),
        ]
    }

    static let sql = """
        SELECT instrument.symbol, name, sector, now.close AS price, coalesce(before.close, now.close) AS previous
        FROM instrument JOIN market
          JOIN price AS now ON now.symbol = instrument.symbol AND now.day = market.day
          LEFT JOIN price AS before ON before.symbol = instrument.symbol AND before.day = market.day - 1
        """

    static func fetch(_ symbol: String, _ db: Database) throws -> Instrument? {
        try Instrument.fetchOne(db, sql: sql + " WHERE instrument.symbol = ?", arguments: [symbol])
    }
}

/// A closing price.
struct Price: Sendable, Codable, FetchableRecord {
    var day: Int64
    var close: Int64
}

/// The seeded market: every day's prices are known from the start, and the day only moves when told to.
struct Market: Sendable {
    let core: DeskCore

    func instruments() async throws -> [Instrument] {
        try await core.database.read {
            try Instrument.fetchAll($0, sql: Instrument.sql + " ORDER BY instrument.symbol")
        }
    }

    func instrument(_ symbol: String) async throws -> Instrument {
        guard let found = try await core.database.read({ try Instrument.fetch(symbol, $0) }) else {
            throw DeskError.notFound
        }
        return found
    }

    /// Closing prices up to today, oldest first.
    func prices(_ symbol: String, days: Int) async throws -> [Price] {
        let prices = try await core.database.read { db in
            try Price.fetchAll(
                db,
                sql: """
                    SELECT price.day, close FROM price JOIN market ON price.day <= market.day
                    WHERE symbol = ? ORDER BY price.day DESC LIMIT ?
                    """,
                arguments: [symbol, days])
        }
        guard !prices.isEmpty else { throw DeskError.notFound }
        return prices.reversed()
    }

    func day() async throws -> Int64 {
        try await core.database.read { try Int64.fetchOne($0, sql: "SELECT day FROM market") ?? 0 }
    }

    /// Opens the next seeded day.
    /// - Throws: 409 on the last one.
    func openNextDay() async throws -> Int64 {
        try await core.database.write { db in
            try db.execute(sql: "UPDATE market SET day = day + 1 WHERE day < lastDay")
            guard db.changesCount == 1 else {
                throw DeskError.conflict("last-day", "There are no further seeded prices.")
            }
            return try Int64.fetchOne(db, sql: "SELECT day FROM market") ?? 0
        }
    }
}
