/// Opens pages one after the other and lets each do what it does, within limits.
struct PageExaminer: Sendable {
    let browser: Browser
    let site: SiteURL
    /// The script of axe, where it is installed.
    let axe: String?
    /// Whom it opens them as; nil for a stranger.
    var person: PagePerson?
    /// What it knows to be secret: no picture is taken of a page of somebody's that shows any of it.
    var redactor = Redactor()

    private static let mostNavigations = 4

    /// - Parameter path: path and query on the site.
    func examine(_ path: String) async -> PageExamination {
        var page = PageExamination(path: path, person: person?.name)
        page.isHTTPS = site.scheme == .https
        do {
            let context = try await browser.openContext(of: person)
            do {
                try await look(&page, in: context)
            } catch BrowserFailure.refused(PageExamination.signInInstead) {
                page = page.hidden(by: PageExamination.signInInstead)
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
        } catch let failure as BrowserFailure where failure == Browser.notLoaded {
            // What it took until then says something of its memory all the same.
            try? await measure(&page, session, within: .seconds(5))
            throw failure
        }
        try await measure(&page, session, within: Self.collectionTime)
        await photograph(&page, session, width: 1_280)
        try await accessibility(&page, session)
        try await narrow(&page, session)
        try await offline(&page, session)
    }

    private func prepare(_ session: String) async throws {
        if let person { try await browser.signIn(person, in: session) }
        // Counts what blocks, from the first script on. Chromium tells nobody of the task that opens a page, often also of a script
        // in it: where a clock of 25 ms stands still meanwhile, that is how long.
        let watcher =
            "window.__longTasks=[];try{new PerformanceObserver(l=>{for(const e of l.getEntries())"
            + "if(window.__longTasks.length<500)window.__longTasks.push(e.duration)})"
            + ".observe({type:'longtask',buffered:true})}catch(e){}"
            + "(()=>{let last=performance.now();const gaps=[];const tick=()=>{const gap=performance.now()-last-25;"
            + "if(gap>50&&gaps.length<500)gaps.push(gap);last=performance.now()};setInterval(tick,25);"
            + "window.__blocked=()=>{tick();return window.__longTasks.length?window.__longTasks:gaps}})()"
        try await browser.send(
            "Page.addScriptToEvaluateOnNewDocument", .object(["source": .string(watcher)]), in: session)
    }

    // MARK: Loading

    private func navigate(_ path: String, _ session: String) async throws {
        let refusal = try await browser.withinLimit(in: session, of: site.host) {
            try await navigateOnce(path, session)
        }
        if let refusal { throw refusal.obstacle }
    }

    private func navigateOnce(_ path: String, _ session: String) async throws {
        if let error = try await browser.load("\(site.origin)\(path)", in: session) {
            throw BrowserFailure.refused("the page doesn't load: \(visible(error, limit: 80))")
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
            } catch let failure as BrowserFailure
                where failure == Browser.notLoaded && (round == 0 || best != nil)
            {
                // A busy machine, once; what was measured before stays.
                if best != nil { break }
                continue
            }
            let isFirst = !isNoted
            isNoted = true
            if isFirst {
                try await confirm(&page, session)
                await note(&page, session)
            }
            guard
                let seen = try? await evaluate(
                    "(()=>{const n=performance.getEntriesByType('navigation')[0];"
                        + "return JSON.stringify({load:n?n.loadEventEnd-n.startTime:-1,long:window.__blocked?window.__blocked():[]})})()",
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

    /// A page of somebody's that asks for a sign-in, or refuses, has not been looked at.
    private func confirm(_ page: inout PageExamination, _ session: String) async throws {
        page.sight = SignInForm.Sight(try await evaluate(SignInForm.question, session)?.string)
        guard person != nil else { return }
        if let status = await browser.documentStatus(in: session), status >= 400 {
            throw BrowserFailure.refused("it answers \(status) in the browser")
        }
        if let sight = page.sight, sight.asksForSignIn || sight.isInstead(of: page.path) {
            throw BrowserFailure.refused(PageExamination.signInInstead)
        }
        let links = try await evaluate(
            "JSON.stringify([...document.querySelectorAll('a[href]')].map(e=>String(e.href)).slice(0,100))", session)?
            .string
        page.links = (links.flatMap { JSONValue(bytes: Array($0.utf8))?.items } ?? []).compactMap(\.string)
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
                    let other = SiteURL(url)
                    let isNear = other?.host == site.host
                    let host = (isNear ? other?.authority : other?.host) ?? visible(url, limit: 60)
                    page.foreign.insert(host)
                    // Of the same host, what answers a page's script is missed like a library.
                    let kinds = isNear ? ["Script", "Fetch", "XHR"] : ["Script"]
                    if kinds.contains(event.params.at("/type")?.string ?? "") { page.foreignScripts.insert(host) }
                }
            default: break
            }
        }
        page.consoleErrors = Array((page.scriptErrors + page.consoleErrors).prefix(20))
        page.insecure = Array(page.insecure.prefix(20))
    }

    /// Whether it is let through to the site: for a stranger to all of the host, for somebody to the origin alone.
    private func isOwn(_ url: String) -> Bool {
        guard let other = SiteURL(url) else { return false }
        return other.host == site.host && (person == nil || other.port == site.port)
    }

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
        if person != nil {
            let shown = try? await evaluate(
                "(document.body?document.body.innerText:'').slice(0,500000)+' '"
                    + "+[...document.querySelectorAll('input,textarea')].map(e=>e.value).join(' ').slice(0,100000)",
                session)?
                .string
            guard let shown, redactor.redact(shown) == shown else { return }
        }
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
        guard let data = seen?.at("/data")?.string,
            let picture = Screenshot(page: page.caption, width: width, jpeg: data)
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
