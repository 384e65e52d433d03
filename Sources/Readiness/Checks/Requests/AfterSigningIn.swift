/// Where a sign-in by a form leads, when the link to the form says where to go on.
struct AfterSigningIn {
    let target: Reconnaissance

    func observe(_ names: Set<String>) async throws -> [Observation] {
        guard let login = target.configuration.login, case .form(let template) = login.body, let page = login.page,
            let who = try? await target.who(nil), let person = await target.identity(who), person.header == nil
        else { return [] }
        let name = try await nameOfTheWay(who, names) ?? "next"
        let bare = page.prefix { $0 != "?" }
        let values = ["user": person.user, "password": person.password]
        /// nil where the form doesn't carry it along.
        func signIn(_ place: String) async throws -> Sighting? {
            let seen = try await target.send(.get("\(bare)?\(name)=\(formEncoded(place))", Reconnaissance.browser))
            let base = target.site.withPath(seen.request.targetText)
            guard let form = PageScan(html: seen.answer.bodyText).forms.first(where: \.hasPassword) else { return nil }
            let action = form.action.isEmpty ? base : base.resolving(location: form.action)
            guard let action, action.isSameOrigin(as: target.site),
                form.fields.contains(where: { $0.name == name && $0.type == "hidden" })
                    || action.path.contains("\(name)=")
            else { return nil }
            var fields = template.map { ($0.name, fill($0.value, values)) }
            for field in form.fields where field.type == "hidden" && !fields.contains(where: { $0.0 == field.name }) {
                fields.append((field.name, field.value))
            }
            var request = ProbeRequest.form("POST", action.path, fields)
            let cookies = seen.answer.cookies.filter { !$0.isRemoval }.map { "\($0.name)=\($0.value)" }
            if !cookies.isEmpty { request = request.adding("Cookie", cookies.joined(separator: "; ")) }
            return try await target.send(request)
        }
        guard let evil = try await signIn("https://evil.example/") else { return [] }
        if RedirectsStayOnTheSite.leadsAway(evil, target.site) {
            return [.fails(evil.subject, "\(evil.status) to another site after signing in (`\(name)`)", evil)]
        }
        let mark = "zq\(target.nonce)"
        guard let own = try await signIn("/?\(mark)=1"), own.answer.isRedirect,
            own.answer.first("location")?.contains(mark) == true
        else { return [] }
        return [
            .holds(
                evil.subject,
                "\(evil.status) for another site after signing in, \(own.status) for a page of its own", evil, own)
        ]
    }

    /// What the app calls it when it sends a stranger to the sign-in.
    private func nameOfTheWay(_ who: String, _ names: Set<String>) async throws -> String? {
        guard let path = try await target.ownRead(of: who),
            let seen = try? await target.get(path, Reconnaissance.browser), seen.answer.isRedirect,
            let query = seen.answer.first("location")?.split(separator: "?", maxSplits: 1).dropFirst().first
        else { return nil }
        return query.split(separator: "&").map { String($0.prefix { $0 != "=" }) }
            .first { names.contains($0.lowercased().filter(\.isLetter)) }
    }
}
