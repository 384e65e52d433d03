struct ForwardedAddressesDontLiftTheLimit: Check {
    let sheet = CheckSheet(
        "limits.forwarded-bypass", "A made-up X-Forwarded-For doesn't lift the limit", area: .limits, side: .edge,
        severity: .major, asvs: "V15.3.4", flaw: "trusts-forwarded-for",
        rationale: "A limit that counts by a field which anybody can write counts nothing.",
        remediation:
            "Take the client's address from the connection; believe forwarded fields only from your own proxies.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let burst = try await target.burst()
        guard burst.refusal != nil else { throw burst.nothingRefused("to lift") }
        var passed = 0
        var refused = 0
        var last: Sighting?
        // A little allowance comes back while we ask, so each made-up address stands beside an honest request.
        for number in 1...6 {
            let plain = try await target.afterBurst([])
            guard plain.status == 429 else { continue }
            let spoofed = try await target.afterBurst([
                ("X-Forwarded-For", "203.0.113.\(number)"), ("X-Real-IP", "203.0.113.\(number)"),
                ("Forwarded", "for=203.0.113.\(number)"),
            ])
            last = spoofed
            if spoofed.status == 429 { refused += 1 } else { passed += 1 }
        }
        guard let last, passed + refused >= 2 else {
            throw Obstacle.notAvailable("the limit recovers faster than it can be looked at")
        }
        // One that passes alone may have met an allowance that had just come back.
        if passed > refused {
            return [.fails(last.subject, "\(passed) of \(passed + refused) got through with a made-up address", last)]
        }
        return [.holds(last.subject, "\(refused) of \(passed + refused) made-up addresses were refused as well", last)]
    }
}
