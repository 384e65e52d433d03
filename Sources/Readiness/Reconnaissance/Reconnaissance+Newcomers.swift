/// People who open an account during a run, because a race ends with it or nobody else is declared.
extension Reconnaissance {
    /// Signs somebody up and answers the name under which the person can be asked for.
    ///
    /// - Parameter extra: members that the sign-up doesn't ask for, where its body is JSON.
    /// - Parameter fields: fields that it doesn't ask for, where it is a form.
    func newcomer(
        bringing extra: [String: JSONValue] = [:], bringingFields fields: [(String, String)] = []
    ) async throws -> String {
        guard var rule = configuration.signUp else {
            throw Obstacle.undeclared("`sign-up` says how an account is opened", [.signUp])
        }
        let number = newcomers.count + 1
        let word = "\(nonce)-\(number)"
        let identity = Identity(
            name: "newcomer-\(number)", user: fill(rule.user, ["nonce": word]),
            password: "readiness \(word) Sea-4-worthy", role: nil)
        remember(identity.password, as: "newcomer_\(number)_PASSWORD")
        if !extra.isEmpty, case .json(let text) = rule.body,
            let members = JSONValue(bytes: Array(text.utf8))?.members
        {
            rule.body = .json(JSONValue.object(members.merging(extra) { own, _ in own }).compact)
        }
        if !fields.isEmpty, case .form(let own) = rule.body {
            let more = fields.filter { field in !own.contains { $0.name == field.0 } }
            rule.body = .form(own + more.map { (name: $0.0, value: $0.1) })
        }
        let request = try await signUpRequest(rule, user: identity.user, password: identity.password, word: word)
        let seen = try await send(request)
        guard seen.answer.isSuccess || seen.answer.isRedirect else {
            throw Obstacle.notAvailable("nobody could sign up: \(seen.subject) answers \(seen.status)")
        }
        guard !showsAgain(rule, seen) else {
            throw Obstacle.notAvailable("nobody could sign up: \(seen.subject) shows its form again")
        }
        newcomers.append(identity)
        return identity.name
    }

    private func signUpRequest(
        _ rule: SignUp, user: String, password: String, word: String
    ) async throws -> ProbeRequest {
        guard let page = rule.page else {
            return request(
                rule.operation.method, rule.operation.path, rule.body,
                ["user": user, "password": password, "nonce": word])
        }
        // A form is sent like that of a sign-in: with its hidden fields and their cookies.
        var form = Login(operation: rule.operation, body: rule.body)
        form.page = page
        var cookies: [SetCookie] = []
        return try await signInRequest(form, user: user, password: password, cookies: &cookies)
    }

    /// Whether the answer to a sign-up is the form once more, or leads back to it: a refusal, whatever its status.
    nonisolated func showsAgain(_ rule: SignUp, _ seen: Sighting) -> Bool {
        let base = site.withPath(rule.operation.path)
        func isOwn(_ url: SiteURL?) -> Bool {
            [rule.operation.path, rule.page].contains(url.map { String($0.path.prefix { $0 != "?" }) })
        }
        if seen.answer.isRedirect, let location = seen.answer.first("location") {
            let next = base.resolving(location: location)
            return rule.page != nil && isOwn(next) && next?.path != startPath
        }
        return seen.answer.isSuccess && seen.answer.isHTML
            && PageScan(html: seen.answer.bodyText).forms.contains { form in
                form.hasPassword && form.method == "POST"
                    && isOwn(form.action.isEmpty ? base : base.resolving(location: form.action))
            }
    }

    /// A sign-in that answers everybody alike can't be asked anything.
    func requireTellingSignIn(_ login: Login) async throws {
        let name = try await newcomer()
        let session = try await session(of: name)
        var cookies: [SetCookie] = []
        let wrong = try await send(
            signInRequest(
                login, user: session.identity.user, password: "not the password \(nonce)", cookies: &cookies))
        let isAlike = wrong.status == session.signIn.status && wrong.answer.body == session.signIn.answer.body
        if isAlike, try await opens(login, wrong, before: cookies) {
            throw Obstacle.notAvailable("a wrong password is answered as the right one is")
        }
    }

    /// The identity itself, declared or new.
    func identity(_ name: String) -> Identity? {
        guard var found = configuration.identity(name) ?? newcomers.first(where: { $0.name == name }) else {
            return nil
        }
        if let changed = changedPasswords[name] { found.password = changed }
        return found
    }

    /// Remembers that a check gave an expendable identity another password.
    func changePassword(of name: String, to password: String) {
        changedPasswords[name] = password
        forgetSession(of: name)
    }

    /// Tries to open an account with a password of the caller's choice; nil where no `sign-up` is declared.
    func signUp(password: String) async throws -> (seen: Sighting, user: String)? {
        guard let rule = configuration.signUp else { return nil }
        let word = "\(nonce)-choice"
        let user = fill(rule.user, ["nonce": word])
        let request = try await signUpRequest(rule, user: user, password: password, word: word)
        return (try await sendOnce(request), user)
    }

    /// Sends a form or a JSON body with somebody's session; the page with the form is read first, for its hidden fields and
    /// the cookies that go with them.
    func sendForm(
        _ operation: Operation, _ body: BodyTemplate?, page: String?, _ values: [String: String], session: Session
    ) async throws -> Sighting {
        var request = request(operation.method, operation.path, body, values)
        var line = session.cookieLine
        let header = session.header
        var guards = session.guards
        if let page {
            let seen = try await send(.get(page, Self.browser + session.fields))
            let scan = PageScan(html: seen.answer.bodyText)
            let form =
                scan.forms.first { site.withPath(page).resolving(location: $0.action)?.path == operation.path }
                ?? scan.forms.first
            // A form carries its token itself; the one of the sign-in may be no longer valid beside the page's new cookies.
            if form != nil { guards = [] }
            var fields: [(String, String)] = []
            if case .form(let template)? = body { fields = template.map { ($0.name, fill($0.value, values)) } }
            for hidden in form?.fields ?? [] where hidden.type == "hidden" {
                if !fields.contains(where: { $0.0 == hidden.name }) { fields.append((hidden.name, hidden.value)) }
            }
            // As a browser keeps them: a token of the sign-in's page is replaced by one of the session's.
            let fresh = seen.answer.cookies.filter { !$0.isRemoval }
            let kept = session.cookies.filter { old in !fresh.contains { $0.name == old.name } }
            line = (kept + fresh).map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
            request = .form(operation.method, operation.path, fields)
        }
        if !line.isEmpty { request = request.adding("Cookie", line) }
        if let header { request = request.adding(header.name, header.value) }
        for field in guards { request = request.adding(field.name, field.value) }
        return try await send(request)
    }
}
