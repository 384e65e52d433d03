/// What one page did in a browser.
struct PageExamination: Sendable {
    /// Path and query.
    var path: String
    /// Whom it was opened as; nil for a stranger.
    var person: String?
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
    /// How it came out, as far as that tells of signing in.
    var sight: SignInForm.Sight?
    /// Where its links lead on the same site, those that a script made included; of pages of somebody's.
    var links: [String] = []
    /// How it looked, at the browser's usual width and at 390 pixels.
    var screenshots: [Screenshot] = []

    /// Tasks count from here on: what people feel as a jerk.
    static let blockingLimit = 600.0
    static let loadLimit = 2_000.0
    static let signInInstead = "it shows a form to sign in instead"

    /// What a report calls it.
    var subject: String {
        "page \(visible(path, limit: 80))" + (person.map { " as `\(visible($0, limit: 40))`" } ?? "")
    }

    /// What stands below its pictures.
    var caption: String { path + (person.map { " as \($0)" } ?? "") }

    init(path: String, person: String? = nil) {
        self.path = path
        self.person = person
    }

    /// The same page as one that could not be looked at.
    func hidden(by obstacle: String) -> PageExamination {
        var page = PageExamination(path: path, person: person)
        page.isHTTPS = isHTTPS
        page.sight = sight
        page.obstacle = obstacle
        return page
    }

    /// The same with what no report may tell made unreadable in everything that the page said.
    func redacted(by redactor: Redactor) -> PageExamination {
        var page = self
        page.consoleErrors = consoleErrors.map(redactor.redact)
        page.scriptErrors = scriptErrors.map(redactor.redact)
        page.insecure = insecure.map(redactor.redact)
        page.unnamed = unnamed.map(redactor.redact)
        page.violations = violations?.map(redactor.redact)
        page.overflow = overflow.map { ($0.pixels, redactor.redact($0.element)) }
        page.obstacle = obstacle.map(redactor.redact)
        return page
    }
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
