struct TooManyRequestsAreRefused: Check {
    let sheet = CheckSheet(
        "limits.rate", "Too many requests are refused", area: .limits, side: .edge, severity: .major, asvs: "V2.4.1",
        flaw: "no-rate-limit",
        rationale: "Without a limit, one script guesses passwords, copies the data or takes the app down.",
        remediation: "Limit requests per address and per account; answer 429 (`limit_req` in nginx).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let burst = try await target.burst()
        let page = try await target.livePage()
        if let refusal = burst.refusal {
            return [.holds(refusal.subject, "429 within \(burst.sent) requests, after many that were served", refusal)]
        }
        if burst.failures > 0 {
            return [.notAvailable(page.subject, "\(burst.failures) of \(burst.sent) requests got no answer at all")]
        }
        let served = burst.statuses.filter { $0.key < 400 }.values.reduce(0, +)
        guard served > 0 else {
            return [.notAvailable(page.subject, "none of \(burst.sent) requests was served, and none was answered 429")]
        }
        return [.fails(page.subject, "\(burst.sent) requests in a row, none refused")]
    }
}
