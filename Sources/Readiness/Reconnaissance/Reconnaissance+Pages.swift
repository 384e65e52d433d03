/// Answers that many checks look at.
extension Reconnaissance {
    static let browser = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]
    static let program = [("Accept", "application/json, application/problem+json")]

    nonisolated var startPath: String { configuration.start ?? site.path }

    /// The start page as a browser gets it; redirects are followed on the same origin only, three at most.
    func page() async throws -> Sighting {
        var seen = try await get(startPath, Self.browser)
        for _ in 0..<3 {
            guard seen.answer.isRedirect, let location = seen.answer.first("location") else { return seen }
            guard let next = site.withPath(seen.request.targetText).resolving(location: location),
                next.isSameOrigin(as: site), next.path != seen.request.targetText
            else { return seen }
            seen = try await get(next.path, Self.browser)
        }
        return seen
    }

    /// The start page, where it is one: an error page or a refusal says nothing about the app.
    func livePage() async throws -> Sighting {
        let seen = try await page()
        if seen.answer.isSuccess {
            startSeen = seen
            return seen
        }
        if let location = seen.answer.first("location"), seen.answer.isRedirect {
            throw Obstacle.undeclared(
                "the start page leads elsewhere (\(seen.status) to \(visible(location, limit: 80))): check that address",
                [.start])
        }
        throw Obstacle.undeclared(
            "the start page answers \(seen.status): there is nothing to judge (name another with `start`)", [.start])
    }

    /// A page that no app has, as a browser asks for it.
    func unknownPage() async throws -> Sighting { try await unknown("/no-such-page-\(nonce)", Self.browser) }

    /// An API path that no app has, as a program asks for it.
    func unknownAPI() async throws -> Sighting { try await unknown("/api/no-such-thing-\(nonce)", Self.program) }

    /// Some apps (Django's `APPEND_SLASH`) lead every path to the one with a slash before they look: their answer is behind it.
    private func unknown(_ path: String, _ fields: [(String, String)]) async throws -> Sighting {
        let seen = try await get(path, fields)
        guard seen.answer.isRedirect, let location = seen.answer.first("location"),
            let next = site.withPath(seen.request.targetText).resolving(location: location),
            next.isSameOrigin(as: site), next.path == path + "/"
        else { return seen }
        return try await get(next.path, fields)
    }

    /// A target that isn't UTF-8, as a browser asks for it.
    func brokenPage() async throws -> Sighting { try await get("/%ff%fe-\(nonce)", Self.browser) }

    /// An API path that is encoded by half, as a program asks for it: what a layer in front refuses, it refuses here.
    func brokenAPI() async throws -> Sighting { try await get("/api/%zz-\(nonce)?q=%c3%28", Self.program) }

    /// Whether unknown paths get a page with status 200, as single-page apps do.
    func answersAnything() async throws -> Bool { try await unknownPage().answer.isSuccess }

    /// The start page with a method that a page doesn't have.
    func wrongMethod() async throws -> Sighting {
        let path = try await page().request.targetText
        return try await ask(ProbeRequest("PATCH", path, fields: Self.browser))
    }

    /// An API path with a method that it doesn't have; nil when no API path is known.
    func wrongAPIMethod() async throws -> Sighting? {
        if let description = try? await openAPI() {
            if let path = description.pathWithout(method: "DELETE") {
                return try await ask(ProbeRequest("DELETE", path, fields: Self.program))
            }
        }
        guard let login = configuration.login, case .json = login.body else { return nil }
        return try await ask(ProbeRequest("PUT", login.operation.path, fields: Self.program))
    }

    /// The OpenAPI description that the configuration names.
    func openAPI() async throws -> OpenAPIDescription {
        if let described { return try described.get() }
        if let describing { return try await describing.value }
        let task = Task { try await self.readOpenAPI().get() }
        describing = task
        defer { describing = nil }
        do {
            let description = try await cancellable(task)
            described = .success(description)
            return description
        } catch let obstacle as Obstacle {
            described = .failure(obstacle)
            throw obstacle
        }
    }

    private func readOpenAPI() async -> Result<OpenAPIDescription, Obstacle> {
        let bytes: [UInt8]
        switch configuration.openAPI {
        case nil:
            // Frameworks that write one serve it there; a declared sign-in tells enough without.
            guard configuration.login == nil, let seen = try? await get("/openapi.json", Self.program),
                seen.answer.isSuccess, seen.answer.isJSON
            else { return .failure(.notAvailable("no OpenAPI description is declared")) }
            bytes = seen.answer.body
        case .text(let text): bytes = Array(text.utf8)
        case .path(let path):
            do {
                let wide = try client.forLargeDocuments()
                var seen = try await send(.get(path, Self.program), by: wide)
                // Some describe themselves to who is signed in alone.
                if [401, 403].contains(seen.status), let who = configuration.identities.first?.name,
                    let known = try? await send(.get(path, Self.program), as: who, by: wide)
                {
                    seen = known
                }
                guard seen.answer.isSuccess else {
                    return .failure(.notAvailable("the OpenAPI description answers \(seen.status)"))
                }
                guard seen.answer.ending == .complete else {
                    let why = seen.answer.ending == .brokenOff ? "it breaks off" : "it is too large, or too slow"
                    return .failure(.notAvailable("the OpenAPI description could not be read: \(why)"))
                }
                bytes = seen.answer.body
            } catch let obstacle as Obstacle {
                return .failure(obstacle)
            } catch {
                return .failure(.notAvailable("the OpenAPI description could not be read: \(error)"))
            }
        }
        do throws(OpenAPIDescription.Refusal) {
            return .success(try OpenAPIDescription(bytes: bytes))
        } catch {
            return .failure(.notAvailable("the OpenAPI description \(error)"))
        }
    }
}
