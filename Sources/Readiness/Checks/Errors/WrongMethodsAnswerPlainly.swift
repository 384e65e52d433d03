struct WrongMethodsAnswerPlainly: Check {
    let sheet = CheckSheet(
        "errors.method-not-allowed", "The answer to a method that isn't there shows nothing of the inside",
        area: .errors,
        side: .edge, severity: .minor, asvs: "V16.5.1", flaw: "method-crash",
        rationale: "Crashing on a known method shows the inside and costs the work of a real error.",
        remediation: "Let the router answer 405 and name the methods in `Allow` (RFC 9110 §15.5.6).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        _ = try await target.livePage()
        // Routers that know no 405 treat the method like an unknown address.
        let rule = PlainRefusal(statuses: [400, 403, 404, 501], fault: "instead of 405")
        var all: [Observation] = []
        var sources = [try await target.wrongMethod()]
        if let api = try await target.wrongAPIMethod() { sources.append(api) }
        for seen in sources {
            let judged = rule.judge(seen)
            if seen.status == 405, judged == nil {
                let allow = seen.answer.first("allow")
                all.append(
                    allow == nil
                        ? .fails(seen.subject, "405 without Allow", seen)
                        : .holds(seen.subject, "405, `Allow: \(allow ?? "")`", seen))
            } else {
                all.append(
                    judged
                        ?? .notAvailable(
                            seen.subject, "\(seen.status): no method was found that it doesn't have", seen))
            }
        }
        return all
    }
}
