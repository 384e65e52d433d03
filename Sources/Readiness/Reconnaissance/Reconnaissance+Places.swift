/// Places in the app that the start page or the configuration lead to.
extension Reconnaissance {
    /// The folder of a file that the start page links, such as `/static/`.
    func staticFolder() async throws -> String? {
        let page = try await livePage()
        guard page.answer.isHTML else { return nil }
        let base = site.withPath(page.request.targetText)
        for link in PageScan(html: page.answer.bodyText).links {
            guard let url = base.resolving(location: link), url.isSameOrigin(as: site) else { continue }
            let path = url.path.prefix { $0 != "?" }
            guard let slash = path.lastIndex(of: "/"), path[slash...].contains(".") else { continue }
            let folder = String(path[...slash])
            if folder != "/" { return folder }
        }
        return nil
    }

    /// A file of text that the start page links: a stylesheet or a script of its own origin.
    func linkedText() async throws -> String? {
        let page = try await livePage()
        let base = site.withPath(page.request.targetText)
        for link in PageScan(html: page.answer.bodyText).links {
            guard let url = base.resolving(location: link), url.isSameOrigin(as: site) else { continue }
            let path = url.path.prefix { $0 != "?" }
            if path.hasSuffix(".css") || path.hasSuffix(".js") { return url.path }
        }
        return nil
    }

    /// A path that only people who signed in may read.
    func protectedPath() async throws -> String? {
        if let own = configuration.protected.first(where: { $0.operation.method == "GET" }) {
            return own.operation.path
        }
        return try? await openAPI().protectedReads.first?.path
    }

    /// A path that this person may read and nobody who isn't signed in: the declared one, or the first that is seen to be so.
    func ownRead(of name: String) async throws -> String? {
        if let own = configuration.protected.first(where: { $0.operation.method == "GET" }) {
            return own.operation.path
        }
        let description = try? await openAPI()
        let reads = (description?.entries ?? []).filter { $0.isRead && !$0.hasParameters && !Self.acts($0.path) }
        var paths = (reads.filter(\.isProtected) + reads.filter { !$0.isProtected }).map(\.path)
        if paths.isEmpty, !configuration.routes.isEmpty {
            paths = configuration.routes.filter { $0.method == "GET" && !$0.path.contains("{") && !Self.acts($0.path) }
                .map(\.path)
        }
        // Without a description: what the start page of somebody signed in leads to.
        if paths.isEmpty, let page = try? await get(startPath, Self.browser, as: name) {
            let base = site.withPath(page.request.targetText)
            paths =
                PageScan(html: page.answer.bodyText).anchors.compactMap { base.resolving(location: $0) }
                .filter { $0.isSameOrigin(as: site) && !Self.acts($0.path) }.map(\.path) + [startPath]
        }
        var looked: Set<String> = []
        for path in paths where looked.count < 12 && looked.insert(path).inserted {
            let mine = try await get(path, Self.program, as: name)
            guard mine.answer.isSuccess else { continue }
            if try await !get(path, Self.program).answer.isSuccess { return path }
        }
        return nil
    }

    /// A path that programs read, for questions about an API rather than a page.
    func apiPath() async throws -> String? {
        if let open = try? await openAPI().entries.first(where: {
            $0.method == "GET" && !$0.hasParameters && !$0.isProtected
        }) {
            return open.path
        }
        return try await protectedPath()
    }

    /// Where a write can be tried that changes nothing: the sign-in, a form of the start page, else nothing.
    func writableOperation() async throws -> (operation: Operation, type: String)? {
        if let login = configuration.login {
            if case .json = login.body { return (login.operation, "application/json") }
            return (login.operation, "application/x-www-form-urlencoded")
        }
        guard let form = try await postForm() else { return nil }
        return (Operation(method: "POST", path: form.path), "application/x-www-form-urlencoded")
    }

    /// A form that posts to the same origin, on a page that was found.
    func postForm() async throws -> (path: String, form: PageScan.Form, page: Sighting)? {
        try await survey().write.map { ($0.path, $0.form, $0.page) }
    }
}
