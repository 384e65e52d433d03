struct TraceIsRefused: Check {
    let sheet = CheckSheet(
        "methods.trace", "TRACE is refused", area: .requests, side: .edge, severity: .minor, asvs: "V13.4.4",
        flaw: "trace-enabled",
        rationale: "TRACE sends back what it got, cookies and headers of layers in between included.",
        remediation: "Switch TRACE off (`TraceEnable off` in Apache httpd); answer 405.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        let marker = "probe-\(target.nonce)"
        let seen = try await target.ask(
            ProbeRequest("TRACE", page.request.targetText, fields: [("X-Probe", marker)]))
        if seen.answer.bodyText.contains(marker) { return [.fails(seen.subject, "the request comes back", seen)] }
        if seen.answer.isSuccess { return [.fails(seen.subject, "\(seen.status) for TRACE", seen)] }
        if [400, 403, 404, 405, 501].contains(seen.status) {
            return [.holds(seen.subject, "\(seen.status), while GET answers \(page.status)", seen)]
        }
        return [.notAvailable(seen.subject, "\(seen.status): neither taken nor clearly refused", seen)]
    }
}
