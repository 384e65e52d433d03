/// Every read that a token opens, with that token altered, unsigned, signed by us, and with other claims under its
/// signature.
struct UnsignedTokensAreRefused: Check {
    let sheet = CheckSheet(
        "token.signature", "A token that the app didn't sign opens nothing", area: .identity, side: .app,
        severity: .critical, asvs: "V9.1.1", flaw: "jwt-alg-none", needs: [.login, .identities, .token],
        rationale: "Libraries that believe the token's own `alg` take `none`, and anybody is anybody.",
        remediation: "Pin the algorithm where the token is verified; never read it from the token.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let who = try await target.who(nil)
        let (token, issued) = try await target.token(of: who)
        let reads = try await target.readsByToken(token, of: who)
        let forged = [
            ("with `alg` none", token.unsigned("none")), ("with `alg` NoNe", token.unsigned("NoNe")),
            ("with its signature altered", token.altered),
            ("signed by us", token.signed(with: Array("seaworthy-\(target.nonce)".utf8))),
            ("with another `sub` under its signature", token.claiming("sub", .string("readiness-\(target.nonce)"))),
        ]
        var refused = 0
        var failures: [Observation] = []
        for (index, read) in reads.enumerated() {
            // Every way on the first, one way each on the others: all of them stand behind one verifier as a rule.
            for (how, text) in index == 0 ? forged[...] : forged[(index % forged.count)...].prefix(1) {
                let seen = try await target.bear(text, read.path)
                if seen.answer.isSuccess {
                    failures.append(
                        .fails("GET \(read.entry.path)", "\(seen.status) with a token \(how)", seen, issued))
                } else {
                    refused += 1
                }
            }
        }
        let all = refused + failures.count
        let percent = all == 0 ? 0 : refused * 100 / all
        if failures.isEmpty {
            return [.holds("\(reads.count) reads", "\(refused) of \(all) forged tokens are refused (\(percent) %)")]
        }
        return failures.prefix(4) + [
            .fails("\(reads.count) reads", "only \(refused) of \(all) forged tokens are refused (\(percent) %)")
        ]
    }
}
