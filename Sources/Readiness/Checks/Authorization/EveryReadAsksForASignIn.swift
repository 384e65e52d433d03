/// Every read that somebody signed in reaches, asked by nobody: a list that samples three can't say that none was
/// forgotten.
struct EveryReadAsksForASignIn: Check {
    let sheet = CheckSheet(
        "authorization.every-read", "No read that asks for a sign-in was forgotten", area: .authorization, side: .app,
        severity: .critical, asvs: "V8.3.1", flaw: "forgotten-guard", needs: [.login, .identities],
        rationale: "Of forty routes thirty-nine are guarded; the fortieth is the one that is found.",
        remediation: "Guard by default, at one place that no route can go around, and list what is open.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let who = try await target.who(nil)
        let reads = try await target.reads(of: who)
        // A description says which reads are protected; without one, those that refuse strangers are.
        let described = (try? await target.openAPI()) != nil && target.configuration.routes.isEmpty
        var refused = 0
        var failures: [Observation] = []
        var open = 0
        let people = target.configuration.identities.map(\.user).filter { $0.contains("@") && $0.count >= 6 }
        for read in reads {
            guard let seen = try? await target.get(read.path, read.entry.accept) else { continue }
            // Whatever the description says: a list of customers is for nobody who isn't signed in.
            let named = seen.answer.isSuccess ? people.filter(seen.answer.bodyText.contains) : []
            if named.count > 1 {
                failures.append(
                    .fails(
                        "GET \(read.entry.path)",
                        "\(seen.status) without signing in, and it names \(named.count) of the people that are declared",
                        seen, read.answer))
                continue
            }
            guard read.entry.isProtected || !described else { continue }
            if [401, 403, 404].contains(seen.status) || seen.answer.isRedirect {
                refused += 1
            } else if seen.answer.isSuccess, described {
                failures.append(
                    .fails(
                        "GET \(read.entry.path)",
                        "\(seen.status) without signing in, and the description asks for a sign-in",
                        seen, read.answer))
            } else if seen.answer.isSuccess {
                open += 1
            }
        }
        guard failures.isEmpty else { return failures }
        guard refused > 0 else {
            throw Obstacle.notAvailable(
                "\(reads.count) reads are reached as \(who), and none of them refuses a stranger")
        }
        let note = open > 0 ? "; \(open) answer everybody (no description says whether they should)" : ""
        return [
            .holds("\(refused) reads", "\(refused) of \(refused) that \(who) reaches refuse who isn't signed in\(note)")
        ]
    }
}
