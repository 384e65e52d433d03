struct BadEncodingIsABadRequest: Check {
    let sheet = CheckSheet(
        "errors.bad-encoding", "Targets that aren't UTF-8 or half-encoded don't break the app", area: .errors,
        side: .edge, severity: .major, asvs: "V16.5.3", flaw: "trace-on-bad-encoding",
        rationale: "Decoding fails in places that nobody tested; one layer's reading differs from the next one's.",
        remediation: "Validate percent-encoding and UTF-8 before routing; answer 400.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        _ = try await target.livePage()
        let rule = PlainRefusal(statuses: [400, 404, 414], fault: "instead of 400")
        var all: [Observation] = []
        for isPage in [true, false] {
            let seen: Sighting
            do {
                seen = try await isPage ? target.brokenPage() : target.brokenAPI()
            } catch ClientFailure.closedWithoutAnswer {
                all.append(
                    .fails(
                        "GET of a broken \(isPage ? "page" : "API path")", "the connection was closed without an answer"
                    ))
                continue
            }
            all.append(
                rule.judge(seen)
                    ?? .notAvailable(seen.subject, "\(seen.status) for a target that no app has", seen))
        }
        return all
    }
}
