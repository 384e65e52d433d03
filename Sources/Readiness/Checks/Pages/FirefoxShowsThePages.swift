/// Whether what Chromium shows without an error, Firefox shows as well.
struct FirefoxShowsThePages: Check {
    let sheet = CheckSheet(
        "pages.firefox", "Pages work in Firefox as they do in Chromium", area: .pages, side: .app, severity: .minor,
        asvs: nil, flaw: "chromium-only-script", needs: [.browser],
        rationale:
            "What only one engine has, such as `performance.memory`, throws in the others: there the page stops in the middle.",
        remediation:
            "Ask whether a feature is there before its use, or take one that all engines have (caniuse, Baseline).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let setup = target.configuration.browser, let executable = setup.executable(of: .firefox) else {
            throw Obstacle.notApplicable("no Firefox is installed here (\(BrowserEngine.firefox.remedy))")
        }
        let pages = try await target.examinedPages()
        var observations: [Observation] = []
        // One for strangers, and one that reaches nothing but the origin for who is signed in.
        for person in [PagePerson?.none] + (pages.person.map { [$0] } ?? []) {
            let own = pages.all.filter { $0.person == person?.name }
            guard !own.isEmpty, !Task.isCancelled else { continue }
            await target.say("opening \(own.count) pages in Firefox")
            let firefox: FirefoxPages
            do {
                firefox = try await FirefoxPages.start(
                    executable, host: person?.place ?? target.site.host, environment: setup.environment)
            } catch {
                throw Obstacle.notAvailable("Firefox could not be started: \(error)")
            }
            for page in own where !Task.isCancelled {
                observations += await look(at: page, on: target, as: person, in: firefox)
            }
            await firefox.stop()
        }
        if Task.isCancelled { throw Obstacle.interrupted }
        return observations
    }

    private static let desktop = ScreenSize(width: 1_280, height: 860, engine: .firefox)
    private static let phone = ScreenSize(width: 390, height: 844, engine: .firefox)

    private func look(
        at page: PageExamination, on target: Reconnaissance, as person: PagePerson?, in firefox: FirefoxPages
    ) async -> [Observation] {
        let subject = page.subject
        guard page.loadMilliseconds != nil else {
            return [.notAvailable(subject, page.obstacle ?? "the browser didn't say")]
        }
        var (wide, narrow): (PageLook, PageLook)
        do {
            let address = "\(target.site.origin)\(page.path)"
            wide = try await firefox.open(address, Self.desktop, as: person)
            narrow = try await firefox.open(address, Self.phone, as: person)
        } catch BrowserFailure.refused(let why) where why.hasPrefix(FirefoxPages.notLoading) {
            return [.fails(subject, "\(why) in Firefox, and does in Chromium")]
        } catch {
            return [.notAvailable(subject, "Firefox: \(error)")]
        }
        if person != nil, let status = wide.status, status >= 400 {
            return [.notAvailable(subject, "it answers \(status) in Firefox")]
        }
        wide.errors = await target.redacted(wide.errors)
        narrow.errors = await target.redacted(narrow.errors)
        let wrong = Self.wrong(page, wide, narrow)
        if !wrong.isEmpty { return wrong.prefix(5).map { .fails(subject, $0) } }
        guard page.consoleErrors.isEmpty || wide.errors.isEmpty else {
            return [.notApplicable(subject, "it has errors in both browsers: pages.console-errors judges them")]
        }
        return [.holds(subject, "no error, and nothing that sticks out, in Firefox that Chromium doesn't have")]
    }

    /// What is wrong in Firefox alone. An error counts that came both times, and that isn't one of Chromium's in other words: engines
    /// word their own differently, so that there must be more of them, too.
    static func wrong(_ page: PageExamination, _ wide: PageLook, _ narrow: PageLook) -> [String] {
        var wrong: [String] = []
        let both = wide.errors.filter(narrow.errors.contains)
        if both.count > page.scriptErrors.count {
            let own = both.filter { error in !page.scriptErrors.contains { $0.contains(error) || error.contains($0) } }
            wrong += Array(Set(own)).sorted().map { "\($0), in Firefox only" }
        }
        if page.hasNarrow, page.overflow == nil, narrow.overflow >= 2 {
            wrong.append("\(narrow.overflow) pixels stick out at 390, in Firefox only")
        }
        return wrong
    }
}
