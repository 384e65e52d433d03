/// Two different operations of which only one may succeed, such as deleting an account and paying into it.
struct ExclusiveOperationsExclude: Check {
    let sheet = CheckSheet(
        "race.exclusive", "Operations that exclude each other don't both succeed", area: .race, side: .app,
        severity: .critical, asvs: "V15.4.2", flaw: "deletion-race", needs: [.login, .raceExclusive],
        rationale: "Between the question whether something is empty and its deletion, something can still arrive.",
        remediation: "Ask and delete in one transaction that locks the row, or with a condition in the statement.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await target.raceObservations([.exclusive])
    }
}
