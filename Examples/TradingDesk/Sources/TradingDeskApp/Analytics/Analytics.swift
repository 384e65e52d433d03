import GRDB

/// Figures over all portfolios of a person.
struct AnalyticsSummary: Sendable {
    var cash: Int64
    var invested: Int64
    var cost: Int64
    /// Value by sector, largest first.
    var sectors: [(name: String, value: Int64)]
    /// What today's positions would have been worth on each of the last days, oldest first.
    var history: [(day: Int64, value: Int64)]
    var positions: [Position]

    var total: Int64 { cash + invested }

    var json: JSONValue {
        [
            "cash": .string(Money.plain(cash)), "invested": .string(Money.plain(invested)),
            "cost": .string(Money.plain(cost)), "total": .string(Money.plain(total)),
            "sectors": .array(sectors.map { ["name": .string($0.name), "value": .string(Money.plain($0.value))] }),
            "history": .array(history.map { ["day": .int($0.day), "value": .string(Money.plain($0.value))] }),
        ]
    }
}

struct Analytics: Sendable {
    let core: DeskCore

    func summary(of person: SignedInPerson, days: Int = 90) async throws -> AnalyticsSummary {
        try await core.database.read { db in
            let cash = try Int64.fetchOne(
                db, sql: "SELECT coalesce(sum(cash), 0) FROM portfolio WHERE accountID = ?", arguments: [person.id])
            let mine = " AND portfolioID IN (SELECT id FROM portfolio WHERE accountID = ?)"
            let positions = try Position.fetchAll(db, sql: Portfolios.positionSQL + mine, arguments: [person.id])
            let sectorOf = try Row.fetchAll(db, sql: "SELECT symbol, sector FROM instrument")
                .reduce(into: [String: String]()) { $0[$1["symbol"]] = $1["sector"] }
            var sectors: [String: Int64] = [:]
            for position in positions { sectors[sectorOf[position.symbol] ?? "Other", default: 0] += position.value }
            let history = try Row.fetchAll(
                db,
                sql: """
                    SELECT price.day AS day, sum(close * quantity) AS value
                    FROM position JOIN portfolio ON portfolio.id = portfolioID JOIN price USING (symbol) JOIN market
                    WHERE accountID = ? AND price.day <= market.day AND price.day > market.day - ?
                    GROUP BY price.day ORDER BY price.day
                    """,
                arguments: [person.id, days])
            return AnalyticsSummary(
                cash: cash ?? 0, invested: positions.reduce(0) { $0 + $1.value },
                cost: positions.reduce(0) { $0 + $1.cost },
                sectors: sectors.map { (name: $0.key, value: $0.value) }.sorted {
                    ($1.value, $0.name) < ($0.value, $1.name)
                },
                history: history.map { (day: $0["day"], value: $0["value"]) }, positions: positions)
        }
    }
}
