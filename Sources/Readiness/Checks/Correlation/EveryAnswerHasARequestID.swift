struct EveryAnswerHasARequestID: Check {
    let sheet = CheckSheet(
        "correlation.request-id", "Every answer carries an id of its own", area: .correlation, side: .edge,
        severity: .minor, asvs: "V16.2.4", flaw: "missing-request-id",
        rationale: "With an id, what somebody saw can be found in the logs of every layer.",
        remediation: "Make an id per request, log it everywhere, and send it as `X-Request-ID`.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let sources = [try await target.page(), try await target.unknownPage(), try await target.unknownAPI()]
        var ids: Set<String> = []
        var all: [Observation] = []
        for seen in sources {
            guard let id = seen.answer.requestID else {
                all.append(.fails(seen.subject, "\(seen.status) without a request id", seen))
                continue
            }
            if ids.insert(id).inserted {
                all.append(.holds(seen.subject, "`\(visible(id, limit: 60))`", seen))
            } else {
                all.append(.fails(seen.subject, "the same id as another answer: `\(visible(id, limit: 60))`", seen))
            }
        }
        return all
    }
}
