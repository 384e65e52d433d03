/// Pages in a headless Firefox, by WebDriver BiDi (W3C).
struct FirefoxPages: PageOpener {
    let browser: Browser

    /// Times are judged in Chromium; here it is only a matter of coming to an end.
    private static let loadTime = Duration.seconds(15)
    static let notLoading = "the page doesn't load"
    private static let events = ["log.entryAdded", "network.responseCompleted"]

    static func start(_ executable: String, host: String, environment: [String: String]) async throws -> FirefoxPages {
        let link = try await FirefoxProcess.start(executable, host: host, environment: environment)
        let browser = await Browser.over(link, .webDriverBiDi)
        let wishes: JSONValue = .object([
            "acceptInsecureCerts": .bool(true),
            // alert(), confirm() and leaving questions stop a page until somebody answers.
            "unhandledPromptBehavior": .object(["default": .string("dismiss"), "beforeUnload": .string("accept")]),
        ])
        do {
            try await browser.send(
                "session.new", .object(["capabilities": .object(["alwaysMatch": wishes])]),
                // It answers when its own start is over, which takes its time on a busy machine.
                within: .seconds(30))
            try await browser.send("session.subscribe", .object(["events": .array(events.map { .string($0) })]))
            // Older ones can't be told; their downloads end in the profile, and with it.
            _ = try? await browser.send(
                "browser.setDownloadBehavior", .object(["downloadBehavior": .object(["type": .string("denied")])]))
        } catch {
            await browser.stop()
            throw error
        }
        return FirefoxPages(browser: browser)
    }

    func stop() async { await browser.stop() }

    func open(_ url: String, _ size: ScreenSize) async throws -> PageLook { try await open(url, size, as: nil) }

    /// Opens a page as a stranger or as somebody; for somebody it has to be a Firefox that reaches nothing but the site's origin.
    func open(_ url: String, _ size: ScreenSize, as person: PagePerson?) async throws -> PageLook {
        guard let context = try await browser.send("browser.createUserContext").at("/userContext") else {
            throw BrowserFailure.refused("no context")
        }
        let result: Result<PageLook, any Error>
        do {
            if let person { try await signIn(person, in: context) }
            result = .success(try await look(url, size, person, in: context))
        } catch {
            result = .failure(error)
        }
        // Ends the page with every window that it opened.
        _ = try? await browser.send("browser.removeUserContext", .object(["userContext": context]))
        return try result.get()
    }

    /// Gives a context what the person's requests carry.
    private func signIn(_ person: PagePerson, in context: JSONValue) async throws {
        if let header = person.header {
            let field: JSONValue = .object([
                "name": .string(header.name),
                "value": .object(["type": .string("string"), "value": .string(header.value)]),
            ])
            try await browser.send(
                "network.setExtraHeaders",
                .object(["headers": .array([field]), "userContexts": .array([context])]))
        }
        for cookie in person.cookies {
            let isBound = cookie.name.hasPrefix("__Host-") || cookie.name.hasPrefix("__Secure-")
            var wishes: [String: JSONValue] = [
                "name": .string(cookie.name),
                "value": .object(["type": .string("string"), "value": .string(cookie.value)]),
                "domain": .string(person.site.host), "path": .string("/"), "httpOnly": .bool(cookie.isHTTPOnly),
                "secure": .bool(isBound || (person.site.scheme == .https && cookie.isSecure)),
            ]
            if let word = cookie.sameSite, ["strict", "lax"].contains(word) { wishes["sameSite"] = .string(word) }
            try await browser.send(
                "storage.setCookie",
                .object([
                    "cookie": .object(wishes),
                    "partition": .object(["type": .string("storageKey"), "userContext": context]),
                ]))
        }
    }

    private func look(
        _ url: String, _ size: ScreenSize, _ person: PagePerson?, in context: JSONValue
    ) async throws -> PageLook {
        let answer = try await browser.send(
            "browsingContext.create", .object(["type": .string("tab"), "userContext": context]))
        guard let page = answer.at("/context")?.string else { throw BrowserFailure.refused("no page") }
        try await browser.send(
            "browsingContext.setViewport",
            .object([
                "context": .string(page),
                "viewport": .object([
                    "width": .integer(Int64(size.width)), "height": .integer(Int64(size.height)),
                ]),
            ]))
        let refusal = try await browser.withinLimit(in: page, of: SiteURL(url)?.host ?? "") {
            try await navigate(page, to: url)
        }
        if let refusal { throw refusal.obstacle }
        let told = await browser.told(in: page)
        let shown = try await evaluate(
            "JSON.stringify([document.body ? document.body.innerText.slice(0, 200000) : '', "
                + "document.documentElement.scrollWidth - innerWidth])", in: page)
        if person != nil, let sight = SignInForm.Sight(try await evaluate(SignInForm.question, in: page)),
            sight.asksForSignIn || sight.isInstead(of: SiteURL(url)?.path ?? "")
        {
            throw BrowserFailure.refused(PageExamination.signInInstead)
        }
        let parts = shown.flatMap { JSONValue(bytes: Array($0.utf8))?.items } ?? []
        return PageLook(
            status: Self.status(told), text: parts.first?.string ?? "", errors: Self.errors(told),
            overflow: parts.last?.numeric.flatMap { Int(exactly: $0.rounded()) } ?? 0)
    }

    private func navigate(_ page: String, to url: String) async throws {
        do {
            try await browser.send(
                "browsingContext.navigate",
                .object(["context": .string(page), "url": .string(url), "wait": .string("complete")]),
                within: Self.loadTime)
        } catch BrowserFailure.late {
            throw BrowserFailure.refused("it isn't loaded after 15 s")
        } catch BrowserFailure.refused(let why) {
            throw BrowserFailure.refused("\(Self.notLoading): \(visible(why, limit: 80))")
        }
        // What scripts do right behind.
        try? await Task.sleep(for: .milliseconds(300), clock: .continuous)
    }

    private func evaluate(_ script: String, in page: String) async throws -> String? {
        try await browser.send(
            "script.evaluate",
            .object([
                "expression": .string(script), "awaitPromise": .bool(false),
                "target": .object(["context": .string(page)]),
            ])
        ).at("/result/value")?.string
    }

    /// The status of the last navigation's answer that was no redirect.
    private static func status(_ told: [Browser.Event]) -> Int? {
        told.last {
            $0.method == "network.responseCompleted" && $0.params.at("/navigation")?.string != nil
        }?.params.at("/response/status")?.numeric.flatMap { Int(exactly: $0) }
    }

    private static func errors(_ told: [Browser.Event]) -> [String] {
        let errors = told.filter {
            $0.method == "log.entryAdded" && $0.params.at("/level")?.string == "error"
                && ["javascript", "console"].contains($0.params.at("/type")?.string ?? "")
        }
        return errors.prefix(20).map { visible($0.params.at("/text")?.string ?? "an error", limit: 200) }
    }
}
