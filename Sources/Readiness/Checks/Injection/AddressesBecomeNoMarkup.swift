/// Whether something that an address says becomes an element of a page, or runs in it, as a browser has it: also where a script of
/// the page's own does that, and no answer shows it.
struct AddressesBecomeNoMarkup: Check {
    let sheet = CheckSheet(
        "injection.dom-script", "What an address says becomes no markup in a browser", area: .injection, side: .app,
        severity: .critical, asvs: "V3.2.2", flaw: "fragment-as-markup", needs: [.browser],
        rationale:
            "A script that writes `location.hash` or a parameter with innerHTML runs what a link says, and no server sees it.",
        remediation:
            "textContent or createTextNode for text; DOMPurify where markup is meant; addresses checked by scheme.")

    private static let size = ScreenSize(width: 1_280, height: 860, engine: .chromium)
    private static let mostInputs = 6

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let setup = target.configuration.browser, let executable = setup.executable else {
            throw Obstacle.notAvailable("no Chromium is installed (\(BrowserEngine.chromium.remedy))")
        }
        let (tries, person) = try await tries(target)
        await target.say("opening \(tries.count) addresses in a browser")
        let pages: ChromiumPages
        do {
            pages = ChromiumPages(
                browser: try await Browser.start(executable, host: target.site.host, environment: setup.environment))
        } catch {
            throw Obstacle.notAvailable("Chromium could not be started: \(error)")
        }
        var observations: [Observation] = []
        var broken: Set<String> = []
        for one in tries where !Task.isCancelled && !broken.contains(one.subject) {
            let observation = await look(one, as: one.isOwn ? person : nil, on: target.site, in: pages, target.nonce)
            if observation.outcome == .fails { broken.insert(one.subject) }
            observations.append(observation)
        }
        await pages.stop()
        if Task.isCancelled { throw Obstacle.interrupted }
        return merged(observations)
    }

    private struct Try {
        let subject: String
        let address: String
        /// Whether it is opened as the first declared person.
        var isOwn = false
    }

    /// The pages with a fragment, the inputs with markup and with an address that runs; what is behind the sign-in as somebody.
    private func tries(_ target: Reconnaissance) async throws -> ([Try], PagePerson?) {
        let nonce = target.nonce
        let markup = "'\"><b id=e\(nonce)></b><img src=data:, onerror=window.z\(nonce)=1>"
        let script = "javascript:window.z\(nonce)=1"
        var person: PagePerson?
        var own: [String] = []
        if let who = target.personOfPages, let session = try? await target.session(of: who) {
            person = PagePerson(session, on: target.site)
            own = (try? await target.paths(ofPagesOf: who)) ?? []
        }
        var paths: [String] = []
        do {
            paths = try await target.pathsOfPages()
        } catch {
            if own.isEmpty { throw error }
        }
        let name = person.map { " as `\(visible($0.name, limit: 40))`" } ?? ""
        func page(_ path: String, _ who: String, isOwn: Bool) -> Try {
            Try(
                subject: "page \(visible(path, limit: 80))\(who), #", address: "\(path)#\(formEncoded(markup))",
                isOwn: isOwn)
        }
        var tries = paths.map { page($0, "", isOwn: false) } + own.map { page($0, name, isOwn: true) }
        for input in ((try? await target.inputs()) ?? []).prefix(Self.mostInputs) {
            let isOwn = input.isBehindSignIn && person != nil
            let subject =
                "\(visible(input.path, limit: 60)), \(visible(input.name, limit: 20))\(isOwn ? name : "")"
            for value in [markup, script] {
                let address = fill(input.template(), ["value": formEncoded(value)])
                tries.append(Try(subject: subject, address: address, isOwn: isOwn))
            }
        }
        return (tries, person)
    }

    private func look(
        _ one: Try, as person: PagePerson?, on site: SiteURL, in pages: ChromiumPages, _ nonce: String
    ) async -> Observation {
        let question = "JSON.stringify([window.z\(nonce)===1,!!document.getElementById('e\(nonce)')])"
        do {
            let (_, answer) = try await pages.open(site.origin + one.address, Self.size, asking: question, as: person)
            let seen = answer.flatMap { JSONValue(bytes: Array($0.utf8))?.items } ?? []
            guard seen.count == 2 else { return .notAvailable(one.subject, "the browser didn't say") }
            if seen.first == .bool(true) {
                return .fails(one.subject, "what the address says ran as a script in Chromium")
            }
            if seen.last == .bool(true) {
                return .fails(one.subject, "what the address says became an element in Chromium")
            }
            return .holds(one.subject, "nothing of the address became markup in Chromium")
        } catch {
            return .notAvailable(one.subject, "\(error)")
        }
    }

    /// One observation for each subject, the worst of its tries.
    private func merged(_ all: [Observation]) -> [Observation] {
        var kept: [Observation] = []
        for one in all {
            if let index = kept.firstIndex(where: { $0.subject == one.subject }) {
                if kept[index].outcome == .holds, one.outcome != .holds { kept[index] = one }
            } else {
                kept.append(one)
            }
        }
        return kept
    }
}
