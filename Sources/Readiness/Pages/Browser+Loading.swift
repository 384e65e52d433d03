/// How a page comes to its end in Chromium, or doesn't.
extension Browser {
    static let loadTime = Duration.seconds(8)
    static let notLoaded = BrowserFailure.refused("it isn't loaded after 8 s")
    /// A browser that takes a download ends the reading of the page that asked for it.
    static let heldByDownload = BrowserFailure.refused(
        "it starts a download before it is loaded, and browsers read no further: nothing of it can be measured")
    static let isDownload = BrowserFailure.refused("it is sent as a download: browsers keep it and show nothing")

    /// Leads a page to an address and waits until it is loaded.
    ///
    /// - Returns: why it doesn't load, as Chromium says it; nil where it did.
    func load(_ url: String, in session: String) async throws -> String? {
        let answer: JSONValue
        do {
            answer = try await send(
                "Page.navigate", .object(["url": .string(url)]), in: session, within: Self.loadTime)
        } catch BrowserFailure.late {
            throw Self.notLoaded
        }
        if answer.at("/isDownload") == .bool(true) { throw Self.isDownload }
        if let error = answer.at("/errorText")?.string, !error.isEmpty { return error }
        try await waitForLoad(in: session)
        return nil
    }

    private func waitForLoad(in session: String) async throws {
        let end = ContinuousClock.now + Self.loadTime
        var wasComplete = false
        while true {
            do {
                _ = try await wait(
                    for: ["Page.loadEventFired"], in: session,
                    within: min(.milliseconds(500), max(.milliseconds(1), end - .now)))
                return
            } catch BrowserFailure.late {
                if wasComplete { throw Self.heldByDownload }
                if told(in: session).contains(where: { $0.method == "Page.downloadWillBegin" }) {
                    // Complete, and still not loaded when it is asked again: that event doesn't come any more.
                    let state = try? await send(
                        "Runtime.evaluate", .object(["expression": .string("document.readyState")]), in: session)
                    wasComplete = state?.at("/result/value")?.string == "complete"
                }
                if ContinuousClock.now >= end { throw Self.notLoaded }
            }
        }
    }

    /// The status of the page itself, after redirects; nil where the browser didn't say.
    func documentStatus(in session: String) -> Int? {
        told(in: session).last {
            $0.method == "Network.responseReceived" && $0.params.at("/type")?.string == "Document"
        }?.params.at("/response/status")?.numeric.flatMap { Int(exactly: $0) }
    }
}
