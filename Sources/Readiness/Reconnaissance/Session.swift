import FoundationEssentials

/// A signed-in identity: the cookies that the app gave, attributes remembered, or the token. `Secure` doesn't keep a probe
/// from sending a cookie over plain http.
struct Session: Sendable {
    let identity: Identity
    let cookies: [SetCookie]
    /// The request that signed in; where an identity brings its own header, the start page with it.
    let signIn: Sighting
    /// What every request carries instead of a cookie, such as `Authorization: Bearer …`.
    var header: HeaderField?
    /// Where the token stood in the answer to the sign-in.
    var pointer: String?
    /// What the app's own scripts send along with a write, against writes of other sites.
    var guards: [HeaderField] = []

    /// Whether no cookie carries it: other sites can't send what a browser doesn't add by itself.
    var isByHeader: Bool { header != nil }
    var cookieLine: String { cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ") }

    /// What a request of this person's carries.
    var fields: [(String, String)] { changed { $0 } }

    /// The same with every secret in it changed.
    func changed(_ change: (String) -> String) -> [(String, String)] {
        let line = cookies.map { "\($0.name)=\(change($0.value))" }.joined(separator: "; ")
        var fields = cookies.isEmpty ? [] : [("Cookie", line)]
        if let header {
            // `Bearer` and its like are no secret.
            let word = header.value.contains(" ") ? String(header.value.prefix { $0 != " " }) + " " : ""
            fields.append((header.name, word + change(String(header.value.dropFirst(word.count)))))
        }
        return fields
    }

    /// Where sign-ins put a token, most usual first.
    private static let pointers = [
        "access_token", "accessToken", "token", "jwt", "access", "auth_token", "authToken", "id_token", "idToken",
        "session_token", "sessionToken", "key", "api_key", "bearer", "sessionId", "session_id",
    ].flatMap { name in ["", "/data", "/result", "/user", "/auth", "/session", "/tokens"].map { "\($0)/\(name)" } }

    /// A token in the answer to a sign-in, and where it stands.
    static func token(in answer: Answer, at pointer: String?) -> (text: String, pointer: String)? {
        guard let json = answer.json else { return nil }
        for place in pointer.map({ [$0] }) ?? pointers {
            if let text = json.at(place)?.string, (8...16_384).contains(text.utf8.count),
                text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F })
            {
                return (text, place)
            }
        }
        return nil
    }
}

extension Reconnaissance {
    /// The identity that a rule names, else the first that is declared.
    func who(_ name: String?) throws -> String {
        guard let found = name ?? configuration.identities.first?.name else {
            throw Obstacle.notAvailable("no identity is declared in the configuration")
        }
        return found
    }

    /// Signs somebody in, once a run.
    func session(of name: String) async throws -> Session {
        if let known = sessions[name] { return try known.get() }
        if let same = signingIn[name] { return try await same.value }
        let task = Task { try await self.newSession(of: name) }
        signingIn[name] = task
        defer { signingIn[name] = nil }
        do {
            let session = try await cancellable(task)
            sessions[name] = .success(session)
            return session
        } catch let obstacle as Obstacle {
            sessions[name] = .failure(obstacle)
            throw obstacle
        }
    }

    /// Signs somebody in anew, beside the session that the others share.
    func newSession(of name: String) async throws -> Session {
        guard let identity = identity(name) else {
            throw Obstacle.notAvailable("no identity `\(name)` is declared")
        }
        if let header = identity.header {
            let seen = try await send(.get(startPath, Self.program + [(header.name, header.value)]))
            return Session(identity: identity, cookies: [], signIn: seen, header: header)
        }
        guard let login = configuration.login else {
            throw Obstacle.notAvailable("no `login` is declared in the configuration")
        }
        var before: [SetCookie] = []
        let request = try await signInRequest(
            login, user: identity.user, password: identity.password, cookies: &before)
        let seen = try await send(request)
        let fresh = seen.answer.cookies.filter { !$0.isRemoval }
        let cookies = before.filter { old in !fresh.contains { $0.name == old.name } } + fresh
        for (index, cookie) in cookies.enumerated() {
            remember(cookie.value, as: index == 0 ? "\(name)_COOKIE" : "\(name)_COOKIE_\(index + 1)")
        }
        guard try await opens(login, seen, before: before) else {
            let why = didSignIn(login, seen) ? ", and the form is shown again" : ""
            throw Obstacle.notAvailable("`\(name)` could not sign in: \(seen.subject) answers \(seen.status)\(why)")
        }
        if login.isBasic, let header = seen.request.fields.first(where: { $0.name == "Authorization" }) {
            return Session(identity: identity, cookies: [], signIn: seen, header: header)
        }
        // A browser's cookie before a program's token, where there are both; what is declared before either.
        let isByCookie = fresh.contains { $0.name == login.cookie || $0.looksLikeSession || $0.isHTTPOnly }
        if login.token != nil || !isByCookie, let (text, pointer) = Session.token(in: seen.answer, at: login.token) {
            remember(text, as: "\(name)_TOKEN")
            // The evidence was written before the token was known to be a secret.
            return Session(
                identity: identity, cookies: [], signIn: evidence(seen.request, seen.answer),
                header: HeaderField(name: "Authorization", value: "\(login.scheme) \(text)"), pointer: pointer)
        }
        guard !cookies.isEmpty else {
            throw Obstacle.notAvailable(
                "`\(name)` could not sign in: \(seen.subject) answers \(seen.status), sets no cookie and has no token")
        }
        let guards = Session.guards(of: seen.answer, cookies)
        for field in guards { remember(field.value, as: "\(name)_CSRF") }
        // The evidence was written before that token was known to be a secret.
        return Session(
            identity: identity, cookies: cookies, signIn: guards.isEmpty ? seen : evidence(seen.request, seen.answer),
            guards: guards)
    }

    /// Lets the next who asks sign in anew.
    func forgetSession(of name: String) { sessions[name] = nil }

    nonisolated func didSignIn(_ login: Login, _ seen: Sighting) -> Bool {
        if let status = login.status, seen.status != status { return false }
        guard seen.answer.isSuccess || seen.answer.isRedirect else { return false }
        if let pointer = login.token { return Session.token(in: seen.answer, at: pointer) != nil }
        if let cookie = login.cookie {
            return seen.answer.cookies.contains { $0.name == cookie && !$0.isRemoval }
        }
        return true
    }

    /// Whether an answer to a sign-in let somebody in. Apps with forms refuse as they welcome, with 200 or a way to another page and
    /// a cookie for the message on it: what shows the form again, or leads back to it, let nobody in.
    ///
    /// - Parameter before: the cookies that went along.
    func opens(_ login: Login, _ seen: Sighting, before: [SetCookie]) async throws -> Bool {
        guard didSignIn(login, seen) else { return false }
        guard case .form = login.body, !login.isBasic else { return true }
        let own = login.operation.path.prefix { $0 != "?" }
        let base = site.withPath(login.operation.path)
        func isForm(_ page: Sighting) -> Bool {
            let here = site.withPath(page.request.targetText)
            return page.answer.isHTML
                && PageScan(html: page.answer.bodyText).forms.contains { form in
                    let action = form.action.isEmpty ? here : here.resolving(location: form.action)
                    return form.hasPassword && form.method == "POST" && action?.path.prefix { $0 != "?" } == own
                }
        }
        if seen.answer.isSuccess { return !isForm(seen) }
        guard let location = seen.answer.first("location"), let next = base.resolving(location: location),
            [own, login.page?.prefix { $0 != "?" }].contains(next.path.prefix { $0 != "?" }),
            let behind = try await follow(seen, before: before)
        else { return true }
        return !isForm(behind)
    }

    /// The page to which an answer leads on the same origin, asked for with the cookies that a browser has by then.
    func follow(_ seen: Sighting, before: [SetCookie]) async throws -> Sighting? {
        guard seen.answer.isRedirect, let location = seen.answer.first("location"),
            let next = site.withPath(seen.request.targetText).resolving(location: location), next.isSameOrigin(as: site)
        else { return nil }
        let fresh = seen.answer.cookies
        let cookies = before.filter { old in !fresh.contains { $0.name == old.name } } + fresh.filter { !$0.isRemoval }
        let line = cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
        return try await send(.get(next.path, Self.browser + (line.isEmpty ? [] : [("Cookie", line)])))
    }

    /// The request that tries to sign in; a form's page is read first, for its hidden fields and cookies.
    func signInRequest(
        _ login: Login, user: String, password: String, cookies: inout [SetCookie]
    ) async throws -> ProbeRequest {
        let values = ["user": user, "password": password]
        if login.isBasic {
            let pair = Data("\(user):\(password)".utf8).base64EncodedString()
            remember(pair, as: "BASIC_\(user)")
            return ProbeRequest(
                login.operation.method, login.operation.path,
                fields: Self.program + [("Authorization", "Basic \(pair)")])
        }
        switch login.body {
        case .json(let template):
            return .json(
                login.operation.method, login.operation.path,
                (JSONValue(bytes: Array(template.utf8)) ?? .null).filled(values))
        case .form(let template):
            var fields = template.map { ($0.name, fill($0.value, values)) }
            if let page = login.page {
                let seen = try await send(.get(page, Self.browser))
                cookies = seen.answer.cookies.filter { !$0.isRemoval }
                let scan = PageScan(html: seen.answer.bodyText)
                let here = site.withPath(page)
                let form =
                    scan.forms.first {
                        $0.hasPassword && here.resolving(location: $0.action)?.path == login.operation.path
                    }
                    ?? scan.forms.first { $0.hasPassword } ?? scan.forms.first
                for hidden in form?.fields ?? [] where hidden.type == "hidden" {
                    if !fields.contains(where: { $0.0 == hidden.name }) { fields.append((hidden.name, hidden.value)) }
                }
            }
            var request = ProbeRequest.form(login.operation.method, login.operation.path, fields)
            if !cookies.isEmpty {
                let line = cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
                request = request.adding("Cookie", line)
            }
            return request
        }
    }

    /// The id of somebody's object, learned from the app itself.
    func objectID(_ rule: ObjectRule, of name: String) async throws -> (id: String, Sighting) {
        if let known = learned["\(rule.name) \(name)"] { return known }
        let seen = try await ask(ProbeRequest(rule.learn.method, rule.learn.path, fields: Self.program), as: name)
        guard seen.answer.isSuccess, let id = seen.answer.json?.at(rule.pointer)?.scalarText, !id.isEmpty,
            id.count <= 100,
            id.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F && !"/?#".contains(Character($0)) })
        else {
            throw Obstacle.notAvailable(
                "`\(name)` finds no id at \(rule.pointer) of \(rule.learn) (status \(seen.status))")
        }
        learned["\(rule.name) \(name)"] = (id, seen)
        return (id, seen)
    }

    /// A path of the configuration with the id of somebody's object filled in.
    func path(_ template: String, object: String?, of name: String) async throws -> String {
        guard template.contains("{id}") else { return template }
        let named = configuration.objects.first { object == nil || $0.name == object }
        guard let rule = named else { throw Obstacle.notAvailable("no object is declared for {id} in \(template)") }
        return fill(template, ["id": try await objectID(rule, of: name).id])
    }

    /// A request whose body is filled from a template.
    nonisolated func request(_ method: String, _ path: String, _ body: BodyTemplate?, _ values: [String: String] = [:])
        -> ProbeRequest
    {
        switch body {
        case nil: return ProbeRequest(method, path, fields: Self.program)
        case .json(let template):
            let value = (JSONValue(bytes: Array(template.utf8)) ?? .null).filled(values)
            return ProbeRequest.json(method, path, value).adding("Accept", "application/json")
        case .form(let fields): return .form(method, path, fields.map { ($0.name, fill($0.value, values)) })
        }
    }
}
