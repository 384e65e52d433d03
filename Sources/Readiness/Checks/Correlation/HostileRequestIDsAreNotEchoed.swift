struct HostileRequestIDsAreNotEchoed: Check {
    let sheet = CheckSheet(
        "correlation.hostile-request-id", "A hostile request id is not taken over", area: .correlation, side: .edge,
        severity: .minor, asvs: "V16.4.1", flaw: "echoes-request-id",
        rationale: "An id that a stranger writes ends up in logs, dashboards and mails: quotes and blanks break them.",
        remediation: "Take a client's id only when it is short and plain (letters, digits, `-`), else make one.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let control = try await target.livePage()
        let marker = "probe-\(target.nonce)"
        let hostile = "\(marker) \"'<b>;{}\\ " + String(repeating: "x", count: 300)
        let seen = try await target.get(
            control.request.targetText, Reconnaissance.browser + [("X-Request-ID", hostile)])
        if seen.answer.fields.contains(where: { $0.value.contains(marker) }) {
            return [.fails(seen.subject, "an id of \(hostile.count) characters with quotes comes back", seen)]
        }
        guard let id = seen.answer.requestID else {
            return [
                .notApplicable(
                    seen.subject, "\(seen.status) without any request id: the hostile one is not taken over", seen)
            ]
        }
        return [.holds(seen.subject, "\(seen.status), with an id of its own: `\(visible(id, limit: 60))`", seen)]
    }
}
