/// Ends a session that others have used before; whoever needs one afterwards signs in anew.
struct SessionsEndAtSignOut: Check {
    let sheet = CheckSheet(
        "session.ends-at-sign-out", "A cookie is worthless after signing out", area: .identity, side: .app,
        severity: .major, asvs: "V7.4.1", flaw: "session-survives-sign-out",
        needs: [.login, .identities, .signOut],
        rationale: "Who signs out on a shared computer, or because a cookie was stolen, expects it to be over.",
        remediation: "Delete the session on the server; taking the cookie away from the browser is not enough.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let signOut = target.configuration.login?.signOut else { return [] }
        let name = try await target.who(nil)
        let session = try await target.session(of: name)
        let path: String
        if let rule = target.configuration.objects.first {
            path = rule.learn.path
        } else if let known = try await target.ownRead(of: name) {
            path = known
        } else {
            throw Obstacle.notAvailable("no read is known that this person is given and nobody else is")
        }
        let before = try await target.get(path, Reconnaissance.program, as: name)
        guard before.answer.isSuccess else {
            return [.notAvailable(before.subject, "\(before.status) while signed in: nothing to compare", before)]
        }
        let out = try await target.sendForm(
            signOut, nil, page: target.configuration.login?.signOutPage, [:], session: session)
        await target.forgetSession(of: name)
        guard out.answer.isSuccess || out.answer.isRedirect else {
            return [.notAvailable(out.subject, "signing out answers \(out.status)", out)]
        }
        let after = try await target.send(
            .get(path, Reconnaissance.program + session.fields))
        if after.answer.isSuccess {
            return [
                .fails(
                    after.subject,
                    "\(after.status) with the \(session.isByHeader ? "token" : "cookie") of a session that signed out",
                    after, out)
            ]
        }
        return [.holds(after.subject, "\(before.status) before signing out, \(after.status) after it", after, before)]
    }
}
