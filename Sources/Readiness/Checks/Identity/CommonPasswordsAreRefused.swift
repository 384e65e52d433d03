/// A password that stands at the top of every list, offered for a new account or, where accounts come from elsewhere,
/// as the new password of an account that exists for that.
struct CommonPasswordsAreRefused: Check {
    let sheet = CheckSheet(
        "identity.common-password", "Passwords that everybody knows are refused", area: .identity, side: .app,
        severity: .major, asvs: "V6.2.4", flaw: "common-passwords", needs: [.login],
        rationale: "Whoever tries the first hundred of a list gets into every account that has one of them.",
        remediation: "Compare new passwords with a list of common and stolen ones, not only with rules of letters.")

    /// Long enough and of all kinds of characters, so that it isn't refused for anything else.
    static let candidate = "Password123456!"

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let login = target.configuration.login else { return [] }
        if target.configuration.signUp != nil { return [try await bySignUp(login, target)] }
        guard let rule = target.configuration.passwordChange else {
            throw Obstacle.undeclared("`sign-up` or `password-change` says where a password is chosen", [.signUp])
        }
        guard let person = target.configuration.identities.first(where: \.isExpendable) else {
            throw Obstacle.notAvailable("no identity is `expendable`: nobody's password may be changed")
        }
        return [try await byChange(rule, person, login, target)]
    }

    private func bySignUp(_ login: Login, _ target: Reconnaissance) async throws -> Observation {
        // A refusal means something only where somebody else gets in.
        _ = try await target.newcomer()
        guard let rule = target.configuration.signUp,
            let (seen, user) = try await target.signUp(password: Self.candidate)
        else {
            throw Obstacle.undeclared("`sign-up` says how an account is opened", [.signUp])
        }
        if [400, 409, 422].contains(seen.status) || seen.status == 403 {
            return .holds(seen.subject, "\(seen.status) for `\(Self.candidate)`, and a good one is taken", seen)
        }
        guard seen.answer.isSuccess || seen.answer.isRedirect else {
            return .notAvailable(seen.subject, "\(seen.status) for an account with `\(Self.candidate)`", seen)
        }
        let (signIn, opens) = try await attempt(login, user, Self.candidate, target)
        // The form again, where a good password leads on and the account isn't there: a refusal in words.
        if !opens, target.showsAgain(rule, seen) {
            return .holds(
                seen.subject, "the form again for `\(Self.candidate)`, and no account; a good one is taken", seen,
                signIn)
        }
        return opens
            ? .fails(seen.subject, "an account with the password `\(Self.candidate)` signs in", seen, signIn)
            : .notAvailable(
                seen.subject, "\(seen.status), but nobody signs in with it (\(signIn.status)): taken or not?", seen)
    }

    private func byChange(
        _ rule: PasswordChange, _ person: Identity, _ login: Login, _ target: Reconnaissance
    ) async throws -> Observation {
        let bad = try await change(rule, of: person, to: Self.candidate, target)
        if bad.answer.isSuccess || bad.answer.isRedirect {
            let (signIn, opens) = try await attempt(login, person.user, Self.candidate, target)
            if opens {
                await target.changePassword(of: person.name, to: Self.candidate)
                return .fails(bad.subject, "`\(Self.candidate)` is taken, and signs in", bad, signIn)
            }
        }
        let good = "readiness \(target.nonce) Sea-4-worthy"
        await target.remember(good, as: "\(person.name)_NEW_PASSWORD")
        let change = try await change(rule, of: person, to: good, target)
        guard try await attempt(login, person.user, good, target).opens else {
            return .notAvailable(
                change.subject, "\(change.status) for a good password as well: nothing is taken here", change, bad)
        }
        await target.changePassword(of: person.name, to: good)
        return .holds(bad.subject, "\(bad.status) for `\(Self.candidate)`, and a good one is taken", bad, change)
    }

    private func change(
        _ rule: PasswordChange, of person: Identity, to new: String, _ target: Reconnaissance
    ) async throws -> Sighting {
        let session = try await target.newSession(of: person.name)
        return try await target.sendForm(
            rule.operation, rule.body, page: rule.page, ["password": session.identity.password, "new": new],
            session: session)
    }

    private func attempt(
        _ login: Login, _ user: String, _ password: String, _ target: Reconnaissance
    ) async throws -> (seen: Sighting, opens: Bool) {
        var cookies: [SetCookie] = []
        let seen = try await target.sendOnce(
            target.signInRequest(login, user: user, password: password, cookies: &cookies))
        return (seen, try await target.opens(login, seen, before: cookies))
    }
}
