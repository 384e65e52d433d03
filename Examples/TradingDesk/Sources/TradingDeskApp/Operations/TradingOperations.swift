import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Portfolios, orders, instruments and statements.
enum TradingOperations {
    static let all: [Operation] = portfolios + positions + orders + market + statements

    private static let name = Operation.Member(
        name: "name", type: "string", about: "1 to 80 characters.", example: "Long-term")
    private static let amount = Operation.Member(
        name: "amount", type: "string", about: "Above zero, up to two decimals.", example: "250.00")
    private static let memo = Operation.Member(
        name: "memo", type: "string", isRequired: false, about: "Up to 200 characters.", example: "Salary")

    private static let portfolios: [Operation] = [
        .api(
            .get, "/api/portfolios", "portfolios", "Your portfolios", tag: "portfolios", access: .member,
            success: (200, "PortfolioList")
        ) {
            call in
            try Answer.json([
                "portfolios": .array(try await call.desk.portfolios.all(of: try call.person()).map(\.json))
            ])
        },
        .api(
            .post, "/api/portfolios", "openPortfolio", "Open a portfolio", tag: "portfolios", access: .member,
            input: [name],
            success: (201, "Portfolio"), failures: [409]
        ) { call in
            let name = try DeskRequest.text(try call.json(), "name", limit: 80)
            return try Answer.json(
                try await call.desk.portfolios.open(name: name, for: try call.person()).json, status: .created)
        },
        .api(
            .get, "/api/portfolios/{id}", "portfolio", "One portfolio", tag: "portfolios", access: .member,
            success: (200, "Portfolio"), failures: [404]
        ) {
            call in
            try Answer.json(
                try await call.desk.portfolios.portfolio(try call.number("id"), for: try call.person()).json)
        },
        .api(
            .patch, "/api/portfolios/{id}", "renamePortfolio", "Rename a portfolio", tag: "portfolios", access: .member,
            input: [name], success: (200, "Portfolio"), failures: [404]
        ) { call in
            let name = try DeskRequest.text(try call.json(), "name", limit: 80)
            return try Answer.json(
                try await call.desk.portfolios.rename(try call.number("id"), to: name, for: try call.person()).json)
        },
        .api(
            .post, "/api/portfolios/{id}/deposits", "deposit", "Put cash in", tag: "cash", access: .member,
            input: [amount, memo], success: (201, "Entry"), failures: [404]
        ) { call in
            let (amount, memo) = try money(call)
            let entry = try await call.desk.portfolios.deposit(
                amount, memo: memo, into: try call.number("id"), for: try call.person())
            return try Answer.json(entry.json, status: .created)
        },
        .api(
            .post, "/api/portfolios/{id}/withdrawals", "withdraw", "Take cash out", tag: "cash", access: .member,
            input: [amount, memo], success: (201, "Entry"), failures: [404, 409]
        ) { call in
            let (amount, memo) = try money(call)
            let entry = try await call.desk.portfolios.withdraw(
                amount, memo: memo, from: try call.number("id"), for: try call.person())
            return try Answer.json(entry.json, status: .created)
        },
        .api(
            .get, "/api/portfolios/{id}/transactions", "transactions", "The ledger, newest first", tag: "cash",
            access: .member, success: (200, "EntryList"), failures: [404]
        ) { call in
            let entries = try await call.desk.portfolios.entries(try call.number("id"), for: try call.person())
            return try Answer.json(["transactions": .array(entries.map(\.json))])
        },
        .api(
            .get, "/api/portfolios/{id}/transactions.csv", "exportTransactions", "The ledger for a spreadsheet",
            tag: "cash",
            access: .member, success: (200, "text/csv"), failures: [404]
        ) { call in
            let id = try call.number("id")
            let entries = try await call.desk.portfolios.entries(id, limit: 10_000, for: try call.person())
            let guards = !call.flaws.contains(.csvFormulaInjection)
            var text = CSV.line(["date", "kind", "amount", "balance", "memo"], guardingFormulas: guards)
            for entry in entries.reversed() {
                text += CSV.line(
                    [
                        Day.date(entry.at), entry.kind, Money.plain(entry.amount), Money.plain(entry.balance),
                        entry.memo,
                    ],
                    guardingFormulas: guards)
            }
            return Answer.text(
                text, type: "text/csv; charset=utf-8",
                headers: [.contentDisposition: "attachment; filename=\"portfolio-\(id).csv\""])
        },
    ]

    private static let positions: [Operation] = [
        .api(
            .get, "/api/portfolios/{id}/positions", "positions", "What a portfolio holds", tag: "positions",
            access: .member,
            success: (200, "PositionList"), failures: [404]
        ) { call in
            let positions = try await call.desk.portfolios.positions(try call.number("id"), for: try call.person())
            return try Answer.json(["positions": .array(positions.map(\.json))])
        },
        .api(
            .post, "/api/portfolios/{id}/positions/{symbol}/transfers", "transferIn", "Bring shares from another bank",
            tag: "positions", access: .member,
            input: [
                .init(name: "quantity", type: "integer", about: "1 to 1,000,000 shares.", example: 10),
                .init(name: "price", type: "string", about: "What each share cost.", example: "81.20"),
            ], success: (201, "Position"), failures: [404]
        ) { call in
            let body = try call.json()
            guard let quantity = body["quantity"]?.int, let price = body["price"]?.string.flatMap({ Money.parse($0) })
            else {
                throw DeskError.invalid("invalid-transfer", "Send a whole quantity and a price such as \"81.20\".")
            }
            let position = try await call.desk.portfolios.transferIn(
                quantity, of: try call.segment("symbol"), price: price, into: try call.number("id"),
                for: try call.person())
            return try Answer.json(position.json, status: .created)
        },
    ]

    private static let orders: [Operation] = [
        .api(
            .get, "/api/portfolios/{id}/orders", "orders", "A portfolio's orders", tag: "orders", access: .member,
            success: (200, "OrderList"), failures: [404]
        ) {
            call in
            let orders = try await call.desk.orders.all(of: try call.person(), portfolio: try call.number("id"))
            return try Answer.json(["orders": .array(orders.map(\.json))])
        },
        .api(
            .post, "/api/portfolios/{id}/orders", "placeOrder", "Place an order", tag: "orders", access: .member,
            input: [
                .init(name: "symbol", type: "string", about: "An instrument's symbol.", example: "ALBA"),
                .init(name: "side", type: "string", about: "Which way.", example: "buy", values: ["buy", "sell"]),
                .init(name: "quantity", type: "integer", about: "1 to 1,000,000 shares.", example: 5),
                .init(
                    name: "limitPrice", type: "string", isRequired: false,
                    about: "Buy at most or sell at least at this price.", example: "99.00"),
            ], success: (201, "Order"), failures: [404, 409]
        ) { call in
            let body = try call.json()
            guard let quantity = body["quantity"]?.int else {
                throw DeskError.invalid("invalid-quantity", "'quantity' has to be a whole number.")
            }
            let ticket = Orders.Ticket(
                symbol: try DeskRequest.text(body, "symbol", limit: 12),
                side: try DeskRequest.text(body, "side", limit: 8),
                quantity: quantity, limitPrice: try limit(body["limitPrice"]?.string))
            let order = try await call.desk.orders.place(ticket, in: try call.number("id"), for: try call.person())
            return try Answer.json(order.json, status: .created)
        },
        .api(
            .get, "/api/orders/{id}", "order", "One order", tag: "orders", access: .member, success: (200, "Order"),
            failures: [404]
        ) {
            call in
            try Answer.json(try await call.desk.orders.order(try call.number("id"), for: try call.person()).json)
        },
        .api(
            .delete, "/api/orders/{id}", "cancelOrder", "Cancel an open order", tag: "orders", access: .member,
            success: (200, "Order"), failures: [404, 409]
        ) { call in
            try Answer.json(try await call.desk.orders.cancel(try call.number("id"), for: try call.person()).json)
        },
        .api(
            .post, "/api/orders/{id}/execution", "executeOrder", "Execute an open order at the day's price",
            tag: "orders",
            access: .member, success: (200, "Order"), failures: [404, 409]
        ) { call in
            try Answer.json(try await call.desk.orders.execute(try call.number("id"), for: try call.person()).json)
        },
    ]

    private static let market: [Operation] = [
        .api(
            .get, "/api/instruments", "instruments", "What can be traded", tag: "market", access: .member,
            success: (200, "InstrumentList")
        ) {
            call in try Answer.json(["instruments": .array(try await call.desk.market.instruments().map(\.json))])
        },
        .api(
            .get, "/api/instruments/{symbol}/prices", "prices", "Closing prices, oldest first", tag: "market",
            access: .member, query: [.init(name: "days", about: "1 to 500; 90 unless given.")],
            success: (200, "PriceList"),
            failures: [404]
        ) { call in
            let days = min(500, max(1, call.query["days"].flatMap { Int($0) } ?? 90))
            let prices = try await call.desk.market.prices(try call.segment("symbol"), days: days)
            return try Answer.json([
                "prices": .array(prices.map { ["day": .int($0.day), "close": .string(Money.plain($0.close))] })
            ])
        },
    ]

    private static let statements: [Operation] = [
        .api(
            .get, "/api/portfolios/{id}/statements", "statements", "Uploaded statements", tag: "statements",
            access: .member,
            success: (200, "StatementList"), failures: [404]
        ) { call in
            let statements = try await call.desk.statements.all(of: try call.person(), portfolio: try call.number("id"))
            return try Answer.json(["statements": .array(statements.map(\.json))])
        },
        {
            var upload = Operation.api(
                .post, "/api/portfolios/{id}/statements", "uploadStatement", "Upload a CSV statement and reconcile it",
                tag: "statements", access: .member,
                query: [.init(name: "name", about: "File name of a raw upload; statement.csv unless given.")],
                success: (201, "Statement"), failures: [404]
            ) { call in
                let file = try StatementFile(call)
                let statement = try await call.desk.statements.take(
                    file, into: try call.number("id"), for: try call.person())
                return try Answer.json(statement.json, status: .created)
            }
            upload.input = .statement
            return upload
        }(),
        .api(
            .get, "/api/statements/{id}", "statement", "A statement with its lines", tag: "statements", access: .member,
            success: (200, "StatementDetail"), failures: [404]
        ) { call in
            let (statement, lines) = try await call.desk.statements.statement(
                try call.number("id"), for: try call.person())
            return try Answer.json(["statement": statement.json, "lines": .array(lines.map(\.json))])
        },
    ]

    private static func money(_ call: DeskRequest) throws -> (Int64, String) {
        let body = try call.json()
        return (try amount(body["amount"]?.string), body["memo"] == nil ? "" : try DeskRequest.text(body, "memo"))
    }

    /// An amount above zero.
    static func amount(_ text: String?) throws -> Int64 {
        guard let amount = text.flatMap({ Money.parse($0) }), amount > 0 else {
            throw DeskError.invalid("invalid-amount", "An amount is a text such as \"250.00\", above zero.")
        }
        return amount
    }

    /// A limit price above zero; nil for none.
    static func limit(_ text: String?) throws -> Int64? {
        guard let text, !text.isEmpty else { return nil }
        return try amount(text)
    }
}
