/// A browser that can be driven here.
public enum BrowserEngine: String, Sendable, CaseIterable {
    case chromium = "Chromium"
    case firefox = "Firefox"
}

/// The screen of a browser or device, by what people call it.
public struct ScreenSize: Sendable, Equatable {
    public let width: Int
    public let height: Int
    public let isPhone: Bool
    public let engine: BrowserEngine

    /// nil for a name that speaks of a browser that can't be driven here: Safari, and whatever runs on iOS.
    public init?(profile: String) {
        let name = profile.lowercased()
        let isChromium = ["chrom", "edge", "brave", "opera", "android"].contains(where: name.contains)
        let isApple = ["safari", "webkit", "iphone", "ipad", "ios"].contains(where: name.contains)
        let isFirefox = ["firefox", "gecko", "mozilla"].contains(where: name.contains)
        // `Chrome on iOS` is WebKit under another name.
        if isApple, !isChromium || name.contains("ios") || name.contains("iphone") || name.contains("ipad") {
            return nil
        }
        engine = isFirefox ? .firefox : .chromium
        isPhone = ["phone", "mobile", "390", "android", "handset"].contains(where: name.contains)
        let isTablet = ["tablet", "820"].contains(where: name.contains)
        (width, height) = isPhone ? (390, 844) : isTablet ? (820, 1180) : (1280, 860)
    }

    init(width: Int, height: Int, engine: BrowserEngine) {
        (self.width, self.height, self.engine, isPhone) = (width, height, engine, width <= 480)
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

/// Opens pages of one site in a headless browser, each in a context of its own, and says what they show.
public struct PageVisitor: Sendable {
    private let pages: any PageOpener
    private let site: SiteURL

    /// Why no browser runs.
    public struct Unavailable: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    public static func start(
        _ engine: BrowserEngine = .chromium, _ setup: BrowserSetup, site: SiteURL
    ) async throws(Unavailable) -> PageVisitor {
        guard let executable = setup.executable(of: engine) else {
            throw Unavailable(description: "there is no \(engine.rawValue)")
        }
        do {
            switch engine {
            case .chromium:
                let browser = try await Browser.start(executable, host: site.host, environment: setup.environment)
                return PageVisitor(pages: ChromiumPages(browser: browser), site: site)
            case .firefox:
                let pages = try await FirefoxPages.start(executable, host: site.host, environment: setup.environment)
                return PageVisitor(pages: pages, site: site)
            }
        } catch {
            throw Unavailable(description: "\(error)")
        }
    }

    public func stop() async { await pages.stop() }

    public func look(_ visit: PageVisit) async -> PageAnswer {
        guard let url = address(visit.address) else {
            return PageAnswer(holds: nil, seen: "\(visible(visit.address, limit: 100)) is another site")
        }
        do {
            let look = try await pages.open(url, visit.size)
            return judge(visit, look.status, look.text)
        } catch {
            return PageAnswer(holds: nil, seen: "\(error)")
        }
    }

    private func address(_ text: String) -> String? {
        if text.hasPrefix("/") { return site.origin + text }
        guard let other = SiteURL(text), other.isSameOrigin(as: site) else { return nil }
        return text
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
            holds: true,
            seen:
                "status \(status.map { "\($0)" } ?? "unknown") at \(visit.size.width) pixels in \(visit.size.engine.rawValue)"
        )
    }

    private static func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
