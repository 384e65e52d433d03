/// Pages in a headless Chromium, by the DevTools protocol.
struct ChromiumPages: PageOpener {
    let browser: Browser

    private static let loadTime = Duration.seconds(8)

    func stop() async { await browser.stop() }

    func open(_ url: String, _ size: ScreenSize) async throws -> PageLook { try await open(url, size, asking: nil).0 }

    /// Opens a page and evaluates a script in it; gives what that comes to, where it is a text.
    func open(_ url: String, _ size: ScreenSize, asking script: String?) async throws -> (PageLook, String?) {
        let context = try await browser.send(
            "Target.createBrowserContext", .object(["disposeOnDetach": .bool(false)])
        ).at("/browserContextId")
        guard let context else { throw BrowserFailure.refused("no context") }
        let result: Result<(PageLook, String?), any Error>
        do {
            result = .success(try await look(url, size, script, in: context))
        } catch {
            result = .failure(error)
        }
        _ = try? await browser.send("Target.disposeBrowserContext", .object(["browserContextId": context]))
        return try result.get()
    }

    private func look(
        _ url: String, _ size: ScreenSize, _ script: String?, in context: JSONValue
    ) async throws -> (PageLook, String?) {
        let session = try await browser.openPage(in: context, enabling: ["Page", "Runtime", "Network"])
        try await browser.send(
            "Emulation.setDeviceMetricsOverride",
            .object([
                "width": .integer(Int64(size.width)), "height": .integer(Int64(size.height)),
                "deviceScaleFactor": .integer(1), "mobile": .bool(size.isPhone),
            ]), in: session)
        let navigation = try await browser.send(
            "Page.navigate", .object(["url": .string(url)]), in: session, within: Self.loadTime)
        let error = navigation.at("/errorText")?.string ?? ""
        if error.isEmpty {
            do {
                _ = try await browser.wait(for: ["Page.loadEventFired"], in: session, within: Self.loadTime)
            } catch BrowserFailure.late {
                throw BrowserFailure.refused("it isn't loaded after 8 s")
            }
            // What scripts write right behind.
            try? await Task.sleep(for: .milliseconds(200), clock: .continuous)
        }
        let status = await browser.told(in: session).last {
            $0.method == "Network.responseReceived" && $0.params.at("/type")?.string == "Document"
        }?.params.at("/response/status")?.numeric.flatMap { Int(exactly: $0) }
        guard error.isEmpty || status != nil else {
            throw BrowserFailure.refused("the page doesn't load: \(visible(error, limit: 80))")
        }
        func evaluate(_ script: String) async throws -> String? {
            try await browser.send(
                "Runtime.evaluate", .object(["expression": .string(script), "returnByValue": .bool(true)]), in: session
            ).at("/result/value")?.string
        }
        let answer = if let script { try await evaluate(script) } else { String?.none }
        let shown = try await evaluate("document.body ? document.body.innerText.slice(0, 200000) : ''")
        return (PageLook(status: status, text: shown ?? ""), answer)
    }
}
