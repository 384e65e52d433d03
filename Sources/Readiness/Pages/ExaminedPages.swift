/// The pages of a run as a browser showed them, to a stranger and to the first declared person.
struct ExaminedPages: Sendable {
    var all: [PageExamination] = []
    /// Who the pages of somebody's were opened as.
    var person: PagePerson?
    /// What is to say where pages behind the sign-in could not be found.
    var beside: [Observation] = []
}

extension Reconnaissance {
    /// The start page and up to two that it links, and where somebody is declared up to three of that person's.
    func examinedPages() async throws -> ExaminedPages {
        if let examined { return try examined.get() }
        let result: Result<ExaminedPages, Obstacle>
        do {
            result = .success(try await examinePages())
        } catch let obstacle as Obstacle {
            result = .failure(obstacle)
        }
        examined = result
        return try result.get()
    }

    static let mostPages = 3

    private func examinePages() async throws -> ExaminedPages {
        guard let setup = configuration.browser, let executable = setup.executable else {
            throw Obstacle.notAvailable(
                "no Chromium is installed (\(BrowserEngine.chromium.remedy))")
        }
        var pages = ExaminedPages()
        let (paths, obstacle) = await strangersPaths()
        let (own, who) = await personsPaths(&pages)
        if let obstacle, own.isEmpty { throw obstacle }
        say("opening \(paths.count + own.count) pages in a browser")
        let browser: Browser
        do {
            browser = try await Browser.start(
                executable, host: site.host, environment: setup.environment)
        } catch {
            throw Obstacle.notAvailable("Chromium could not be started: \(error)")
        }
        var examiner = PageExaminer(browser: browser, site: site, axe: AxeScript.find(setup.environment))
        for path in paths where !Task.isCancelled {
            pages.all.append(told(await examiner.examine(path), after: pages.all))
        }
        if let who, !own.isEmpty, !Task.isCancelled { await examine(own, as: who, with: &examiner, into: &pages) }
        await browser.stop()
        if Task.isCancelled { throw Obstacle.interrupted }
        // A browser that nobody let start says so for every page alike.
        if pages.all.allSatisfy({ $0.loadMilliseconds == nil }),
            pages.all.allSatisfy({ $0.obstacle == BrowserFailure.gone.description })
        {
            throw Obstacle.notAvailable("Chromium ended at once: does it run here at all?")
        }
        return pages
    }

    private func strangersPaths() async -> ([String], Obstacle?) {
        do {
            return (try await pathsOfPages(), nil)
        } catch let obstacle as Obstacle {
            return ([], obstacle)
        } catch {
            return ([], .notAvailable("the start page could not be read: \(error)"))
        }
    }

    /// The person's pages, or why there are none, which is noted.
    private func personsPaths(_ pages: inout ExaminedPages) async -> (paths: [String], who: String?) {
        guard let who = personOfPages else { return ([], nil) }
        let subject = "pages as `\(visible(who, limit: 40))`"
        do {
            let paths = try await paths(ofPagesOf: who)
            if paths.isEmpty {
                pages.beside.append(
                    .notApplicable(subject, "no page of HTML was found that is shown to who is signed in"))
            }
            return (paths, who)
        } catch Obstacle.notAvailable(let why), Obstacle.undeclared(let why, _), Obstacle.notApplicable(let why) {
            pages.beside.append(.notAvailable(subject, redactor.redact(why)))
        } catch {
            pages.beside.append(.notAvailable(subject, redactor.redact("\(error)")))
        }
        return ([], who)
    }

    /// Opens pages of somebody's, and what a script on the first of them links as far as there is room.
    private func examine(
        _ paths: [String], as who: String, with examiner: inout PageExaminer, into pages: inout ExaminedPages
    ) async {
        var waiting = paths
        var looked: [PageExamination] = []
        while let path = waiting.first, looked.count < Self.mostPages, !Task.isCancelled {
            waiting.removeFirst()
            guard let session = try? await session(of: who) else { break }
            let person = PagePerson(session, on: site)
            (examiner.person, examiner.redactor, pages.person) = (person, redactor, person)
            var page = await examiner.examine(path)
            if looked.isEmpty, page.obstacle == PageExamination.signInInstead {
                // The session that the checks share may have come to its end: once anew.
                forgetSession(of: who)
                guard let again = try? await self.session(of: who) else { break }
                let person = PagePerson(again, on: site)
                (examiner.person, examiner.redactor, pages.person) = (person, redactor, person)
                page = await examiner.examine(path)
            }
            if looked.isEmpty, page.loadMilliseconds != nil, waiting.count + 1 < Self.mostPages {
                let known = pages.all.map(\.path) + paths
                waiting += await further(page.links, beside: known, from: page.path, of: who)
            }
            looked.append(page.redacted(by: redactor))
        }
        pages.all += looked
    }

    /// A page that shows strangers the form to sign in instead of itself is no page that was looked at.
    private func told(_ page: PageExamination, after others: [PageExamination]) -> PageExamination {
        guard let sight = page.sight, !others.isEmpty else { return page.redacted(by: redactor) }
        let isTheSame = others.contains { other in
            sight.asksForSignIn && other.sight?.asksForSignIn == true && other.sight?.beginning == sight.beginning
        }
        let hidden = isTheSame || sight.isInstead(of: page.path)
        return (hidden ? page.hidden(by: PageExamination.signInInstead) : page).redacted(by: redactor)
    }

    func redacted(_ texts: [String]) -> [String] { texts.map(redactor.redact) }

    /// The start page and up to two that it links, as far as they are HTML that browsers show.
    func pathsOfPages() async throws -> [String] {
        let start = try await livePage()
        var paths = start.answer.isShownPage ? [start.request.targetText] : []
        for page in (try? await survey().pages) ?? [] where page.answer.isShownPage && page.answer.isSuccess {
            let path = page.request.targetText
            if !paths.contains(path), paths.count < Self.mostPages { paths.append(path) }
        }
        guard !paths.isEmpty else {
            let kind = start.answer.mediaType
            let what =
                start.answer.isHTML ? "sent as a download" : kind.isEmpty ? "of no type" : visible(kind, limit: 60)
            throw Obstacle.notApplicable("the start page is \(what), and no page of HTML was found")
        }
        return paths
    }

    /// How the pages looked, in the order in which they were opened.
    func screenshots() -> [Screenshot]? {
        guard case .success(let pages)? = examined else { return nil }
        let all = pages.all.flatMap(\.screenshots)
        return all.isEmpty ? nil : all
    }

    /// What the pages came to, for the criteria of a checklist.
    func pageFigures() -> [Figure] {
        guard case .success(let examined)? = examined else { return [] }
        let pages = examined.all
        let own = pages.count { $0.person != nil && $0.loadMilliseconds != nil }
        let name = visible(examined.person?.name ?? "", limit: 40)
        let source = "\(pages.count) pages in Chromium" + (own > 0 ? ", \(own) of them as `\(name)`" : "")
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
