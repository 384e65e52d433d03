/// Concurrent withdrawals: each that was acknowledged must be missing afterwards.
struct NoMoreIsTakenThanThereIs: Check {
    let sheet = CheckSheet(
        "race.overdraft", "Concurrent withdrawals don't take more than there is", area: .race, side: .app,
        severity: .critical, asvs: "V2.3.4", flaw: "transaction-race", needs: [.login, .raceTakes],
        rationale: "Two that both saw the money both take it: stock is sold twice, an account is paid out twice.",
        remediation:
            "Let the statement decide (`SET cash = cash - ? WHERE cash >= ?`) and look at the number of changed rows.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await target.raceObservations([.takes])
    }
}
