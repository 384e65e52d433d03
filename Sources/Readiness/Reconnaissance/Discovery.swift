/// How people sign in, sign up and sign out, as an app's own pages and description show it: what a `readiness.yaml` would
/// otherwise have to declare.
struct Discovery: Sendable {
    var login: Login?
    var signUp: SignUp?
    /// Where the description was found.
    var openAPI: OpenAPISource?
    /// How a description says that one signs out.
    var signOut: Operation?

    private static let signUpWords = [
        "sign-up", "signup", "sign_up", "register", "registration", "join", "create-account",
    ]
    private static let signInWords = [
        "sign-in", "signin", "sign_in", "login", "log-in", "log_in", "session", "auth", "token",
    ]
    /// Without what stands between words: `sign-out`, `Sign out` and `signOut` are one.
    private static let signOutWords = ["signout", "logout", "logoff", "signoff", "endsession", "endthesession"]
    private static let userNames = [
        "email", "mail", "e-mail", "user", "username", "user_name", "login", "account", "handle", "nickname",
        "identifier",
        "user_id", "userid", "phone", "name",
    ]
    private static func isPassword(_ key: String) -> Bool {
        ["password", "passwd", "pwd", "passphrase"].contains { key.lowercased().contains($0) }
    }

    static func isSignUp(_ text: String) -> Bool { signUpWords.contains { text.lowercased().contains($0) } }
    static func isSignIn(_ text: String) -> Bool { signInWords.contains { text.lowercased().contains($0) } }
    static func isSignOut(_ text: String) -> Bool {
        let plain = text.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
        return signOutWords.contains { plain.contains($0) }
    }

    /// What a description names: bodies with a password and somebody's name.
    init(entries: [OpenAPIDescription.Entry]) {
        let writes = entries.filter {
            $0.method == "POST" && !$0.hasParameters && Self.names(in: $0.body ?? $0.form) != nil
        }
        let ins = writes.filter { Self.isSignIn($0.path) || Self.isSignIn($0.words) }
            .filter { !Self.isSignUp($0.path) && !Self.isSignUp($0.words) }
        if let entry = ins.first, let operation = Operation("POST \(entry.path)"),
            let names = Self.names(in: entry.body ?? entry.form)
        {
            var login = Login(operation: operation, body: Self.template(entry, names))
            signOut = Self.signOut(in: entries, beside: entry.path)
            login.signOut = signOut
            self.login = login
        } else {
            signOut = Self.signOut(in: entries, beside: nil)
        }
        let others = writes.filter { entry in !ins.contains { $0.path == entry.path } }
        let up =
            others.first { Self.isSignUp($0.path) || Self.isSignUp($0.words) }
            ?? others.first { ["accounts", "users"].contains($0.path.split(separator: "/").last ?? "") }
            // Who isn't signed in and chooses a password beside a name opens an account, however it is called.
            ?? others.first { entry in
                !entry.isProtected
                    && !["reset", "forgot", "recover", "change", "verify"].contains { entry.path.contains($0) }
            }
        if let up, let operation = Operation("POST \(up.path)"), let names = Self.names(in: up.body ?? up.form) {
            signUp = SignUp(operation: operation, body: Self.template(up, names))
            if !names.user.lowercased().contains("mail") { signUp?.user = "readiness-{nonce}" }
        }
    }

    /// What undoes the sign-in at the same address, or says in its path, name or summary that it signs out.
    private static func signOut(in entries: [OpenAPIDescription.Entry], beside path: String?) -> Operation? {
        let out =
            entries.first { $0.method == "DELETE" && $0.path == path }
            ?? entries.first {
                ["POST", "DELETE"].contains($0.method) && !$0.hasParameters
                    && (isSignOut($0.path) || isSignOut($0.words))
            }
        return out.flatMap { Operation("\($0.method) \($0.path)") }
    }

    /// What forms on pages show.
    init(forms: [Survey.FoundForm]) {
        for found in forms where found.form.method == "POST" && found.form.hasPassword {
            let passwords = found.form.fields.count { $0.type == "password" }
            let page = found.page.request.targetText
            let isUp = passwords > 1 || Self.isSignUp(found.path) || Self.isSignUp(page)
            guard let operation = Operation("POST \(found.path.prefix { $0 != "?" })"),
                let (fields, user) = Self.fields(found.form, isUp: isUp)
            else { continue }
            if isUp, signUp == nil {
                signUp = SignUp(operation: operation, body: .form(fields))
                signUp?.page = page
                if user.type != "email", !user.name.lowercased().contains("mail") { signUp?.user = "readiness-{nonce}" }
            } else if !isUp, login == nil {
                login = Login(operation: operation, body: .form(fields))
                login?.page = page
            }
        }
    }

    /// A browser's form before a program's description: its cookies are what the probes hold.
    func or(_ other: Discovery) -> Discovery {
        var both = self
        // The two ends of one way belong together.
        if login == nil { both.login = other.login }
        if signUp == nil { both.signUp = other.signUp }
        both.signOut = signOut ?? other.signOut
        return both
    }

    /// The members of a body that hold somebody's name and the password.
    private static func names(in body: JSONValue?) -> (user: String, password: String)? {
        guard let members = body?.members,
            let password = members.keys.sorted().first(where: isPassword),
            let user = userNames.lazy.compactMap({ word in members.keys.first { $0.lowercased() == word } }).first
        else { return nil }
        return (user, password)
    }

    private static func template(
        _ entry: OpenAPIDescription.Entry, _ names: (user: String, password: String)
    ) -> BodyTemplate {
        var members = (entry.body ?? entry.form)?.members ?? [:]
        members[names.user] = .string("{user}")
        for key in members.keys where isPassword(key) { members[key] = .string("{password}") }
        if entry.body == nil {
            return .form(members.keys.sorted().map { (name: $0, value: members[$0]?.scalarText ?? "") })
        }
        return .json(JSONValue.object(members).compact)
    }

    private typealias Field = (name: String, value: String, type: String)

    /// What a person would type into the form; hidden fields come from the page when it is sent.
    private static func fields(
        _ form: PageScan.Form, isUp: Bool
    ) -> (fields: [(name: String, value: String)], user: Field)? {
        let typed = form.fields.filter { !["hidden", "submit", "button", "image", "reset", "file"].contains($0.type) }
        let texts = typed.filter { ["text", "email", "tel", ""].contains($0.type) }
        let named = texts.first { field in userNames.contains { field.name.lowercased().contains($0) } }
        guard let user = texts.first(where: { $0.type == "email" }) ?? named ?? texts.first else { return nil }
        var fields: [(name: String, value: String)] = []
        for field in typed {
            switch field.type {
            case "password": fields.append((field.name, "{password}"))
            case "checkbox", "radio": if isUp { fields.append((field.name, field.value.isEmpty ? "on" : field.value)) }
            case "select": fields.append((field.name, field.value))
            default: fields.append((field.name, field.name == user.name ? "{user}" : "Readiness"))
            }
        }
        return (fields, user)
    }
}

extension Reconnaissance {
    /// Looks for what isn't declared. With people of the configuration's, how they sign in; with `--allow-writes` and a
    /// sign-up that asks nobody, two accounts are opened for the run, and races are looked for. Nothing is changed where
    /// that doesn't work.
    ///
    /// - Returns: the configuration with what was found, and what to tell of it.
    func discovered(races wantsRaces: Bool) async -> (configuration: ReadinessConfiguration, notes: [String])? {
        guard !configuration.hasNoSignIn else { return nil }
        if configuration.login != nil { return await completed() }
        let mayOpen = configuration.allowsWrites && configuration.identities.isEmpty
        guard mayOpen || !configuration.identities.isEmpty else { return nil }
        let entries = (try? await openAPI().entries) ?? []
        let forms = (try? await survey().forms) ?? []
        let seen = Discovery(forms: forms).or(Discovery(entries: entries))
        guard let login = seen.login else { return nil }
        var found = configuration
        found.login = login
        found.signUp = configuration.signUp ?? (configuration.allowsWrites ? seen.signUp : nil)
        if found.openAPI == nil, !entries.isEmpty, configuration.routes.isEmpty {
            found.openAPI = .path("/openapi.json")
        }
        guard !mayOpen || found.signUp != nil else { return nil }
        var next = await continued(with: found)
        do {
            if mayOpen {
                for _ in 0..<2 { _ = try await next.newcomer() }
                found.identities = await next.newcomers
                await next.furnish(found.identities.map(\.name))
            }
            guard let who = found.identities.first?.name else { return nil }
            found = try await next.withToken(found, of: who)
            if found.login?.signOut == nil {
                let out = await next.findSignOut(as: who)
                found.login?.signOut = out?.operation ?? seen.signOut
                found.login?.signOutPage = out?.page
            }
            if wantsRaces, found.signUp != nil, configuration.race.isEmpty {
                next = await next.continued(with: found)
                found.race = await next.discoveredRaces(as: who)
            }
        } catch Obstacle.notAvailable(let why), Obstacle.undeclared(let why, _) {
            await take(over: next)
            return (configuration, ["A sign-in was found at \(login.operation), and could not be used: \(why)."])
        } catch {
            return nil
        }
        await take(over: next)
        return (found, Self.words(found, hasOpened: mayOpen, races: configuration.race.isEmpty))
    }

    /// What a declared sign-in leaves open: how its people sign out, and with `--allow-writes` how somebody signs up.
    private func completed() async -> (configuration: ReadinessConfiguration, notes: [String])? {
        guard let login = configuration.login, !login.isBasic, let who = configuration.identities.first?.name,
            login.signOut == nil || (configuration.signUp == nil && configuration.allowsWrites),
            (try? await session(of: who)) != nil
        else { return nil }
        var found = configuration
        var words: [String] = []
        let entries = (try? await openAPI().entries) ?? []
        if login.signOut == nil {
            let out = await findSignOut(as: who)
            found.login?.signOut = out?.operation ?? Discovery(entries: entries).signOut
            found.login?.signOutPage = out?.page
            if let signOut = found.login?.signOut { words.append("sign-out \(signOut)") }
        }
        if found.signUp == nil, found.allowsWrites {
            let forms = (try? await survey().forms) ?? []
            found.signUp = Discovery(forms: forms).or(Discovery(entries: entries)).signUp
            if let up = found.signUp { words.append("sign-up \(up.operation)") }
        }
        guard !words.isEmpty else { return nil }
        return (found, [visible("Found, not declared: \(words.joined(separator: ", ")).", limit: 900)])
    }

    /// Gives people who have just signed up a thing of each kind that the description lets them make, so that there is something
    /// of theirs that the other must not reach.
    func furnish(_ names: [String]) async {
        guard let entries = try? await openAPI().entries else { return }
        let makers = entries.filter { entry in
            entry.method == "POST" && !entry.hasParameters && !Self.acts(entry.path) && !Discovery.isSignIn(entry.path)
                && !Discovery.isSignUp(entry.path)
                && entries.contains { $0.path.hasPrefix("\(entry.path)/{") && $0.isRead }
        }
        for name in names {
            for maker in makers.prefix(3) where !Task.isCancelled {
                _ = try? await made(maker, maker.body, at: maker.path, as: "thing", maker.path, name)
            }
        }
    }

    /// The configuration with what the sign-in itself shows: where its token stands, and that programs get one there.
    func withToken(
        _ configuration: ReadinessConfiguration, of who: String
    ) async throws -> ReadinessConfiguration {
        let session = try await session(of: who)
        guard let pointer = session.pointer, let login = configuration.login else { return configuration }
        var found = configuration
        found.login?.token = pointer
        if found.token == nil {
            found.token = TokenRule(operation: login.operation, body: login.body, pointer: pointer)
        }
        return found
    }

    private static func words(_ found: ReadinessConfiguration, hasOpened: Bool, races: Bool) -> [String] {
        var words = "Found, not declared: sign-in \(found.login?.operation.description ?? "")"
        if let out = found.login?.signOut { words += ", sign-out \(out)" }
        if hasOpened, let up = found.signUp {
            words += ", sign-up \(up.operation); two accounts were opened for this run, and stay"
        }
        let rules = races ? found.race.map { "Found, for `races` in readiness.yaml: \($0.line)" } : []
        return ([words + "."] + rules).map { visible($0, limit: 900) }
    }

    /// A form or link on a page of somebody who is signed in: the start page, where the sign-in leads, and what those link to.
    private func findSignOut(as who: String) async -> (operation: Operation?, page: String?)? {
        var waiting = [startPath]
        if let session = try? await session(of: who), let place = session.signIn.answer.first("location"),
            let url = site.withPath(session.signIn.request.targetText).resolving(location: place),
            url.isSameOrigin(as: site)
        {
            waiting.insert(url.path, at: 0)
        }
        var looked: Set<String> = []
        while let path = waiting.first, looked.count < 6 {
            waiting.removeFirst()
            guard looked.insert(path).inserted, let page = try? await get(path, Self.browser, as: who),
                page.answer.isHTML
            else { continue }
            if let found = signOut(on: page) { return found }
            let base = site.withPath(page.request.targetText)
            waiting += PageScan(html: page.answer.bodyText).anchors.compactMap { base.resolving(location: $0) }
                .filter { $0.isSameOrigin(as: site) && !Self.acts($0.path) }.map(\.path).prefix(8)
        }
        return nil
    }

    private nonisolated func signOut(on page: Sighting) -> (operation: Operation?, page: String?)? {
        let base = site.withPath(page.request.targetText)
        let scan = PageScan(html: page.answer.bodyText)
        func own(_ link: String) -> String? {
            base.resolving(location: link).flatMap {
                $0.isSameOrigin(as: site) && Discovery.isSignOut($0.path) ? $0.path : nil
            }
        }
        if let path = scan.forms.lazy.filter({ $0.method == "POST" }).compactMap({ own($0.action) }).first {
            return (Operation("POST \(path)"), page.request.targetText)
        }
        return scan.anchors.lazy.compactMap(own).first.map { (Operation("GET \($0)"), nil) }
    }
}
