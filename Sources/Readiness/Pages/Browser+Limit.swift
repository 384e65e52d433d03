/// What a page that met the site's limit says about it. A run asks a lot within a minute, and what it used up is no fault of a page's.
struct LimitRefusal: Sendable, Equatable {
    /// From `Retry-After`, in seconds; nil where the answer names no time.
    var retryAfter: Int?
    /// Whether the page itself was refused, not only something that it fetches.
    var isDocument: Bool

    /// Why a page can't be judged that was refused to the end.
    var obstacle: BrowserFailure {
        .refused(
            isDocument
                ? "the site's limit answers 429 to the browser, after waiting too"
                : "the site's limit answers 429 to what the page fetches, after waiting too")
    }
}

extension Browser {
    /// Refusals by the limit of `host` (429, RFC 6585 §4) among what a page told since it was led somewhere; nil without any.
    private func limitRefusal(in session: String, of host: String) -> LimitRefusal? {
        var refusal: LimitRefusal?
        for event in told(in: session) {
            guard event.method == "Network.responseReceived" || event.method == "network.responseCompleted",
                event.params.at("/response/status")?.numeric == 429,
                let url = event.params.at("/response/url")?.string, SiteURL(url)?.host == host
            else { continue }
            let isDocument =
                event.params.at("/type")?.string == "Document" || event.params.at("/navigation")?.string != nil
            refusal = LimitRefusal(
                retryAfter: [refusal?.retryAfter, Self.retryAfter(event.params)].compactMap(\.self).max(),
                isDocument: isDocument || refusal?.isDocument == true)
        }
        return refusal
    }

    /// DevTools has an object of headers, WebDriver BiDi a list.
    private static func retryAfter(_ params: JSONValue) -> Int? {
        let headers = params.at("/response/headers")
        let text =
            headers?.members?.first { $0.key.lowercased() == "retry-after" }?.value.string
            ?? headers?.items?.first { $0.at("/name")?.string?.lowercased() == "retry-after" }?.at("/value/value")?
            .string
        return text.flatMap { RateLimitFields([HeaderField(name: "Retry-After", value: $0)]).retryAfter }
    }

    /// Leads a page somewhere, and once more, later each time, where the site's limit refuses it or something that it fetches, as
    /// long as this browser has patience left.
    ///
    /// - Parameter matters: whether a refusal is one to wait for.
    /// - Returns: the refusal that stayed; nil where there is none.
    nonisolated func withinLimit(
        in session: String, of host: String, matters: (LimitRefusal) -> Bool = { _ in true },
        navigate: () async throws -> Void
    ) async throws -> LimitRefusal? {
        var round = 0
        while true {
            await forget(in: session)
            try await navigate()
            guard let refusal = await limitRefusal(in: session, of: host), matters(refusal) else { return nil }
            guard await waits(for: refusal, round: round) else { return refusal }
            round += 1
        }
    }

    /// - Returns: whether it has waited; false at once where the patience doesn't last that long.
    private func waits(for refusal: LimitRefusal, round: Int) async -> Bool {
        let own = 1 << min(max(round, 0), 5)
        let wish = Duration.seconds(max(refusal.retryAfter ?? own, own))
        guard wish <= patience else { return false }
        patience -= wish
        try? await Task.sleep(for: wish, clock: .continuous)
        return !Task.isCancelled
    }
}
