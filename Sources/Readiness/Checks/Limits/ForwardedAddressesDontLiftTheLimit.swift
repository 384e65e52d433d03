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
        var plain = Tally()
        var claimed = Tally()
        // Allowance comes back while we ask, so honest and made-up requests go at the same moment: what came back serves
        // either; only made-up ones that pass while honest ones are refused lift the limit.
        for round in 0..<4 {
            let seen = try await target.together(
                afterBurst: (1...8).flatMap { [[], Self.fields(claiming: round * 8 + $0)] })
            for one in seen {
                if one.request.field("X-Forwarded-For") == nil { plain.count(one) } else { claimed.count(one) }
            }
            guard plain.refused * 2 >= plain.all, let last = claimed.last, claimed.all >= 4 else { continue }
            let honest = "\(plain.refused) of \(plain.all) honest ones beside them were refused"
            if claimed.refused * 10 <= claimed.all {
                return [
                    .fails(
                        last.subject,
                        "\(claimed.passed) of \(claimed.all) got through with a made-up address; \(honest)",
                        last)
                ]
            }
            if claimed.refused * 2 >= claimed.all {
                return [
                    .holds(
                        last.subject, "\(claimed.refused) of \(claimed.all) made-up addresses were refused as well",
                        last)
                ]
            }
        }
        throw Obstacle.notAvailable("the limit recovers faster than it can be looked at")
    }

    private struct Tally {
        var passed = 0
        var refused = 0
        var last: Sighting?
        var all: Int { passed + refused }

        mutating func count(_ seen: Sighting) {
            if seen.status == 429 { refused += 1 } else { passed += 1 }
            last = seen
        }
    }

    private static func fields(claiming number: Int) -> [(String, String)] {
        let address = "203.0.113.\(number)"
        return [("X-Forwarded-For", address), ("X-Real-IP", address), ("Forwarded", "for=\(address)")]
    }
}
