import Foundation
import GRDB

/// The desk's first data, the same for the same number: a market, three identities, and what they did.
struct Seed: Sendable {
    /// Who can sign in after seeding, with which password.
    static let identities: [(email: String, name: String, role: Role, password: String)] = [
        ("alice@example.test", "Alice Moreau", .member, "correct horse battery alice"),
        ("bob@example.test", "Bob Lindqvist", .member, "correct horse battery bob"),
        ("admin@example.test", "Ada Okafor", .admin, "correct horse battery admin"),
    ]

    static let instruments: [(symbol: String, name: String, sector: String, price: Int64)] = [
        ("ALBA", "Albatross Shipping", "Transport", 8_420), ("BRIX", "Brixton Materials", "Materials", 3_275),
        ("CRAN", "Crane & Daughters", "Industry", 12_960), ("DUNE", "Dune Semiconductor", "Technology", 24_310),
        ("ELMO", "Elmfield Power", "Energy", 5_140), ("FJRD", "Fjord Aquaculture", "Food", 1_885),
        ("GLAS", "Glasshouse Software", "Technology", 17_705), ("HARB", "Harbour Bank", "Finance", 6_630),
        ("IVRY", "Ivory Health", "Health", 9_990), ("JUNO", "Juno Instruments", "Industry", 4_450),
        ("KELP", "Kelp Biologics", "Health", 2_735), ("LUMN", "Lumen Grid", "Energy", 7_315),
    ]

    private static let days: Int64 = 500
    private static let today: Int64 = 260

    /// Fills an empty database.
    static func plant(_ number: UInt64, into database: DatabaseQueue, hashing: PasswordHashing, now: Int64) throws {
        var generator = SeededGenerator(seed: number)
        let hashes = try identities.map { try PasswordHashing.hash($0.password, cost: hashing.cost) }
        let script = generator.next()
        try database.write { db in
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM account") == 0 else { return }
            var generator = SeededGenerator(seed: script)
            try market(db, &generator)
            for (identity, hash) in zip(identities, hashes) {
                try db.execute(
                    sql: """
                        INSERT INTO account (email, name, role, status, passwordHash, createdAt)
                        VALUES (?, ?, ?, 'active', ?, ?)
                        """,
                    arguments: [identity.email, identity.name, identity.role.rawValue, hash, now - 200 * 86_400])
            }
            try portfolios(db, &generator, now: now)
            try research(db, now: now)
        }
    }

    private static func market(_ db: Database, _ generator: inout SeededGenerator) throws {
        try db.execute(sql: "INSERT INTO market (id, day, lastDay) VALUES (1, ?, ?)", arguments: [today, days])
        for instrument in instruments {
            try db.execute(
                sql: "INSERT INTO instrument (symbol, name, sector) VALUES (?, ?, ?)",
                arguments: [instrument.symbol, instrument.name, instrument.sector])
            let statement = try db.makeStatement(sql: "INSERT INTO price (symbol, day, close) VALUES (?, ?, ?)")
            var price = instrument.price
            for day in 1...days {
                // Up to 2 % a day, with a slight drift upwards.
                price = max(100, price + price * Int64.random(in: -190...200, using: &generator) / 10_000)
                try statement.execute(arguments: [instrument.symbol, day, price])
            }
        }
    }

    private static func portfolios(_ db: Database, _ generator: inout SeededGenerator, now: Int64) throws {
        let plan: [(owner: String, name: String, deposit: Int64, holdings: [String])] = [
            ("alice@example.test", "Long-term", 8_000_000, ["ALBA", "DUNE", "GLAS", "HARB", "IVRY"]),
            ("alice@example.test", "Dividends", 3_000_000, ["ELMO", "FJRD", "LUMN"]),
            ("bob@example.test", "Growth", 5_000_000, ["CRAN", "KELP", "DUNE", "BRIX"]),
        ]
        for item in plan {
            try db.execute(
                sql: """
                    INSERT INTO portfolio (accountID, name, currency, cash, createdAt)
                    SELECT id, ?, 'EUR', 0, ? FROM account WHERE email = ?
                    """,
                arguments: [item.name, now - 190 * 86_400, item.owner])
            let id = db.lastInsertedRowID
            var (cash, at) = (item.deposit, now - 189 * 86_400)
            try Portfolios.book("deposit", cash, balance: cash, memo: "Opening deposit", portfolio: id, at: at, db)
            for symbol in item.holdings {
                guard let instrument = try Instrument.fetch(symbol, db) else { continue }
                let (quantity, day) = (
                    Int64.random(in: 10...60, using: &generator), Int64.random(in: 60...200, using: &generator)
                )
                let then = try Int64.fetchOne(
                    db, sql: "SELECT close FROM price WHERE symbol = ? AND day = ?", arguments: [symbol, day])
                let price = then ?? instrument.price
                at += Int64.random(in: 8...24, using: &generator) * 86_400
                cash -= price * quantity
                try Portfolios.hold(id, symbol, quantity: quantity, cost: price * quantity, db)
                try Portfolios.book(
                    "buy", -price * quantity, balance: cash,
                    memo: "Bought \(quantity) \(symbol) at \(Money.plain(price))",
                    portfolio: id, at: at, db)
                try db.execute(
                    sql: """
                        INSERT INTO tradeOrder (portfolioID, symbol, side, quantity, status, placedAt, closedAt, executedPrice)
                        VALUES (?, ?, 'buy', ?, 'executed', ?, ?, ?)
                        """,
                    arguments: [id, symbol, quantity, at - 3600, at, price])
            }
            let dividend = Int64.random(in: 3_000...25_000, using: &generator)
            cash += dividend
            try Portfolios.book(
                "dividend", dividend, balance: cash, memo: "Dividends of the quarter", portfolio: id,
                at: now - 9 * 86_400, db)
            let next = item.holdings.first ?? "ALBA"
            try db.execute(
                sql: """
                    INSERT INTO tradeOrder (portfolioID, symbol, side, quantity, limitPrice, status, placedAt)
                    VALUES (?, ?, 'buy', 5, ?, 'open', ?)
                    """,
                arguments: [id, next, try Instrument.fetch(next, db).map { $0.price * 9 / 10 }, now - 2 * 86_400])
        }
    }

    private static func research(_ db: Database, now: Int64) throws {
        let instruments = try Instrument.fetchAll(db, sql: Instrument.sql + " ORDER BY instrument.symbol")
        let notes: [(owner: String, topic: String, isShared: Bool)] = [
            ("alice@example.test", "Technology after the rate decision", true),
            ("bob@example.test", "Energy: is ELMO still cheap?", true),
            ("alice@example.test", "Private: plan for the autumn", false),
            ("bob@example.test", "Private: what to ask Harbour Bank", false),
        ]
        for (index, note) in notes.enumerated() {
            try db.execute(
                sql: """
                    INSERT INTO note (accountID, topic, body, isShared, createdAt)
                    SELECT id, ?, ?, ?, ? FROM account WHERE email = ?
                    """,
                arguments: [
                    note.topic, ResearchText.write(on: note.topic, instruments), note.isShared,
                    now - Int64(20 - index * 4) * 86_400, note.owner,
                ])
        }
        let comments: [(note: Int64, owner: String, body: String)] = [
            (1, "bob@example.test", "DUNE looks stretched to me. What would change your mind?"),
            (1, "alice@example.test", "A weak order book in the next report. Until then I hold."),
            (2, "alice@example.test", "Cheap on earnings, less so on debt."),
        ]
        for comment in comments {
            try db.execute(
                sql:
                    "INSERT INTO comment (noteID, accountID, body, createdAt) SELECT ?, id, ?, ? FROM account WHERE email = ?",
                arguments: [comment.note, comment.body, now - 3 * 86_400, comment.owner])
        }
    }
}
