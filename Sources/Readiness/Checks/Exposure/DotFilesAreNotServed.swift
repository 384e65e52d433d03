struct DotFilesAreNotServed: Check {
    let sheet = CheckSheet(
        "exposure.dot-files", "`.env` and `.git` aren't served", area: .exposure, side: .edge, severity: .critical,
        asvs: "V13.4.1", flaw: "dot-files",
        rationale: "They hold secrets and the whole source; robots ask for them all day.",
        remediation: "Refuse every path with a segment that begins with a dot (but `/.well-known/`).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await ClosedPlaces.observe(target, ["/.env", "/.git/config"]) { answer in
            guard !answer.isHTML else { return false }
            let body = answer.bodyText.prefix(8_192)
            return body.contains("=") || body.contains("[core]")
        }
    }
}
