/// Pages in a headless Chromium, by the DevTools protocol.
struct ChromiumPages: PageOpener {
    let browser: Browser

    func stop() async { await browser.stop() }

    func open(_ url: String, _ size: ScreenSize) async throws -> PageLook { try await open(url, size, asking: nil).0 }

    /// Opens a page, as a stranger or as somebody, and evaluates a script in it; gives what that comes to, where it is a text.
    func open(
        _ url: String, _ size: ScreenSize, asking script: String?, as person: PagePerson? = nil
    ) async throws -> (PageLook, String?) {
        let context = try await browser.openContext(of: person)
        let result: Result<(PageLook, String?), any Error>
        do {
            result = .success(try await look(url, size, script, person, in: context))
        } catch {
            result = .failure(error)
        }
        _ = try? await browser.send("Target.disposeBrowserContext", .object(["browserContextId": context]))
        return try result.get()
    }

    private func look(
        _ url: String, _ size: ScreenSize, _ script: String?, _ person: PagePerson?, in context: JSONValue
    ) async throws -> (PageLook, String?) {
        let session = try await browser.openPage(in: context, enabling: ["Page", "Runtime", "Network"])
        try await browser.send(
            "Emulation.setDeviceMetricsOverride",
            .object([
                "width": .integer(Int64(size.width)), "height": .integer(Int64(size.height)),
                "deviceScaleFactor": .integer(1), "mobile": .bool(size.isPhone),
            ]), in: session)
        if let person { try await browser.signIn(person, in: session) }
        var error: String?
        let refusal = try await browser.withinLimit(
            in: session, of: SiteURL(url)?.host ?? "", matters: { $0.isDocument },
            navigate: {
                error = try await browser.load(url, in: session)
                // What scripts write right behind.
                if error == nil { try? await Task.sleep(for: .milliseconds(200), clock: .continuous) }
            })
        // Somebody's plan may ask for just that; a question to a page can't be answered by another.
        if let refusal, script != nil { throw refusal.obstacle }
        let status = await browser.documentStatus(in: session)
        if let error, status == nil {
            throw BrowserFailure.refused("the page doesn't load: \(visible(error, limit: 80))")
        }
        func evaluate(_ script: String) async throws -> String? {
            try await browser.send(
                "Runtime.evaluate", .object(["expression": .string(script), "returnByValue": .bool(true)]), in: session
            ).at("/result/value")?.string
        }
        if person != nil, let sight = SignInForm.Sight(try await evaluate(SignInForm.question)) {
            let asked = SiteURL(url)?.path ?? ""
            if sight.asksForSignIn || sight.isInstead(of: asked) {
                throw BrowserFailure.refused(PageExamination.signInInstead)
            }
        }
        let answer = if let script { try await evaluate(script) } else { String?.none }
        let shown = try await evaluate("document.body ? document.body.innerText.slice(0, 200000) : ''")
        return (PageLook(status: status, text: shown ?? ""), answer)
    }
}
