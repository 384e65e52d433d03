struct UnknownMethodsAreRefused: Check {
    let sheet = CheckSheet(
        "methods.unknown", "Methods that nobody knows are refused", area: .requests, side: .edge, severity: .minor,
        asvs: "V4.1.4", flaw: "any-method",
        rationale: "An app that takes any word for GET lets rules that name methods be walked around.",
        remediation: "Route by an explicit list of methods; answer 405 or 501 to the rest.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        let seen: Sighting
        do {
            seen = try await target.ask(ProbeRequest("FROBNICATE", page.request.targetText))
        } catch ClientFailure.closedWithoutAnswer {
            return [.notAvailable("FROBNICATE", "the connection was closed without an answer")]
        }
        if seen.answer.isSuccess || seen.answer.isRedirect {
            return [.fails(seen.subject, "\(seen.status) for a method that doesn't exist", seen)]
        }
        if seen.status >= 500, seen.status != 501 {
            return [.fails(seen.subject, "\(seen.status): the app broke on it", seen)]
        }
        if [400, 403, 404, 405, 501].contains(seen.status) {
            return [.holds(seen.subject, "\(seen.status), while GET answers \(page.status)", seen)]
        }
        return [.notAvailable(seen.subject, "\(seen.status): neither taken nor clearly refused", seen)]
    }
}
