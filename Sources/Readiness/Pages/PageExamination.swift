import Foundation

/// What one page did in a browser.
struct PageExamination: Sendable {
    /// Path and query.
    var path: String
    /// Milliseconds from the start of the navigation to the end of `load`; the best of the loads.
    var loadMilliseconds: Double?
    var isHTTPS = false
    /// Bytes of the script heap after a collection.
    var heapBytes: Double?
    /// Milliseconds of each task of more than 50 ms, of the load that had the fewest.
    var longTasks: [Double] = []
    /// Errors on the console and exceptions that nobody caught.
    var consoleErrors: [String] = []
    /// Those of them that a script threw or wrote, and not the browser itself.
    var scriptErrors: [String] = []
    /// What an https page fetched, or tried to, over http.
    var insecure: [String] = []
    /// Requests to other hosts: counted, and never sent.
    var foreign: Set<String> = []
    /// Those of them that are asked for scripts.
    var foreignScripts: Set<String> = []
    var requests = 0
    /// Pixels by which the page is wider than a screen of 390, and what sticks out.
    var overflow: (pixels: Int, element: String)?
    var hasNarrow = false
    /// Whether it showed itself again without a network; nil where it doesn't claim to.
    var worksOffline: Bool?
    /// Controls and pictures without a name, a missing language or title.
    var unnamed: [String] = []
    /// Violations that axe found; nil where axe isn't there.
    var violations: [String]?
    /// Why it could not be looked at, or not to the end.
    var obstacle: String?
    /// How it looked, at the browser's usual width and at 390 pixels.
    var screenshots: [Screenshot] = []

    /// Tasks count from here on: what people feel as a jerk.
    static let blockingLimit = 600.0
    static let loadLimit = 2_000.0
    static let heapLimit = 60.0 * 1_048_576

    /// Time that tasks blocked a click, as Lighthouse counts it: what each took beyond 50 ms.
    var blocking: Double { longTasks.reduce(0) { $0 + max(0, $1 - 50) } }

    /// Out of 100: the share of what was looked at that is as it should be.
    var score: Int? {
        var parts: [Bool] = []
        if let loadMilliseconds { parts.append(loadMilliseconds < Self.loadLimit) }
        if let heapBytes { parts.append(heapBytes < Self.heapLimit) }
        guard !parts.isEmpty else { return nil }
        parts.append(blocking < Self.blockingLimit)
        parts.append(consoleErrors.isEmpty)
        parts.append(insecure.isEmpty)
        if hasNarrow { parts.append(overflow == nil) }
        if let worksOffline { parts.append(worksOffline) }
        parts.append(unnamed.isEmpty && (violations?.isEmpty ?? true))
        return parts.count { $0 } * 100 / parts.count
    }
}

/// Opens pages one after the other and lets each do what it does, within limits.
struct PageExaminer: Sendable {
    let browser: Browser
    let site: SiteURL
    /// The script of axe, where it is installed.
    let axe: String?

    private static let loadTime = Duration.seconds(8)
    private static let mostNavigations = 4

    /// - Parameter path: path and query on the site.
    func examine(_ path: String) async -> PageExamination {
        var page = PageExamination(path: path)
        page.isHTTPS = site.scheme == .https
        do {
            let context = try await browser.send(
                "Target.createBrowserContext", .object(["disposeOnDetach": .bool(false)])
            ).at("/browserContextId")
            guard let context else { throw BrowserFailure.refused("no context") }
            do {
                try await look(&page, in: context)
            } catch {
                page.obstacle = "\(error)"
            }
            // Ends the page with every window that it opened.
            _ = try? await browser.send("Target.disposeBrowserContext", .object(["browserContextId": context]))
        } catch {
            page.obstacle = "\(error)"
        }
        return page
    }

    private func look(_ page: inout PageExamination, in context: JSONValue) async throws {
        let session = try await browser.openPage(
            in: context, enabling: ["Page", "Runtime", "Log", "Network", "Performance"])
        try await prepare(session)
        do {
            try await load(&page, session)
        } catch BrowserFailure.refused(Self.notLoaded) {
            // What it took until then says something of its memory all the same.
            try? await measure(&page, session, within: .seconds(5))
            throw BrowserFailure.refused(Self.notLoaded)
        }
        try await measure(&page, session, within: Self.collectionTime)
        await photograph(&page, session, width: 1_280)
        try await accessibility(&page, session)
        try await narrow(&page, session)
        try await offline(&page, session)
    }

    private func prepare(_ session: String) async throws {
        // Counts what blocks, from the first script on.
        let watcher =
            "window.__longTasks=[];try{new PerformanceObserver(l=>{for(const e of l.getEntries())"
            + "if(window.__longTasks.length<500)window.__longTasks.push(e.duration)})"
            + ".observe({type:'longtask',buffered:true})}catch(e){}"
        try await browser.send(
            "Page.addScriptToEvaluateOnNewDocument", .object(["source": .string(watcher)]), in: session)
    }

    // MARK: Loading

    private static let notLoaded = "it isn't loaded after 8 s"

    private func navigate(_ path: String, _ session: String) async throws {
        await browser.forget(in: session)
        let url = "\(site.origin)\(path)"
        let answer = try await browser.send(
            "Page.navigate", .object(["url": .string(url)]), in: session, within: Self.loadTime)
        if let error = answer.at("/errorText")?.string, !error.isEmpty {
            throw BrowserFailure.refused("the page doesn't load: \(visible(error, limit: 80))")
        }
        do {
            _ = try await browser.wait(for: ["Page.loadEventFired"], in: session, within: Self.loadTime)
        } catch BrowserFailure.late {
            throw BrowserFailure.refused(Self.notLoaded)
        }
        // What scripts do right behind.
        try? await Task.sleep(for: .milliseconds(300), clock: .continuous)
        let told = await browser.told(in: session)
        let turns = told.count { $0.method == "Page.frameNavigated" && $0.params.at("/frame/parentId") == nil }
        if turns > Self.mostNavigations {
            throw BrowserFailure.refused("it navigates \(turns) times without coming to rest")
        }
    }

    private func load(_ page: inout PageExamination, _ session: String) async throws {
        var best: Double?
        // The first one pays for the browser's own start, and a busy machine for others: the best of up to three counts.
        var isNoted = false
        for round in 0..<3 {
            do {
                try await navigate(page.path, session)
            } catch BrowserFailure.refused(Self.notLoaded) where round == 0 || best != nil {
                // A busy machine, once; what was measured before stays.
                if best != nil { break }
                continue
            }
            let isFirst = !isNoted
            isNoted = true
            if isFirst { await note(&page, session) }
            guard
                let seen = try? await evaluate(
                    "(()=>{const n=performance.getEntriesByType('navigation')[0];"
                        + "return JSON.stringify({load:n?n.loadEventEnd-n.startTime:-1,long:window.__longTasks||[]})})()",
                    session)?.string, let json = JSONValue(bytes: Array(seen.utf8))
            else { continue }
            if let time = json.at("/load")?.numeric, time > 0 { best = min(best ?? time, time) }
            let tasks = (json.at("/long")?.items ?? []).compactMap(\.numeric)
            if isFirst || tasks.reduce(0, +) < page.longTasks.reduce(0, +) { page.longTasks = tasks }
            if let best, best < PageExamination.loadLimit, page.blocking < PageExamination.blockingLimit { break }
        }
        page.loadMilliseconds = best
        // Browsers fetch some of it over https by themselves: what the page says counts.
        guard page.isHTTPS else { return }
        let named = try? await evaluate(
            "JSON.stringify([...document.querySelectorAll('img,script,iframe,audio,video,source,embed,object,"
                + "link[rel~=stylesheet],link[rel~=icon]')].map(e=>e.src||e.href||e.data||'')"
                + ".filter(u=>typeof u==='string'&&u.startsWith('http://')).slice(0,20))", session)?.string
        let urls = named.flatMap { JSONValue(bytes: Array($0.utf8))?.items } ?? []
        page.insecure += urls.compactMap { $0.string.map { visible($0, limit: 120) } }
    }

    /// What the page told while it loaded.
    private func note(_ page: inout PageExamination, _ session: String) async {
        for event in await browser.told(in: session) {
            switch event.method {
            case "Runtime.consoleAPICalled" where event.params.at("/type")?.string == "error":
                let words = (event.params.at("/args")?.items ?? []).compactMap {
                    $0.at("/value")?.scalarText ?? $0.at("/description")?.string
                }
                page.scriptErrors.append(visible(words.joined(separator: " "), limit: 200))
            case "Runtime.exceptionThrown":
                let details = event.params.at("/exceptionDetails")
                let text =
                    details?.at("/exception/description")?.string ?? details?.at("/text")?.string ?? "an exception"
                page.scriptErrors.append(visible(text.prefix { !$0.isNewline }, limit: 200))
            case "Log.entryAdded" where event.params.at("/entry/level")?.string == "error":
                let url = event.params.at("/entry/url")?.string ?? ""
                // What we kept it from fetching is no fault of the page's, nor is the picture that browsers ask for unasked.
                guard isOwn(url) || url.isEmpty, !url.hasSuffix("/favicon.ico") else { continue }
                page.consoleErrors.append(visible(event.params.at("/entry/text")?.string ?? "an error", limit: 200))
            case "Network.requestWillBeSent":
                page.requests += 1
                let url = event.params.at("/request/url")?.string ?? ""
                let kind = event.params.at("/request/mixedContentType")?.string ?? "none"
                if site.scheme == .https, kind != "none" || url.hasPrefix("http://") {
                    page.insecure.append(visible(url, limit: 120))
                }
                if url.hasPrefix("http"), !isOwn(url), page.foreign.count < 50 {
                    let host = SiteURL(url)?.host ?? visible(url, limit: 60)
                    page.foreign.insert(host)
                    if event.params.at("/type")?.string == "Script" { page.foreignScripts.insert(host) }
                }
            default: break
            }
        }
        page.consoleErrors = Array((page.scriptErrors + page.consoleErrors).prefix(20))
        page.insecure = Array(page.insecure.prefix(20))
    }

    private func isOwn(_ url: String) -> Bool { SiteURL(url)?.host == site.host }

    /// On a busy machine a heap of hundreds of megabytes takes its time to be collected; what isn't collected would be counted.
    private static let collectionTime = Duration.seconds(20)

    private func measure(
        _ page: inout PageExamination, _ session: String, within limit: Duration
    ) async throws {
        try await browser.send("HeapProfiler.collectGarbage", in: session, within: limit)
        let metrics = try await browser.send("Performance.getMetrics", in: session, within: limit)
        page.heapBytes =
            (metrics.at("/metrics")?.items ?? []).first {
                $0.at("/name")?.string == "JSHeapUsedSize"
            }?.at("/value")?.numeric
    }

    /// A picture of what a person sees first; none where the browser makes none in time, or a very large one.
    private func photograph(_ page: inout PageExamination, _ session: String, width: Int) async {
        if width > 390 {
            _ = try? await browser.send(
                "Emulation.setDeviceMetricsOverride",
                .object([
                    "width": .integer(Int64(width)), "height": .integer(800), "deviceScaleFactor": .integer(1),
                    "mobile": .bool(false),
                ]), in: session)
        }
        let seen = try? await browser.send(
            "Page.captureScreenshot",
            .object(["format": .string("jpeg"), "quality": .integer(width > 390 ? 50 : 35)]), in: session)
        if width > 390 { _ = try? await browser.send("Emulation.clearDeviceMetricsOverride", in: session) }
        guard let data = seen?.at("/data")?.string, let picture = Screenshot(page: page.path, width: width, jpeg: data)
        else { return }
        page.screenshots.append(picture)
    }

    private func evaluate(
        _ script: String, _ session: String, waits: Bool = false, within limit: Duration = .seconds(5)
    ) async throws -> JSONValue? {
        let answer = try await browser.send(
            "Runtime.evaluate",
            .object([
                "expression": .string(script), "returnByValue": .bool(true), "awaitPromise": .bool(waits),
                "timeout": .integer(4_000),
            ]), in: session, within: limit)
        return answer.at("/result/value")
    }

    // MARK: For everybody

    /// Roles that people act on, or that say something by themselves.
    private static let named: Set<String> = [
        "button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "slider", "spinbutton", "switch",
        "image", "img", "tab", "menuitem", "listbox",
    ]

    private func accessibility(_ page: inout PageExamination, _ session: String) async throws {
        let tree = try await browser.send("Accessibility.getFullAXTree", in: session, within: .seconds(8))
        for node in (tree.at("/nodes")?.items ?? []).prefix(20_000) {
            guard node.at("/ignored") != .bool(true), let role = node.at("/role/value")?.string,
                Self.named.contains(role), (node.at("/name/value")?.string ?? "").trimmed.isEmpty
            else { continue }
            page.unnamed.append("a \(role == "image" || role == "img" ? "picture" : role) without a name")
        }
        let head = try await evaluate(
            "JSON.stringify([document.documentElement.lang||'',document.title||''])", session)?.string
        let parts = head.flatMap { JSONValue(bytes: Array($0.utf8))?.items } ?? []
        if parts.first?.string?.trimmed.isEmpty ?? false { page.unnamed.append("no language (`lang`)") }
        if parts.last?.string?.trimmed.isEmpty ?? false { page.unnamed.append("no title") }
        guard let axe else { return }
        let script =
            axe + "\n;axe.run(document,{runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa'],"
            + "resultTypes:['violations']}).then(r=>JSON.stringify(r.violations.map("
            + "v=>v.id+': '+v.help+' ('+v.nodes.length+')')))"
        let seen = try? await evaluate(script, session, waits: true, within: .seconds(10))?.string
        page.violations = seen.flatMap { JSONValue(bytes: Array($0.utf8))?.items }?.compactMap {
            $0.string.map { visible($0, limit: 160) }
        }
    }

    private func narrow(_ page: inout PageExamination, _ session: String) async throws {
        try await browser.send(
            "Emulation.setDeviceMetricsOverride",
            .object([
                "width": .integer(390), "height": .integer(844), "deviceScaleFactor": .integer(2),
                "mobile": .bool(true),
            ]), in: session)
        try await navigate(page.path, session)
        let seen = try await evaluate(
            "(()=>{const w=390,d=document.documentElement;let n=Math.max(d.scrollWidth,document.body?document.body.scrollWidth:0)-w;"
                + "let e='';if(n>0)for(const x of document.querySelectorAll('body *')){if(x.getBoundingClientRect().right>w+1)"
                + "{e=x.tagName.toLowerCase()+(x.id?'#'+x.id:'')+(x.classList[0]?'.'+x.classList[0]:'');break}}"
                + "return JSON.stringify([n,e])})()", session)?.string
        guard let parts = seen.flatMap({ JSONValue(bytes: Array($0.utf8))?.items }), let wide = parts.first?.numeric
        else {
            return
        }
        page.hasNarrow = true
        await photograph(&page, session, width: 390)
        if wide > 1 { page.overflow = (Int(wide), visible(parts.last?.string ?? "", limit: 80)) }
        try await browser.send("Emulation.clearDeviceMetricsOverride", in: session)
    }

    /// Only a service worker that answers for the page says that it works without a network; one for messages doesn't.
    private func offline(_ page: inout PageExamination, _ session: String) async throws {
        let claims = try await evaluate(
            "navigator.serviceWorker?navigator.serviceWorker.getRegistrations().then(r=>r.length>0&&"
                + "performance.getEntriesByType('navigation').some(n=>n.workerStart>0)):false", session,
            waits: true)
        guard claims == .bool(true) else { return }
        func conditions(_ isOffline: Bool) -> JSONValue {
            .object([
                "offline": .bool(isOffline), "latency": .integer(0), "downloadThroughput": .integer(-1),
                "uploadThroughput": .integer(-1),
            ])
        }
        try await browser.send("Network.emulateNetworkConditions", conditions(true), in: session)
        do {
            try await navigate(page.path, session)
            page.worksOffline = true
        } catch BrowserFailure.refused {
            page.worksOffline = false
        }
        try await browser.send("Network.emulateNetworkConditions", conditions(false), in: session)
    }
}

/// The script of axe-core (MPL-2.0, Deque), where somebody has installed it; it is not part of this program.
enum AxeScript {
    static let remedy = "`pip install axe-core-python`, or SEAWORTHY_AXE=/path/to/axe.min.js"

    static func find(_ environment: [String: String]) -> String? {
        for path in places(environment) {
            guard let data = FileManager.default.contents(atPath: path), data.count < 8_388_608 else { continue }
            let text = String(decoding: data, as: UTF8.self)
            if text.contains("axe.run") || text.contains("axeCore") || text.contains("axe.version") { return text }
        }
        return nil
    }

    private static func places(_ environment: [String: String]) -> [String] {
        if let given = environment["SEAWORTHY_AXE"], !given.isEmpty { return [given] }
        var found = [
            "node_modules/axe-core/axe.min.js", "/usr/share/javascript/axe-core/axe.min.js",
            "/usr/share/nodejs/axe-core/axe.min.js",
        ]
        let homes = ["/usr/lib", "/usr/local/lib", "\(environment["HOME"] ?? "/nowhere")/.local/lib"]
        let packages = ["axe_core_python", "axe_selenium_python", "axe_playwright_python"]
        for home in homes {
            let versions = ((try? FileManager.default.contentsOfDirectory(atPath: home)) ?? []).filter {
                $0.hasPrefix("python3")
            }
            for version in versions.sorted() {
                for folder in ["dist-packages", "site-packages"] {
                    for package in packages {
                        found += ["axe.min.js", "axe.js", "node_modules/axe-core/axe.min.js"].map {
                            "\(home)/\(version)/\(folder)/\(package)/\($0)"
                        }
                    }
                }
            }
        }
        return found
    }
}
