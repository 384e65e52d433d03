/// People who open an account during a run, because a race ends with it or nobody else is declared.
extension Reconnaissance {
    /// Signs somebody up and answers the name under which the person can be asked for.
    func newcomer() async throws -> String {
        guard let rule = configuration.signUp else {
            throw Obstacle.undeclared("`sign-up` says how an account is opened", [.signUp])
        }
        let number = newcomers.count + 1
        let word = "\(nonce)-\(number)"
        let identity = Identity(
            name: "newcomer-\(number)", user: fill(rule.user, ["nonce": word]),
            password: "readiness \(word) Sea-4-worthy", role: nil)
        remember(identity.password, as: "newcomer_\(number)_PASSWORD")
        let request = request(
            rule.operation.method, rule.operation.path, rule.body,
            ["user": identity.user, "password": identity.password, "nonce": word])
        let seen = try await send(request)
        guard seen.answer.isSuccess || seen.answer.isRedirect else {
            throw Obstacle.notAvailable("nobody could sign up: \(seen.subject) answers \(seen.status)")
        }
        newcomers.append(identity)
        return identity.name
    }

    /// A sign-in that answers everybody alike can't be asked anything.
    func requireTellingSignIn(_ login: Login) async throws {
        let name = try await newcomer()
        let session = try await session(of: name)
        var cookies: [SetCookie] = []
        let wrong = try await send(
            signInRequest(
                login, user: session.identity.user, password: "not the password \(nonce)", cookies: &cookies))
        guard wrong.status != session.signIn.status || wrong.answer.body != session.signIn.answer.body else {
            throw Obstacle.notAvailable("a wrong password is answered as the right one is")
        }
    }

    /// The identity itself, declared or new.
    func identity(_ name: String) -> Identity? {
        configuration.identity(name) ?? newcomers.first { $0.name == name }
    }
}
