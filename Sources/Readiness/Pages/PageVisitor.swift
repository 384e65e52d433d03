/// The screen of a browser or device, by what people call it.
public struct ScreenSize: Sendable, Equatable {
    public let width: Int
    public let height: Int
    public let isPhone: Bool

    /// nil for a name that speaks of a browser that Chromium isn't.
    public init?(profile: String) {
        let name = profile.lowercased()
        let isOurs = ["chrom", "edge", "brave", "opera", "android"].contains(where: name.contains)
        if ["firefox", "safari", "webkit", "iphone", "ipad", "ios", "gecko"].contains(where: name.contains), !isOurs {
            return nil
        }
        isPhone = ["phone", "mobile", "390", "android", "handset"].contains(where: name.contains)
        let isTablet = ["tablet", "820"].contains(where: name.contains)
        (width, height) = isPhone ? (390, 844) : isTablet ? (820, 1180) : (1280, 860)
    }
}

/// A page with what it should be.
public struct PageVisit: Sendable {
    /// A path on the site, or an address of the same origin.
    public let address: String
    public let size: ScreenSize
    public let status: Int?
    /// Text that it shows, white space apart.
    public let text: String?

    public init(address: String, size: ScreenSize, status: Int?, text: String?) {
        self.address = address
        self.size = size
        self.status = status
        self.text = text
    }
}

/// What a visit came to.
public struct PageAnswer: Sendable, Equatable {
    /// nil: it could not be looked at.
    public let holds: Bool?
    public let seen: String
}

/// Opens pages of one site in headless Chromium, each in a context of its own, and says what they show.
public struct PageVisitor: Sendable {
    private let browser: Browser
    private let site: SiteURL
    private static let loadTime = Duration.seconds(8)

    /// Why no browser runs.
    public struct Unavailable: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    public static func start(_ setup: BrowserSetup, site: SiteURL) async throws(Unavailable) -> PageVisitor {
        guard let executable = setup.executable else { throw Unavailable(description: "there is no Chromium") }
        do {
            let browser = try await Browser.start(executable, host: site.host, environment: setup.environment)
            return PageVisitor(browser: browser, site: site)
        } catch {
            throw Unavailable(description: "\(error)")
        }
    }

    public func stop() async { await browser.stop() }

    public func look(_ visit: PageVisit) async -> PageAnswer {
        guard let url = address(visit.address) else {
            return PageAnswer(holds: nil, seen: "\(visible(visit.address, limit: 100)) is another site")
        }
        var context: JSONValue?
        do {
            context = try await browser.send(
                "Target.createBrowserContext", .object(["disposeOnDetach": .bool(false)])
            ).at("/browserContextId")
            guard let context else { throw BrowserFailure.refused("no context") }
            let (status, text) = try await open(url, visit.size, in: context)
            _ = try? await browser.send("Target.disposeBrowserContext", .object(["browserContextId": context]))
            return judge(visit, status, text)
        } catch {
            if let context {
                _ = try? await browser.send("Target.disposeBrowserContext", .object(["browserContextId": context]))
            }
            return PageAnswer(holds: nil, seen: "\(error)")
        }
    }

    private func address(_ text: String) -> String? {
        if text.hasPrefix("/") { return site.origin + text }
        guard let other = SiteURL(text), other.isSameOrigin(as: site) else { return nil }
        return text
    }

    private func open(_ url: String, _ size: ScreenSize, in context: JSONValue) async throws -> (Int?, String) {
        let session = try await browser.openPage(in: context, enabling: ["Page", "Runtime", "Network"])
        try await browser.send(
            "Emulation.setDeviceMetricsOverride",
            .object([
                "width": .integer(Int64(size.width)), "height": .integer(Int64(size.height)),
                "deviceScaleFactor": .integer(1), "mobile": .bool(size.isPhone),
            ]), in: session)
        let answer = try await browser.send(
            "Page.navigate", .object(["url": .string(url)]), in: session, within: Self.loadTime)
        let error = answer.at("/errorText")?.string ?? ""
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
        let shown = try await browser.send(
            "Runtime.evaluate",
            .object([
                "expression": .string("document.body ? document.body.innerText.slice(0, 200000) : ''"),
                "returnByValue": .bool(true),
            ]), in: session)
        return (status, shown.at("/result/value")?.string ?? "")
    }

    private func judge(_ visit: PageVisit, _ status: Int?, _ text: String) -> PageAnswer {
        if let wanted = visit.status, status != wanted {
            return PageAnswer(
                holds: false, seen: "status \(status.map { "\($0)" } ?? "unknown") instead of \(wanted)")
        }
        if let wanted = visit.text, !Self.words(text).contains(Self.words(wanted)) {
            let start = Self.words(text)
            return PageAnswer(
                holds: false,
                seen: "“\(visible(wanted, limit: 80))” isn't shown; the page begins “\(visible(start, limit: 80))”")
        }
        return PageAnswer(
            holds: true, seen: "status \(status.map { "\($0)" } ?? "unknown") at \(visit.size.width) pixels")
    }

    private static func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
