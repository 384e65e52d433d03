import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Pages about a member's money.
enum MemberPages {
    struct PortfolioTile: Sendable {
        var id: Int64
        var name: String
        var cash: String
        var since: String

        init(_ portfolio: Portfolio) {
            (id, name) = (portfolio.id, portfolio.name)
            (cash, since) = (Money.shown(portfolio.cash), Day.date(portfolio.createdAt))
        }
    }
    struct OrderRow: Sendable {
        var id: Int64
        var placed: String
        var side: String
        var quantity: Int64
        var symbol: String
        var limit: String
        var status: String
        var executed: String?
        var isOpen: Bool

        init(_ order: Order) {
            (id, placed, quantity, symbol) = (order.id, Day.minute(order.placedAt), order.quantity, order.symbol)
            side = order.side == "buy" ? "Buy" : "Sell"
            limit = order.limitPrice.map(Money.shown) ?? "any"
            (status, isOpen) = (order.status, order.status == "open")
            executed = order.executedPrice.map(Money.shown)
        }
    }
    struct Dashboard: Sendable {
        var firstName: String
        var total: String
        var invested: String
        var cash: String
        var gain: String
        var gainClass: String
        var chart: Chart?
        var orders: [OrderRow]
        var portfolios: [PortfolioTile]
    }
    struct Portfolios: Sendable { var portfolios: [PortfolioTile] }
    struct PortfolioPage: Sendable {
        struct Row: Sendable {
            var symbol: String
            var name: String
            var quantity: Int64
            var price: String
            var value: String
            var gain: String
            var gainClass: String
        }
        struct Line: Sendable {
            var date: String
            var kind: String
            var memo: String
            var amount: String
            var amountClass: String
            var balance: String
        }
        var id: Int64
        var name: String
        var cash: String
        var invested: String
        var total: String
        var positions: [Row]
        var entries: [Line]
    }
    struct OrdersPage: Sendable {
        struct Choice: Sendable {
            var symbol: String
            var name: String
            var price: String
        }
        var orders: [OrderRow]
        var portfolios: [PortfolioTile]
        var instruments: [Choice]
    }

    static let all: [Operation] = [
        .page(.get, "/dashboard") { call in
            let person = try call.person()
            let summary = try await call.desk.analytics.summary(of: person)
            let model = Dashboard(
                firstName: person.name.split(separator: " ").first.map(String.init) ?? person.name,
                total: Money.shown(summary.total), invested: Money.shown(summary.invested),
                cash: Money.shown(summary.cash),
                gain: Change.percent(summary.invested, of: summary.cost),
                gainClass: Change.style(summary.invested, summary.cost),
                chart: Chart(summary.history, label: "Value of your shares over 90 days"),
                orders: try await call.desk.orders.all(of: person).filter { $0.status == "open" }.prefix(6).map(
                    OrderRow.init),
                portfolios: try await call.desk.portfolios.all(of: person).map(PortfolioTile.init))
            return call.desk.pages.page("dashboard", title: "Overview", model: model, call: call)
        },
        .page(.get, "/portfolios") { call in
            let portfolios = try await call.desk.portfolios.all(of: try call.person())
            return call.desk.pages.page(
                "portfolios", title: "Portfolios", model: Portfolios(portfolios: portfolios.map(PortfolioTile.init)),
                call: call)
        },
        .page(.post, "/portfolios") { call in
            let name = try DeskRequest.text(try call.form(), "name", limit: 80)
            let opened = try await call.desk.portfolios.open(name: name, for: try call.person())
            return Answer.seeOther("/portfolios/\(opened.id)")
        },
        .page(.get, "/portfolios/{id}") { call in
            let (id, person) = (try call.number("id"), try call.person())
            let portfolio = try await call.desk.portfolios.portfolio(id, for: person)
            let positions = try await call.desk.portfolios.positions(id, for: person)
            let entries = try await call.desk.portfolios.entries(id, limit: 50, for: person)
            let model = page(portfolio, positions, entries)
            return call.desk.pages.page("portfolio", title: portfolio.name, model: model, call: call)
        },
        .page(.post, "/portfolios/{id}/deposit") { call in
            let (id, form) = (try call.number("id"), try call.form())
            _ = try await call.desk.portfolios.deposit(
                try TradingOperations.amount(form["amount"]), memo: try memo(form), into: id, for: try call.person())
            return Answer.seeOther("/portfolios/\(id)")
        },
        .page(.post, "/portfolios/{id}/withdraw") { call in
            let (id, form) = (try call.number("id"), try call.form())
            _ = try await call.desk.portfolios.withdraw(
                try TradingOperations.amount(form["amount"]), memo: try memo(form), from: id, for: try call.person())
            return Answer.seeOther("/portfolios/\(id)")
        },
        .page(.get, "/orders") { call in
            let person = try call.person()
            let model = OrdersPage(
                orders: try await call.desk.orders.all(of: person).map(OrderRow.init),
                portfolios: try await call.desk.portfolios.all(of: person).map(PortfolioTile.init),
                instruments: try await call.desk.market.instruments().map {
                    .init(symbol: $0.symbol, name: $0.name, price: Money.shown($0.price))
                })
            return call.desk.pages.page("orders", title: "Orders", model: model, call: call)
        },
        .page(.post, "/orders") { call in
            let form = try call.form()
            guard let portfolio = form["portfolio"].flatMap({ Int64($0) }),
                let quantity = form["quantity"].flatMap({ Int64($0) })
            else { throw DeskError.invalid("invalid-quantity", "Choose a portfolio and a whole number of shares.") }
            let ticket = Orders.Ticket(
                symbol: try DeskRequest.text(form, "symbol", limit: 12),
                side: try DeskRequest.text(form, "side", limit: 8),
                quantity: quantity, limitPrice: try TradingOperations.limit(form["limit"]))
            _ = try await call.desk.orders.place(ticket, in: portfolio, for: try call.person())
            return Answer.seeOther("/orders")
        },
        .page(.post, "/orders/{id}/execute") { call in
            _ = try await call.desk.orders.execute(try call.number("id"), for: try call.person())
            return Answer.seeOther("/orders")
        },
        .page(.post, "/orders/{id}/cancel") { call in
            _ = try await call.desk.orders.cancel(try call.number("id"), for: try call.person())
            return Answer.seeOther("/orders")
        },
    ]

    private static func memo(_ form: [String: String]) throws -> String {
        form["memo", default: ""].isEmpty ? "" : try DeskRequest.text(form, "memo")
    }

    private static func page(_ portfolio: Portfolio, _ positions: [Position], _ entries: [Entry]) -> PortfolioPage {
        let invested = positions.reduce(0) { $0 + $1.value }
        return PortfolioPage(
            id: portfolio.id, name: portfolio.name, cash: Money.shown(portfolio.cash), invested: Money.shown(invested),
            total: Money.shown(portfolio.cash + invested),
            positions: positions.map {
                .init(
                    symbol: $0.symbol, name: $0.name, quantity: $0.quantity, price: Money.shown($0.price),
                    value: Money.shown($0.value), gain: Change.percent($0.value, of: $0.cost),
                    gainClass: Change.style($0.value, $0.cost))
            },
            entries: entries.map {
                .init(
                    date: Day.date($0.at), kind: $0.kind, memo: $0.memo, amount: Money.shown($0.amount),
                    amountClass: $0.amount < 0 ? "" : "up", balance: Money.shown($0.balance))
            })
    }
}
