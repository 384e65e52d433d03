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

    func open(_ url: String, _ size: ScreenSize) async throws -> PageLook {
        guard let context = try await browser.send("browser.createUserContext").at("/userContext") else {
            throw BrowserFailure.refused("no context")
        }
        let result: Result<PageLook, any Error>
        do {
            result = .success(try await look(url, size, in: context))
        } catch {
            result = .failure(error)
        }
        // Ends the page with every window that it opened.
        _ = try? await browser.send("browser.removeUserContext", .object(["userContext": context]))
        return try result.get()
    }

    private func look(_ url: String, _ size: ScreenSize, in context: JSONValue) async throws -> PageLook {
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
        let told = await browser.told(in: page)
        let shown = try await evaluate(
            "JSON.stringify([document.body ? document.body.innerText.slice(0, 200000) : '', "
                + "document.documentElement.scrollWidth - innerWidth])", in: page)
        let parts = shown.flatMap { JSONValue(bytes: Array($0.utf8))?.items } ?? []
        return PageLook(
            status: Self.status(told), text: parts.first?.string ?? "", errors: Self.errors(told),
            overflow: parts.last?.numeric.flatMap { Int(exactly: $0.rounded()) } ?? 0)
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
