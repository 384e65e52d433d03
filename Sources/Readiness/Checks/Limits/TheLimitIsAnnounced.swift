struct TheLimitIsAnnounced: Check {
    let sheet = CheckSheet(
        "limits.announced", "Answers say how many more requests are welcome", area: .limits, side: .edge,
        severity: .minor, asvs: "V2.4.1", flaw: "silent-rate-limit",
        rationale: "Programs that know the limit keep it; those that don't, retry at once and make it worse.",
        remediation: "Send `RateLimit` and `RateLimit-Policy` with answers and `Retry-After` with every 429.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        let burst = try await target.burst()
        guard burst.refusal != nil || page.answer.limits.announces else {
            throw burst.nothingRefused("to announce")
        }
        var all: [Observation] = []
        all.append(
            page.answer.limits.announces
                ? .holds(page.subject, "announced by \(page.answer.limits.seen.joined(separator: ", "))", page)
                : .fails(page.subject, "an ordinary answer doesn't announce the limit", page))
        if let refusal = burst.refusal {
            all.append(
                refusal.answer.first("retry-after") != nil
                    ? .holds(refusal.subject, "429 with Retry-After", refusal)
                    : .fails(refusal.subject, "429 without Retry-After", refusal))
        }
        return all
    }
}
