struct WrongMethodsAnswerPlainly: Check {
    let sheet = CheckSheet(
        "errors.method-not-allowed", "The answer to a method that isn't there shows nothing of the inside",
        area: .errors,
        side: .edge, severity: .minor, asvs: "V16.5.1", flaw: "method-crash",
        rationale: "Crashing on a known method shows the inside and costs the work of a real error.",
        remediation: "Let the router answer 405 and name the methods in `Allow` (RFC 9110 §15.5.6).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        var all: [Observation] = []
        var sources = [try await target.wrongMethod()]
        if let api = try await target.wrongAPIMethod() { sources.append(api) }
        for seen in sources {
            if let leak = LeakedInternals.found(in: seen.answer) {
                all.append(.fails(seen.subject, "\(seen.status) with \(leak)", seen))
            } else if seen.answer.isHandledError, seen.status != 501 {
                all.append(.holds(seen.subject, "\(seen.status), caught: a request id, nothing of the inside", seen))
            } else if seen.status >= 500, seen.status != 501 {
                all.append(.fails(seen.subject, "\(seen.status) instead of 405", seen))
            } else if seen.status == 405 {
                let allow = seen.answer.first("allow")
                all.append(
                    allow == nil
                        ? .fails(seen.subject, "405 without Allow", seen)
                        : .holds(seen.subject, "405, `Allow: \(allow ?? "")`", seen))
            } else if seen.status == 501 {
                all.append(.holds(seen.subject, "501, nothing of the inside", seen))
            } else if [400, 403, 404].contains(seen.status) {
                // Routers that know no 405 treat the method like an unknown address.
                all.append(.holds(seen.subject, "\(seen.status), while GET answers \(page.status)", seen))
            } else {
                all.append(
                    .notAvailable(seen.subject, "\(seen.status): no method was found that it doesn't have", seen))
            }
        }
        return all
    }
}
