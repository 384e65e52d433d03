/// A question to every page that a browser of ours has opened. The pages are opened once, for all of them.
struct PageRule: Check {
    let sheet: CheckSheet
    /// What is wrong with a page, nil when it could not be told; empty when it is as it should be.
    let judge: @Sendable (PageExamination) -> [String]?
    /// What to say of a page that is as it should be.
    let good: @Sendable (PageExamination) -> String
    /// Why this page can't be judged here, whatever it shows.
    let unclear: @Sendable (PageExamination) -> String?
    /// Why the question isn't one for a page; nil when it is.
    let beside: @Sendable (PageExamination) -> String?

    init(
        _ id: String, _ title: String, severity: Severity, flaw: String, rationale: String, remediation: String,
        judge: @escaping @Sendable (PageExamination) -> [String]?,
        good: @escaping @Sendable (PageExamination) -> String,
        unclear: @escaping @Sendable (PageExamination) -> String? = { _ in nil },
        beside: @escaping @Sendable (PageExamination) -> String? = { _ in nil }
    ) {
        sheet = CheckSheet(
            id, title, area: .pages, side: .app, severity: severity, asvs: nil, flaw: flaw, needs: [.browser],
            rationale: rationale, remediation: remediation)
        self.judge = judge
        self.good = good
        self.unclear = unclear
        self.beside = beside
    }

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await target.examinedPages().flatMap { page -> [Observation] in
            let subject = "page \(visible(page.path, limit: 80))"
            if let why = unclear(page) { return [.notAvailable(subject, why)] }
            if let reason = beside(page) { return [.notApplicable(subject, reason)] }
            guard let wrong = judge(page) else {
                return [.notAvailable(subject, page.obstacle ?? "the browser didn't say")]
            }
            if wrong.isEmpty { return [.holds(subject, good(page))] }
            return wrong.prefix(5).map { .fails(subject, $0) }
        }
    }
}

extension Reconnaissance {
    /// The start page and up to two that it links.
    func examinedPages() async throws -> [PageExamination] {
        if let examined { return try examined.get() }
        let result: Result<[PageExamination], Obstacle>
        do {
            result = .success(try await examinePages())
        } catch let obstacle as Obstacle {
            result = .failure(obstacle)
        }
        examined = result
        return try result.get()
    }

    private static let mostPages = 3

    private func examinePages() async throws -> [PageExamination] {
        guard let setup = configuration.browser, let executable = setup.executable else {
            throw Obstacle.notAvailable(
                "no Chromium is installed (\(BrowserEngine.chromium.remedy))")
        }
        let paths = try await pathsOfPages()
        say("opening \(paths.count) pages in a browser")
        let browser: Browser
        do {
            browser = try await Browser.start(
                executable, host: site.host, environment: setup.environment)
        } catch {
            throw Obstacle.notAvailable("Chromium could not be started: \(error)")
        }
        let axe = AxeScript.find(setup.environment)
        var pages: [PageExamination] = []
        for path in paths where !Task.isCancelled {
            pages.append(await PageExaminer(browser: browser, site: site, axe: axe).examine(path))
        }
        await browser.stop()
        if Task.isCancelled { throw Obstacle.interrupted }
        // A browser that nobody let start says so for every page alike.
        if pages.allSatisfy({ $0.loadMilliseconds == nil }),
            pages.allSatisfy({ $0.obstacle == BrowserFailure.gone.description })
        {
            throw Obstacle.notAvailable("Chromium ended at once: does it run here at all?")
        }
        return pages
    }

    /// The start page and up to two that it links, as far as they are HTML.
    func pathsOfPages() async throws -> [String] {
        let start = try await livePage()
        var paths = start.answer.isHTML ? [start.request.targetText] : []
        for page in (try? await survey().pages) ?? [] where page.answer.isHTML && page.answer.isSuccess {
            let path = page.request.targetText
            if !paths.contains(path), paths.count < Self.mostPages { paths.append(path) }
        }
        guard !paths.isEmpty else {
            let kind = start.answer.mediaType
            throw Obstacle.notApplicable(
                "the start page is \(kind.isEmpty ? "of no type" : visible(kind, limit: 60)), and no page of HTML was found"
            )
        }
        return paths
    }

    /// How the pages looked, in the order in which they were opened.
    func screenshots() -> [Screenshot]? {
        guard case .success(let pages)? = examined else { return nil }
        let all = pages.flatMap(\.screenshots)
        return all.isEmpty ? nil : all
    }

    /// What the pages came to, for the criteria of a checklist.
    func pageFigures() -> [Figure] {
        guard case .success(let pages)? = examined else { return [] }
        let source = "\(pages.count) pages in Chromium"
        var figures: [Figure] = []
        func add(_ id: String, _ value: Double?) {
            if let value { figures.append(Figure(id: id, value: value, source: source)) }
        }
        add("load.page-time", pages.compactMap(\.loadMilliseconds).max())
        add("browser.memory", pages.compactMap(\.heapBytes).max().map { $0 / 1_048_576 })
        let loaded = pages.filter { $0.loadMilliseconds != nil }
        if !loaded.isEmpty { add("browser.long-tasks", Double(loaded.map(\.longTasks.count).reduce(0, +))) }
        add("browser.component-score", pages.compactMap(\.score).min().map(Double.init))
        let violations = pages.compactMap(\.violations)
        if !violations.isEmpty { add("browser.accessibility-violations", Double(violations.map(\.count).reduce(0, +))) }
        return figures
    }
}
