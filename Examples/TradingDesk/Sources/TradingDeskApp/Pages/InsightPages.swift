import HTTPTypes
import Hummingbird
import HummingbirdCore

/// The market, analytics and statements.
enum InsightPages {
    struct MarketPage: Sendable {
        struct Row: Sendable {
            var symbol: String
            var name: String
            var sector: String
            var price: String
            var change: String
            var changeClass: String
        }
        var day: Int64
        var instruments: [Row]
    }
    struct InstrumentPage: Sendable {
        var symbol: String
        var name: String
        var sector: String
        var price: String
        var change: String
        var changeClass: String
        var chart: Chart?
    }
    struct AnalyticsPage: Sendable {
        struct Bar: Sendable {
            var name: String
            var share: String
            var x = "0"
            var width: String
            var fillClass = "fill"
            var gainClass = ""
        }
        var total: String
        var invested: String
        var cashShare: String
        var largest: String
        var chart: Chart?
        var sectors: [Bar]
        var gains: [Bar]
    }
    struct StatementsPage: Sendable {
        struct Row: Sendable {
            var id: Int64
            var fileName: String
            var uploaded: String
            var lines: Int64
            var matched: Int64
            var missing: Int64
        }
        var statements: [Row]
        var portfolioName: String
    }
    struct StatementPage: Sendable {
        struct Row: Sendable {
            var date: String
            var description: String
            var reference: String
            var amount: String
            var tagClass: String
            var state: String
        }
        var fileName: String
        var count: Int64
        var matched: Int64
        var missing: Int64
        var lines: [Row]
    }

    static let all: [Operation] = [
        .page(.get, "/market") { call in
            let rows = try await call.desk.market.instruments().map { item in
                MarketPage.Row(
                    symbol: item.symbol, name: item.name, sector: item.sector, price: Money.shown(item.price),
                    change: Change.percent(item.price, of: item.previous),
                    changeClass: Change.style(item.price, item.previous))
            }
            let model = MarketPage(day: try await call.desk.market.day(), instruments: rows)
            return call.desk.pages.page("market", title: "Market", model: model, call: call)
        },
        .page(.get, "/market/{symbol}") { call in
            let item = try await call.desk.market.instrument(try call.segment("symbol"))
            let prices = try await call.desk.market.prices(item.symbol, days: 180)
            let model = InstrumentPage(
                symbol: item.symbol, name: item.name, sector: item.sector, price: Money.shown(item.price),
                change: Change.percent(item.price, of: item.previous),
                changeClass: Change.style(item.price, item.previous),
                chart: Chart(prices.map { (day: $0.day, value: $0.close) }, label: "Closing prices of \(item.name)"))
            return call.desk.pages.page("instrument", title: item.name, model: model, call: call)
        },
        .page(.get, "/analytics") { call in
            let summary = try await call.desk.analytics.summary(of: try call.person())
            return call.desk.pages.page("analytics", title: "Analytics", model: model(summary), call: call)
        },
        .page(.get, "/statements") { call in
            let person = try call.person()
            let rows = try await call.desk.statements.all(of: person).map {
                StatementsPage.Row(
                    id: $0.id, fileName: $0.fileName, uploaded: Day.minute($0.uploadedAt), lines: $0.lineCount,
                    matched: $0.matched, missing: $0.missing)
            }
            let first = try await call.desk.portfolios.all(of: person).first
            let model = StatementsPage(statements: rows, portfolioName: first?.name ?? "your first portfolio")
            return call.desk.pages.page("statements", title: "Statements", model: model, call: call)
        },
        .page(.post, "/statements") { call in
            let person = try call.person()
            guard let portfolio = try await call.desk.portfolios.all(of: person).first else {
                throw DeskError.conflict("no-portfolio", "Open a portfolio first.")
            }
            let statement = try await call.desk.statements.take(
                try StatementFile(call), into: portfolio.id, for: person)
            return Answer.seeOther("/statements/\(statement.id)")
        },
        .page(.get, "/statements/{id}") { call in
            let (statement, lines) = try await call.desk.statements.statement(
                try call.number("id"), for: try call.person())
            let rows = lines.map { line in
                StatementPage.Row(
                    date: line.date, description: line.description, reference: line.reference,
                    amount: Money.shown(line.amount), tagClass: line.entryID == nil ? "unmatched" : "matched",
                    state: line.entryID.map { "line \($0)" } ?? "unknown")
            }
            let model = StatementPage(
                fileName: statement.fileName, count: statement.lineCount, matched: statement.matched,
                missing: statement.missing, lines: rows)
            return call.desk.pages.page("statement", title: statement.fileName, model: model, call: call)
        },
    ]

    private static func model(_ summary: AnalyticsSummary) -> AnalyticsPage {
        let invested = max(1, Double(summary.invested))
        let share = { (part: Double, whole: Double) in (part / max(1, whole) * 1000).rounded() / 10 }
        let sectors = summary.sectors.map { sector in
            let percent = share(Double(sector.value), invested)
            return AnalyticsPage.Bar(name: sector.name, share: "\(percent) %", width: String(percent))
        }
        let gains = summary.positions.map {
            (name: $0.symbol, gain: Double($0.value - $0.cost) / max(1, Double($0.cost)))
        }
        let widest = max(0.01, gains.map(\.gain.magnitude).max() ?? 0)
        let bars = gains.sorted { $0.gain > $1.gain }.map { item in
            let width = (item.gain.magnitude / widest * 500).rounded() / 10
            let percent = (item.gain * 1000).rounded() / 10
            return AnalyticsPage.Bar(
                name: item.name, share: "\(percent < 0 ? "−" : "+")\(percent.magnitude) %",
                x: String(item.gain < 0 ? 50 - width : 50), width: String(width),
                fillClass: item.gain < 0 ? "fill-down" : "fill-up", gainClass: item.gain < 0 ? "down" : "up")
        }
        return AnalyticsPage(
            total: Money.shown(summary.total), invested: Money.shown(summary.invested),
            cashShare: "\(share(Double(summary.cash), Double(summary.total))) %",
            largest: summary.positions.max { $0.value < $1.value }?.symbol ?? "–",
            chart: Chart(summary.history, label: "Value of today's shares over 90 days"), sectors: sectors, gains: bars)
    }
}
