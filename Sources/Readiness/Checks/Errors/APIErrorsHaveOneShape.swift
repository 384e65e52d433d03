struct APIErrorsHaveOneShape: Check {
    let sheet = CheckSheet(
        "errors.one-shape", "Errors of the API have one shape and carry the request's id", area: .errors, side: .edge,
        severity: .minor, asvs: "V16.5.1", flaw: "inconsistent-errors",
        rationale: "Programs that meet three kinds of errors handle none; support without an id searches in the dark.",
        remediation:
            "Answer errors as `application/problem+json` (RFC 9457) with the request's id in it or in a header.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        _ = try await target.livePage()
        var sources = [try await target.unknownAPI()]
        if let broken = try? await target.brokenAPI() { sources.append(broken) }
        if let wrong = try await target.wrongAPIMethod() { sources.append(wrong) }
        if let path = try await target.protectedPath() {
            sources.append(try await target.get(path, Reconnaissance.program))
        }
        let errors = sources.filter { (400..<600).contains($0.status) }
        guard !errors.isEmpty else { throw Obstacle.notAvailable("no request was answered with an error") }
        var all: [Observation] = []
        for seen in errors {
            let names = Set(seen.answer.json?.members?.keys.map { $0.lowercased().filter(\.isLetter) } ?? [])
            let hasID =
                seen.answer.requestID != nil || !names.isDisjoint(with: ["requestid", "correlationid", "traceid"])
            if seen.answer.mediaType != "application/problem+json" {
                let type = seen.answer.mediaType.isEmpty ? "nothing" : seen.answer.mediaType
                all.append(.fails(seen.subject, "\(seen.status) as \(type), not as application/problem+json", seen))
            } else if seen.answer.json?.members == nil {
                all.append(.fails(seen.subject, "\(seen.status): the problem document is no JSON object", seen))
            } else if !hasID {
                all.append(.fails(seen.subject, "\(seen.status) without a request id", seen))
            } else {
                all.append(.holds(seen.subject, "\(seen.status) as a problem document with a request id", seen))
            }
        }
        return all
    }
}
