/// The same use of a one-time thing, several times at once: a voucher, an order, an invitation.
struct OneTimeThingsAreUsedOnce: Check {
    let sheet = CheckSheet(
        "race.double-use", "What can be used once is used once", area: .race, side: .app, severity: .critical,
        asvs: "V2.3.4", flaw: "double-execution", needs: [.login, .identities, .raceOnce],
        rationale: "Who asks twice at the same moment gets a voucher, a refund or an order filled twice.",
        remediation:
            "Change the state with a condition (`SET status = 'done' WHERE status = 'open'`) and stop when no row changed."
    )

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await target.raceObservations([.once])
    }
}
