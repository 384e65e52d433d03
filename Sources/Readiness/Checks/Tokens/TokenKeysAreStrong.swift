/// Tries the keys of tutorials on a token, without asking the app; what fits is proved by a token of our own making.
struct TokenKeysAreStrong: Check {
    let sheet = CheckSheet(
        "token.key", "Tokens are signed with a key that nobody guesses", area: .identity, side: .app,
        severity: .critical, asvs: "V11.2.3", flaw: "jwt-weak-key", needs: [.login, .identities, .token],
        rationale: "Whoever knows the key makes tokens for everybody, and a guess needs no request that is seen.",
        remediation: "Sign with 256 random bits from a secret store, or with Ed25519 or ECDSA, whose keys stay at home."
    )

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let who = try await target.who(nil)
        let (token, issued) = try await target.token(of: who)
        guard token.algorithm.hasPrefix("HS") else {
            throw Obstacle.notApplicable(
                "tokens are signed with \(visible(token.algorithm, limit: 20)), not with a shared key")
        }
        guard let key = token.guessedKey(among: BearerToken.usualKeys) else {
            return [
                .holds(
                    issued.subject,
                    "none of \(BearerToken.usualKeys.count) usual keys signed this \(token.algorithm) token",
                    issued)
            ]
        }
        let what = key.isEmpty ? "the empty key" : "the key `\(key)`"
        guard token.algorithm == "HS256", let read = try? await target.readsByToken(token, of: who).first else {
            return [.fails(issued.subject, "the token is signed with \(what)", issued)]
        }
        let seen = try await target.bear(token.signed(with: Array(key.utf8)), read.path)
        return [
            .fails(
                issued.subject,
                "the token is signed with \(what); one that we signed with it gets \(seen.status) at \(read.path)",
                issued,
                seen)
        ]
    }
}
