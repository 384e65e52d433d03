import Readiness
import TestKit
import Testing
import TradingDeskApp

/// A run as tests start it: a fixed day and a fixed word.
func circumstances() throws -> ReadinessRun.Circumstances {
    ReadinessRun.Circumstances(
        today: try #require(CalendarDay("2026-11-21")), startedAt: "2026-11-21T12:00:00Z", nonce: "n0nce")
}

/// Checks a scripted server on this machine.
func check(
    port: Int, only: [String] = [], configuration: ReadinessConfiguration = .init(),
    exchange: Duration = .seconds(5), total: Duration = .seconds(60)
) async throws -> Report {
    let target = try #require(SiteURL("http://127.0.0.1:\(port)"))
    var run = ReadinessRun(target: target, configuration: configuration, circumstances: try circumstances())
    run.only = only
    run.exchangeLimit = exchange
    run.totalLimit = total
    return try await run.run()
}

/// A server that answers every request by a rule; one request per connection.
func answering(_ rule: @escaping @Sendable (RawRequest) -> String) async throws -> RawUpstream {
    try await RawUpstream.start { connection, _ in
        guard let request = await connection.request(within: .seconds(10)) else { return }
        try await connection.send(rule(request))
    }
}

func page(_ status: String, _ body: String, _ fields: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: text/html\r\nContent-Length: \(body.utf8.count)\r\n\(fields)Connection: close\r\n\r\n\(body)"
}
