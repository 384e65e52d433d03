/// Waits until a short-lived token has expired, and tries it.
struct TokensExpire: Check {
    let sheet = CheckSheet(
        "token.expiry", "An expired token opens nothing", area: .identity, side: .app, severity: .major,
        asvs: "V9.2.1", flaw: "jwt-unchecked-expiry", needs: [.login, .identities, .token],
        rationale: "A token that was copied once works until it expires; one that never expires works for ever.",
        remediation: "Verify `exp` at every request, with a few seconds of leeway, and issue tokens for minutes.")

    /// The longest that is waited for an expiry.
    private static let patience: Int64 = 8

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let who = try await target.who(nil)
        let (token, issued) = try await target.token(of: who, shortLived: true)
        guard let expiry = token.expiry else {
            return [.fails(issued.subject, "the token has no `exp`: it works for ever", issued)]
        }
        let lifetime = expiry - (token.claims["iat"]?.numeric.flatMap { Int64(exactly: $0) } ?? expiry)
        guard (0...Self.patience).contains(lifetime), lifetime > 0 else {
            throw Obstacle.notAvailable(
                "the token lives for \(lifetime) s: declare `short-lived` under `token` to see one expire")
        }
        // What is open to everybody says nothing of a token.
        guard let read = try await closedRead(target, who) else {
            throw Obstacle.notAvailable("no read without parameters is known that nobody gets without a token")
        }
        await target.say("waiting \(lifetime + 1) s for a token to expire")
        try await target.pause(.seconds(lifetime + 1))
        // Fresh eyes: an answer that was kept from before says nothing.
        let seen = try await target.send(
            .get(read.path, Reconnaissance.program + [("Authorization", "Bearer \(token.text)")]))
        let (fresh, _) = try await target.token(of: who)
        let control = try await target.bear(fresh.text, read.path)
        guard control.answer.isSuccess else {
            return [.notAvailable(control.subject, "\(control.status) with a token that hasn't expired", control)]
        }
        if seen.answer.isSuccess {
            return [.fails(seen.subject, "\(seen.status) with a token that expired a second ago", seen, issued)]
        }
        return [
            .holds(
                seen.subject, "\(seen.status) after it expired, \(control.status) with one that hasn't", seen, control)
        ]
    }

    private func closedRead(_ target: Reconnaissance, _ who: String) async throws -> Reconnaissance.Reachable? {
        for read in try await target.reads(of: who).prefix(24) where !read.entry.hasParameters {
            guard let nobody = try? await target.get(read.path, Reconnaissance.program) else { continue }
            if !nobody.answer.isSuccess { return read }
        }
        return nil
    }
}
