/// Fires the same write several times at once and reads the number back: what was acknowledged must be there.
struct ConcurrentWritesAreNotLost: Check {
    let sheet = CheckSheet(
        "race.lost-update", "Of concurrent writes, none is lost", area: .race, side: .app, severity: .critical,
        asvs: "V15.4.2", flaw: "lost-update-balance", moreFlaws: ["lost-update-position"],
        needs: [.login, .identities, .race],
        rationale: "Read, add, write: two at the same moment, and one deposit is gone while both were acknowledged.",
        remediation: "Change the number in the database (`SET cash = cash + ?`), or lock the row for the transaction.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await target.raceObservations([.adds])
    }
}
