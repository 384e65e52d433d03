/// Wrong passwords for one account: at some point the app must stop answering whether they are right.
///
/// Ten, then the right one, since many lock without saying so; thirty more only where that was let in.
struct SignInIsThrottled: Check {
    let sheet = CheckSheet(
        "identity.throttling", "Passwords can't be guessed without end", area: .identity, side: .app, severity: .major,
        asvs: "V6.3.1", flaw: "unlimited-sign-in", needs: [.login],
        rationale: "A list of leaked passwords has millions of lines and tries itself.",
        remediation: "Count failures per account and per address; pause after five, and tell the owner.")

    private static let rounds = [10, 30]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let login = target.configuration.login else { return [] }
        let person: Identity
        if let spare = target.configuration.identities.first(where: \.isExpendable) {
            person = await target.identity(spare.name) ?? spare
        } else if target.configuration.signUp == nil {
            return [try await withoutAccount(login, target)]
        } else {
            let name = try await target.newcomer()
            guard let new = await target.identity(name) else { return [] }
            person = new
        }
        // Who can't sign in at all isn't locked out by guesses.
        let (before, isIn) = try await right(login, person, target)
        guard isIn else {
            return [.notAvailable(before.subject, "\(before.status) for the right password before any guess", before)]
        }
        var last: Sighting?
        var guesses = 0
        for round in Self.rounds {
            for _ in 0..<round {
                guesses += 1
                let seen = try await attempt(login, person, "guess number \(guesses) of \(target.nonce)", target)
                if let end = try await refusal(seen, first: last, guesses, target) { return [end] }
                if last == nil { last = seen }
            }
            let (right, isIn) = try await right(login, person, target)
            guard isIn else {
                if let end = try await refusal(right, first: last, guesses, target) { return [end] }
                return [
                    .holds(
                        right.subject,
                        "after \(round) wrong passwords the right one gets \(right.status): locked without saying so",
                        right, before)
                ]
            }
            if round == Self.rounds.last, let last {
                return [
                    .fails(
                        last.subject, "\(round) wrong passwords in a row, and the right one still signs in", last, right
                    )
                ]
            }
        }
        return []
    }

    /// Nobody's account may be locked: where there is no spare one, guesses go to a name that no account has.
    private func withoutAccount(_ login: Login, _ target: Reconnaissance) async throws -> Observation {
        let host =
            target.configuration.identities.first?.user.split(separator: "@").dropFirst().first.map { "@\($0)" } ?? ""
        let nobody = "nobody-\(target.nonce)-throttled\(host)"
        var first: Sighting?
        let all = Self.rounds.reduce(0, +)
        for number in 1...all {
            let person = Identity(name: "nobody", user: nobody, password: "", role: nil)
            let seen = try await attempt(login, person, "guess number \(number) of \(target.nonce)", target)
            if var end = try await refusal(seen, first: first, number, target) {
                end.seen += ", for a name that no account has"
                return end
            }
            if first == nil { first = seen }
        }
        throw Obstacle.undeclared(
            "\(all) guesses for a name that no account has were answered; whether an account's own is locked takes "
                + "`sign-up` or an `expendable` identity", [.signUp])
    }

    /// A refusal that says what it is: 429, 423, or 403 where it was something else before.
    private func refusal(
        _ seen: Sighting, first: Sighting?, _ number: Int, _ target: Reconnaissance
    ) async throws -> Observation? {
        let isRefusal =
            [429, 423].contains(seen.status) || (seen.status == 403 && first != nil && first?.status != 403)
        guard isRefusal else { return nil }
        // A limit on everything is met by everything; one on guessing leaves the pages alone.
        let page = try await target.sendOnce(.get(target.startPath, Reconnaissance.browser))
        guard page.status != 429 else {
            return .notAvailable(
                seen.subject,
                "\(seen.status) after \(number) guesses, but every page is refused by then: that is the general limit",
                seen, page)
        }
        return .holds(
            seen.subject, "\(seen.status) after \(number) wrong passwords, pages are still served", seen, page)
    }

    /// The right password, and whether it lets its owner in.
    private func right(
        _ login: Login, _ person: Identity, _ target: Reconnaissance
    ) async throws -> (seen: Sighting, isIn: Bool) {
        var cookies: [SetCookie] = []
        let seen = try await target.sendOnce(
            target.signInRequest(login, user: person.user, password: person.password, cookies: &cookies))
        return (seen, try await target.opens(login, seen, before: cookies))
    }

    private func attempt(
        _ login: Login, _ person: Identity, _ password: String, _ target: Reconnaissance
    ) async throws -> Sighting {
        var cookies: [SetCookie] = []
        return try await target.sendOnce(
            target.signInRequest(login, user: person.user, password: password, cookies: &cookies))
    }
}
