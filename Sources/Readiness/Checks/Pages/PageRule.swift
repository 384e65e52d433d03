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
        let pages = try await target.examinedPages()
        let seen = pages.all.flatMap { page -> [Observation] in
            let subject = page.subject
            if let why = unclear(page) { return [.notAvailable(subject, why)] }
            if let reason = beside(page) { return [.notApplicable(subject, reason)] }
            guard let wrong = judge(page) else {
                return [.notAvailable(subject, page.obstacle ?? "the browser didn't say")]
            }
            if wrong.isEmpty {
                let isForm = page.person == nil && page.sight?.asksForSignIn == true
                return [.holds(subject, good(page) + (isForm ? "; it asks a stranger for a name and a password" : ""))]
            }
            return wrong.prefix(5).map { .fails(subject, $0) }
        }
        return seen + pages.beside
    }
}
