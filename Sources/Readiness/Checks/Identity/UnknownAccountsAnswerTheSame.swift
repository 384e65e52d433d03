struct UnknownAccountsAnswerTheSame: Check {
    let sheet = CheckSheet(
        "identity.enumeration", "A wrong password and an unknown account get the same answer", area: .identity,
        side: .app, severity: .major, asvs: "V6.3.8", flaw: "user-enumeration", needs: [.login, .identities],
        rationale: "An answer that tells them apart hands out a list of customers, and halves the work of guessing.",
        remediation: "Say the same with the same status, and hash a password for unknown accounts too.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let login = target.configuration.login, let identity = target.configuration.identities.first else {
            return []
        }
        // The control: the right password works, so a refusal is about the password.
        let session = try await target.session(of: identity.name)
        let host = identity.user.split(separator: "@").dropFirst().first.map { "@\($0)" } ?? ""
        let stranger = "nobody-\(target.nonce)\(host)"
        var (cookies, others): ([SetCookie], [SetCookie]) = ([], [])
        let password = "not the password \(target.nonce)"
        let known = try await target.send(
            target.signInRequest(login, user: identity.user, password: password, cookies: &cookies))
        let unknown = try await target.send(
            target.signInRequest(login, user: stranger, password: password, cookies: &others))
        if known.status == session.signIn.status, known.answer.body == session.signIn.answer.body,
            try await target.opens(login, known, before: cookies)
        {
            return [.notAvailable(known.subject, "a wrong password is answered as the right one is", known)]
        }
        if target.sameSignIn(login, known) || target.sameSignIn(login, unknown) {
            return [.notAvailable(known.subject, "a wrong password seems to sign in", known)]
        }
        let one = Self.essence(known.answer, of: [identity.user, stranger])
        let other = Self.essence(unknown.answer, of: [identity.user, stranger])
        if known.status != unknown.status {
            return [
                .fails(
                    known.subject, "\(known.status) for a wrong password, \(unknown.status) for an unknown account",
                    known, unknown)
            ]
        }
        if one != other { return [.fails(known.subject, "the text tells them apart", known, unknown)] }
        // Forms say on the next page what was wrong.
        if let said = try await target.follow(known, before: cookies),
            let told = try await target.follow(unknown, before: others),
            Self.essence(said.answer, of: [identity.user, stranger])
                != Self.essence(told.answer, of: [identity.user, stranger])
        {
            return [.fails(known.subject, "the text of the page behind it tells them apart", said, told)]
        }
        return [
            .holds(
                known.subject, "\(known.status) and the same text for both; \(session.signIn.status) for the right one",
                known, unknown)
        ]
    }

    /// The text without what differs from answer to answer: the name given, ids, times and numbers.
    private static func essence(_ answer: Answer, of users: [String]) -> String {
        var words = ""
        // Of a page, what is read: tokens in hidden fields are new each time.
        var body = answer.isHTML ? PageText(answer).lines.joined(separator: "\n") : answer.bodyText
        // Both names out of both answers: a short one may be part of other words.
        for user in users { body = body.replacing(user, with: "").replacing(htmlEscaped(user), with: "") }
        for word in body.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "-") }) {
            // Ids and times are words with digits in them.
            if !word.contains(where: \.isNumber), word.count < 30 { words += word + " " }
        }
        var location = answer.first("location") ?? ""
        for user in users { location = location.replacing(formEncoded(user), with: "") }
        return words + location
    }

    private static func htmlEscaped(_ text: String) -> String { text.replacing("@", with: "&#64;") }
}

extension Reconnaissance {
    nonisolated func sameSignIn(_ login: Login, _ seen: Sighting) -> Bool {
        guard seen.answer.isSuccess || seen.answer.isRedirect else { return false }
        guard let cookie = login.cookie else { return seen.answer.isSuccess && login.status == seen.status }
        return seen.answer.cookies.contains { $0.name == cookie && !$0.isRemoval }
    }
}
