/// Wrong passwords for one account, up to thirty: at some point the app must stop answering whether they are right.
struct SignInIsThrottled: Check {
    let sheet = CheckSheet(
        "identity.throttling", "Passwords can't be guessed without end", area: .identity, side: .app, severity: .major,
        asvs: "V6.3.1", flaw: "unlimited-sign-in", needs: [.login, .signUp],
        rationale: "A list of leaked passwords has millions of lines and tries itself.",
        remediation: "Count failures per account and per address; pause after five, and tell the owner.")

    private static let most = 30

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let login = target.configuration.login else { return [] }
        let name = try await target.newcomer()
        guard let person = await target.identity(name) else { return [] }
        var first: Sighting?
        for number in 1...Self.most {
            var cookies: [SetCookie] = []
            let request = try await target.signInRequest(
                login, user: person.user, password: "guess number \(number) of \(target.nonce)", cookies: &cookies)
            let seen = try await target.sendOnce(request)
            if first == nil { first = seen }
            let isRefusal = [429, 423].contains(seen.status) || (seen.status == 403 && first?.status != 403)
            guard isRefusal else { continue }
            // A limit on everything is met by everything; one on guessing leaves the pages alone.
            let page = try await target.sendOnce(.get(target.startPath, Reconnaissance.browser))
            guard page.status != 429 else {
                return [
                    .notAvailable(
                        seen.subject,
                        "\(seen.status) after \(number) guesses, but every page is refused by then: that is the "
                            + "general limit", seen, page)
                ]
            }
            return [
                .holds(
                    seen.subject, "\(seen.status) after \(number) wrong passwords, pages are still served", seen, page)
            ]
        }
        guard let first else { return [] }
        var cookies: [SetCookie] = []
        let right = try await target.sendOnce(
            target.signInRequest(login, user: person.user, password: person.password, cookies: &cookies))
        guard target.didSignIn(login, right) else {
            return [
                .holds(
                    right.subject,
                    "after \(Self.most) wrong passwords the right one gets \(right.status): locked without saying so",
                    right, first)
            ]
        }
        return [
            .fails(
                first.subject, "\(Self.most) wrong passwords in a row, and the right one still signs in", first, right)
        ]
    }
}
