/// A browser that brings a session of somebody else's choice to the sign-in must leave with another one.
struct SessionsBeginAnew: Check {
    let sheet = CheckSheet(
        "session.renewed-at-sign-in", "Signing in gives a session that nobody knew before", area: .identity,
        side: .app, severity: .critical, asvs: "V7.2.4", flaw: "session-fixation", needs: [.login, .identities],
        rationale: "Who plants a session in a browser before its owner signs in has the owner's session afterwards.",
        remediation: "Make a new token at every sign-in and forget the old one (`session.regenerate`, `cycle_key`).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let login = target.configuration.login else { return [] }
        let who = try await target.who(nil)
        let first = try await target.newSession(of: who)
        if first.isByHeader {
            throw Obstacle.notApplicable("signing in gives a token and no cookie: nobody can plant one in a browser")
        }
        let given = first.signIn.answer.cookies.filter { !$0.isRemoval }
        guard
            let cookie = given.first(where: { $0.name == login.cookie })
                ?? given.first(where: { $0.looksLikeSession || $0.isHTTPOnly }) ?? given.first
        else { throw Obstacle.notAvailable("signing in set no cookie") }
        var before: [SetCookie] = []
        guard let person = await target.identity(who) else { return [] }
        var request = try await target.signInRequest(
            login, user: person.user, password: person.password, cookies: &before)
        // An anonymous session that the app itself gave is what an attacker would plant; else one that is made up.
        let anonymous = before.first { $0.name == cookie.name }?.value
        let planted = anonymous ?? AlteredSessionsAreRefused.altered(cookie.value)
        if anonymous == nil {
            let line = (before.map { "\($0.name)=\($0.value)" } + ["\(cookie.name)=\(planted)"]).joined(separator: "; ")
            request.fields.removeAll { $0.name.lowercased() == "cookie" }
            request = request.adding("Cookie", line)
        }
        await target.remember(planted, as: "PLANTED_COOKIE")
        let seen = try await target.send(request)
        let fresh = seen.answer.cookies.last { $0.name == cookie.name && !$0.isRemoval }
        await target.remember(fresh?.value ?? planted, as: "SECOND_COOKIE")
        guard target.didSignIn(login, seen) || (fresh == nil && (seen.answer.isSuccess || seen.answer.isRedirect))
        else {
            return [
                .notAvailable(seen.subject, "\(seen.status) with a planted cookie: nobody was signed in by it", seen)
            ]
        }
        if let fresh {
            if fresh.value == planted {
                return [.fails(seen.subject, "the planted \(cookie.name) is the session after signing in", seen)]
            }
            if fresh.value == cookie.value {
                return [try await judgeASecondLater(cookie, of: who, seen, first.signIn, target)]
            }
            return [
                .holds(
                    seen.subject, "a new \(cookie.name) at each sign-in, whatever the browser brought", seen,
                    first.signIn)
            ]
        }
        return [try await judgeByUse(planted, cookie.name, seen, target)]
    }

    /// Two sign-ins gave the same value: a signed cookie that holds who signed in and the second when (Flask's, for one) is
    /// another one a second later; a value that the account keeps isn't.
    private func judgeASecondLater(
        _ cookie: SetCookie, of who: String, _ seen: Sighting, _ first: Sighting, _ target: Reconnaissance
    ) async throws -> Observation {
        try await target.pause(.milliseconds(1_100))
        let third = try await target.newSession(of: who).signIn
        let later = third.answer.cookies.last { $0.name == cookie.name && !$0.isRemoval }
        guard let later, later.value != cookie.value else {
            return .fails(seen.subject, "two sign-ins got the same session", seen, first)
        }
        return .holds(
            seen.subject, "a new \(cookie.name) at each sign-in (it tells the second), whatever the browser brought",
            seen,
            third)
    }

    /// No new cookie came: does the old one open what asks for a sign-in?
    private func judgeByUse(
        _ planted: String, _ name: String, _ signIn: Sighting, _ target: Reconnaissance
    ) async throws -> Observation {
        guard let path = try await target.protectedPath() else {
            return .notAvailable(signIn.subject, "no new \(name), and no protected read is known to try it on", signIn)
        }
        let seen = try await target.send(.get(path, Reconnaissance.program + [("Cookie", "\(name)=\(planted)")]))
        let nobody = try await target.send(.get(path, Reconnaissance.program))
        return seen.answer.isSuccess && !nobody.answer.isSuccess
            ? .fails(seen.subject, "\(seen.status) with the planted \(name) after its owner signed in", seen, signIn)
            : .notAvailable(signIn.subject, "no new \(name) came, and the planted one opens nothing", signIn, seen)
    }
}
