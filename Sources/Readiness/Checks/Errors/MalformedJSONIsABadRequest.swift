struct MalformedJSONIsABadRequest: Check {
    let sheet = CheckSheet(
        "errors.malformed-json", "The answer to malformed JSON shows nothing of the inside", area: .errors, side: .edge,
        severity: .major, asvs: "V16.5.1", flaw: "trace-on-bad-json",
        rationale: "Parsers throw early, often before any error handling of the app: traces and SQL come out.",
        remediation: "Catch parser errors where bodies are read; answer 400 with your problem document.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let (operation, isKnown) = try await place(target)
        let request = ProbeRequest(
            operation.method, operation.path,
            fields: [("Content-Type", "application/json"), ("Accept", "application/json")],
            body: .bytes(Array(#"{"email": "probe@example.test", "items": [1, 2"#.utf8)))
        let seen = try await target.ask(request)
        // Where nobody is known to read JSON, a 400 may speak of something else.
        let rule = PlainRefusal(statuses: isKnown ? [400, 422] : [], fault: "instead of 400", mayBeMissing: true)
        if let judged = rule.judge(seen) { return [judged] }
        if !isKnown, [404, 405, 415, 501].contains(seen.status) {
            throw try await target.withoutJSON("\(seen.subject) with JSON is refused with \(seen.status)")
        }
        return [
            Observation.notAvailable(
                seen.subject, "\(seen.status): no operation is known that reads JSON (declare `openapi`)", seen
            ).declaring([.openAPI])
        ]
    }

    private func place(_ target: Reconnaissance) async throws -> (Operation, Bool) {
        if let login = target.configuration.login, case .json = login.body { return (login.operation, true) }
        if let description = try? await target.openAPI(),
            let entry = description.entries.first(where: { $0.method == "POST" && !$0.hasParameters && !$0.isProtected }
            )
        {
            return (Operation(method: "POST", path: entry.path), true)
        }
        return (Operation(method: "POST", path: try await target.livePage().request.targetText), false)
    }
}
