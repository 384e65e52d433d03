/// What a look around an app found of which nothing is declared: pages, forms, and scripts that send requests.
///
/// It tells "there is none" from "could not look": only who has looked may say that an app has no sign-in.
struct Survey: Sendable {
    struct FoundForm: Sendable {
        let form: PageScan.Form
        /// Where it sends.
        let path: String
        let page: Sighting
    }

    var pages: [Sighting] = []
    var forms: [FoundForm] = []
    /// A script that sends requests of its own: what it may sign in or write, no form shows.
    var sender: String?

    var signIn: FoundForm? { forms.first { $0.form.hasPassword } }
    var write: FoundForm? { forms.first { $0.form.method == "POST" } }
}

extension Reconnaissance {
    private static let usualSignIns = ["/login", "/sign-in"]
    private static let mostAnchors = 3

    /// The start page, where sign-ins usually are, and a few pages that the start page links; asked once a run.
    func survey() async throws -> Survey {
        if let surveyed { return surveyed }
        let start = try await livePage()
        var survey = Survey()
        var paths: [String] = []
        if start.answer.isHTML { paths += anchors(of: start) }
        // Where anything gets a page, a page under a usual name says nothing.
        if !(try await answersAnything()) { paths += Self.usualSignIns.filter { !paths.contains($0) } }
        var pages = [start]
        for path in paths {
            guard let seen = try? await get(path, Self.browser), seen.answer.isSuccess else { continue }
            pages.append(seen)
        }
        survey.pages = pages
        for page in pages where page.answer.isHTML {
            let base = site.withPath(page.request.targetText)
            let scan = PageScan(html: page.answer.bodyText)
            for form in scan.forms {
                let action = form.action.isEmpty ? base : base.resolving(location: form.action)
                guard let action, action.isSameOrigin(as: site) else { continue }
                survey.forms.append(.init(form: form, path: action.path, page: page))
            }
            if survey.sender == nil { survey.sender = await sender(scan, base) }
        }
        surveyed = survey
        return survey
    }

    func anchors(of page: Sighting) -> [String] {
        let base = site.withPath(page.request.targetText)
        var found: [String] = []
        for link in PageScan(html: page.answer.bodyText).anchors where found.count < Self.mostAnchors {
            guard let url = base.resolving(location: link), url.isSameOrigin(as: site), url.path != base.path,
                !found.contains(url.path), !Self.acts(url.path)
            else { continue }
            let last = url.path.prefix { $0 != "?" }.split(separator: "/").last ?? ""
            // Files are no pages.
            if last.contains("."), !last.hasSuffix(".html"), !last.hasSuffix(".php") { continue }
            found.append(url.path)
        }
        return found
    }

    /// The first script of a page that sends requests; two files of its own origin are read.
    private func sender(_ scan: PageScan, _ base: SiteURL) async -> String? {
        func sends(_ text: String) -> Bool {
            ["fetch(", "XMLHttpRequest", "axios", "sendBeacon", "$.post", "$.ajax"].contains { text.contains($0) }
        }
        if scan.inlineScripts.contains(where: sends) { return "a script in \(visible(base.path, limit: 60))" }
        let own = scan.scripts.compactMap { base.resolving(location: $0) }.filter { $0.isSameOrigin(as: site) }
        for url in own.prefix(2) {
            guard let seen = try? await get(url.path) else { continue }
            if sends(seen.answer.bodyText) { return "the script \(visible(url.path, limit: 60))" }
        }
        return own.count > 2 ? "\(own.count) scripts of \(visible(base.path, limit: 60))" : nil
    }

    /// Why nothing can be said of sessions, where no sign-in is declared.
    func withoutSession() async throws -> Obstacle {
        if configuration.hasNoSignIn {
            return .notApplicable("readiness.yaml says that nobody signs in (`login: none`)")
        }
        let survey = try await survey()
        if let form = survey.signIn {
            return .undeclared("there is a sign-in at \(form.path), and nobody is declared who may use it", [.login])
        }
        if let sender = survey.sender {
            return .undeclared("\(sender) sends requests: whether people sign in by it can't be told", [.login])
        }
        return .notApplicable("no session cookie in \(answersSeen) answers, no sign-in on \(count(survey.pages))")
    }

    /// Why no write can be tried, where none is declared and no form posts.
    func withoutWrite(_ seen: String = "") async throws -> Obstacle {
        let survey = try await survey()
        if let sender = survey.sender, !configuration.hasNoSignIn {
            return .undeclared("\(seen)\(sender) sends requests: what it writes can't be told", [.login])
        }
        return .notApplicable("\(seen)no form that posts and no script that sends on \(count(survey.pages))")
    }

    /// Why no JSON can be sent, where no operation is known that reads it.
    func withoutJSON(_ seen: String) async throws -> Obstacle {
        let survey = try await survey()
        if let sender = survey.sender {
            return .undeclared("\(seen), but \(sender) sends requests: what reads them isn't known", [.openAPI])
        }
        return .notApplicable("\(seen), and no script on \(count(survey.pages)) sends any")
    }

    private func count(_ pages: [Sighting]) -> String { "\(pages.count) page\(pages.count == 1 ? "" : "s")" }
}
