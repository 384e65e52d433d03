/// Writes to different parts of one record at once: each that was acknowledged must be read back.
struct ConcurrentChoicesAllStay: Check {
    let sheet = CheckSheet(
        "race.lost-choice", "Concurrent changes to one record all stay", area: .race, side: .app, severity: .critical,
        asvs: "V15.4.1", flaw: "consent-lost-update", needs: [.login, .identities, .raceKept],
        rationale: "A record that is read, changed and written whole loses what another request wrote meanwhile.",
        remediation: "Write only what changes, or carry a version and refuse who comes with an old one (If-Match, 412)."
    )

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await target.raceObservations([.kept])
    }
}
