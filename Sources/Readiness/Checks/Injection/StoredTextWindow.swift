/// A Chromium in which pages are opened as who wrote a text on them, where pages are opened in a browser at all.
actor StoredTextWindow {
    enum Seen: Sendable {
        /// The text became an element.
        case element
        /// The text is shown as it was written.
        case text
    }

    private let executable: String
    private let environment: [String: String]
    private let person: PagePerson
    private var pages: ChromiumPages?
    private var looks = 0

    private static let size = ScreenSize(width: 1_280, height: 860, engine: .chromium)
    private static let mostLooks = 6

    private init(_ executable: String, _ environment: [String: String], _ person: PagePerson) {
        self.executable = executable
        self.environment = environment
        self.person = person
    }

    /// Gives it to a question and closes it behind; nil where no browser is asked for, or nobody is signed in.
    static func with<Value: Sendable>(
        _ target: Reconnaissance, as who: String, _ question: (StoredTextWindow?) async throws -> Value
    ) async throws -> Value {
        guard let setup = target.configuration.browser, let executable = setup.executable,
            let session = try? await target.session(of: who)
        else { return try await question(nil) }
        let window = StoredTextWindow(executable, setup.environment, PagePerson(session, on: target.site))
        do {
            let value = try await question(window)
            await window.close()
            return value
        } catch {
            await window.close()
            throw error
        }
    }

    private func close() async { await pages?.stop() }

    /// A Chromium that is started when it is first needed; nil where none starts.
    private func opened() async -> ChromiumPages? {
        if pages == nil {
            pages = (try? await Browser.start(executable, host: person.site.host, environment: environment)).map {
                ChromiumPages(browser: $0)
            }
        }
        return pages
    }

    /// What a page makes of a text that begins with the marker and would become an element of that id; nil where the text isn't on it,
    /// or the page could not be looked at.
    func look(at path: String, for marker: String) async -> Seen? {
        guard looks < Self.mostLooks, let pages = await opened() else { return nil }
        looks += 1
        let question =
            "JSON.stringify([!!document.getElementById('\(marker)'),"
            + "(document.body?document.body.innerText:'').includes('\(marker)')])"
        guard
            let (_, answer) = try? await pages.open(
                person.site.origin + path, Self.size, asking: question, as: person),
            let seen = answer.flatMap({ JSONValue(bytes: Array($0.utf8))?.items }), seen.count == 2
        else { return nil }
        if seen.first == .bool(true) { return .element }
        return seen.last == .bool(true) ? .text : nil
    }
}
