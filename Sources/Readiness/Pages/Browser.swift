import Foundation

/// Why a browser gave no answer.
enum BrowserFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case gone
    case late(String)
    case refused(String)
    case crashed
    case tooMuchMemory

    var description: String {
        switch self {
        case .gone: "the browser ended"
        case .late(let what): "no answer in time to \(what)"
        case .refused(let why): why
        case .crashed: "the page crashed the browser's process"
        case .tooMuchMemory: "the page took more than 1 GiB of memory and was stopped"
        }
    }
}

/// What a browser is spoken to in: commands with numbered answers, and events.
enum BrowserLanguage: Sendable {
    /// Chromium's DevTools protocol; a session is a page.
    case devTools
    /// WebDriver BiDi (W3C), which Firefox speaks; a session is a browsing context.
    case webDriverBiDi

    /// The page that an event speaks of.
    func session(of message: JSONValue) -> String {
        switch self {
        case .devTools: message.at("/sessionId")?.string ?? ""
        case .webDriverBiDi:
            message.at("/params/context")?.string ?? message.at("/params/source/context")?.string ?? ""
        }
    }

    /// Why a command was refused; nil where it was not.
    func refusal(in message: JSONValue) -> String? {
        switch self {
        case .devTools: message.at("/error/message")?.string
        case .webDriverBiDi:
            message.at("/type")?.string == "error"
                ? message.at("/message")?.string ?? message.at("/error")?.string ?? "an error" : nil
        }
    }
}

/// Commands to a browser with their answers, and what pages tell of themselves. Everything has a limit in time.
actor Browser {
    struct Event: Sendable {
        var method: String
        var params: JSONValue
    }

    /// What a page may tell before nobody listens any more.
    private static let mostEvents = 5_000
    private static let mostMemory = 1_073_741_824

    private let link: any BrowserLink
    private let language: BrowserLanguage
    private var pending: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
    private var next = 0
    private var events: [String: [Event]] = [:]
    private var waiters: [Int: Waiter] = [:]
    private var dead: [String: BrowserFailure] = [:]
    private var end: BrowserFailure?
    private var tasks: [Task<Void, Never>] = []
    /// How long it waits, in all, for a site that refuses by its limit.
    var patience = Pace.longest

    private struct Waiter {
        var session: String
        var methods: Set<String>
        var continuation: CheckedContinuation<Event, any Error>
    }

    private init(_ link: any BrowserLink, _ language: BrowserLanguage) {
        self.link = link
        self.language = language
    }

    /// The group of its processes.
    nonisolated var pid: pid_t { link.group.pid }
    /// What they take of memory, all together; 0 when they are gone.
    nonisolated func residentBytes() -> Int { link.group.residentBytes() }

    /// A Chromium.
    static func start(
        _ executable: String, host: String, environment: [String: String]
    ) async throws -> Browser {
        let browser = Browser(
            try BrowserProcess(executable, host: host, environment: environment), .devTools)
        await browser.listen()
        return browser
    }

    /// A browser that is spoken to through this.
    static func over(_ link: any BrowserLink, _ language: BrowserLanguage) async -> Browser {
        let browser = Browser(link, language)
        await browser.listen()
        return browser
    }

    private func listen() {
        tasks.append(
            Task { [link, weak self] in
                for await message in link.messages { await self?.take(message) }
                await self?.finish(.gone)
            })
        tasks.append(
            Task { [link, weak self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(250), clock: .continuous)
                    if link.group.residentBytes() > Self.mostMemory {
                        await self?.finish(.tooMuchMemory)
                        kill(-link.group.pid, SIGKILL)
                        return
                    }
                }
            })
    }

    func stop() async {
        finish(.gone)
        for task in tasks { task.cancel() }
        let link = link
        await Task.detached { link.stop() }.value
    }

    private func finish(_ failure: BrowserFailure) {
        guard end == nil else { return }
        end = failure
        for continuation in pending.values { continuation.resume(throwing: failure) }
        for waiter in waiters.values { waiter.continuation.resume(throwing: failure) }
        pending = [:]
        waiters = [:]
    }

    // MARK: Commands

    @discardableResult
    func send(
        _ method: String, _ params: JSONValue = .object([:]), in session: String? = nil,
        within limit: Duration = .seconds(5)
    ) async throws -> JSONValue {
        if let end { throw end }
        if let session, let why = dead[session] { throw why }
        next += 1
        let id = next
        var message: [String: JSONValue] = ["id": .integer(Int64(id)), "method": .string(method), "params": params]
        if let session { message["sessionId"] = .string(session) }
        let bytes = Array(JSONValue.object(message).compact.utf8)
        let timer = Task { [weak self] in
            try? await Task.sleep(for: limit, clock: .continuous)
            await self?.fail(id, .late(method))
        }
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            pending[id] = continuation
            link.send(bytes)
        }
    }

    private func fail(_ id: Int, _ failure: BrowserFailure) {
        pending.removeValue(forKey: id)?.resume(throwing: failure)
    }

    /// A new page that downloads nothing and takes any certificate; gives its session.
    ///
    /// - Parameter domains: whose events it tells.
    func openPage(in context: JSONValue, enabling domains: [String]) async throws -> String {
        let target = try await send(
            "Target.createTarget", .object(["url": .string("about:blank"), "browserContextId": context]))
        guard let id = target.at("/targetId"),
            let session = try await send(
                "Target.attachToTarget", .object(["targetId": id, "flatten": .bool(true)])
            ).at("/sessionId")?.string
        else { throw BrowserFailure.refused("no page") }
        for domain in domains { try await send("\(domain).enable", in: session) }
        try await send(
            "Browser.setDownloadBehavior", .object(["behavior": .string("deny"), "browserContextId": context]))
        try await send("Security.setIgnoreCertificateErrors", .object(["ignore": .bool(true)]), in: session)
        return session
    }

    /// The next of these events, or the first that has come already since `forget`.
    func wait(for methods: Set<String>, in session: String, within limit: Duration) async throws -> Event {
        if let end { throw end }
        if let why = dead[session] { throw why }
        if let known = events[session]?.first(where: { methods.contains($0.method) }) { return known }
        next += 1
        let id = next
        let timer = Task { [weak self] in
            try? await Task.sleep(for: limit, clock: .continuous)
            await self?.fail(waiter: id, .late(methods.sorted().joined(separator: " or ")))
        }
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            waiters[id] = Waiter(session: session, methods: methods, continuation: continuation)
        }
    }

    private func fail(waiter id: Int, _ failure: BrowserFailure) {
        waiters.removeValue(forKey: id)?.continuation.resume(throwing: failure)
    }

    func told(in session: String) -> [Event] { events[session] ?? [] }
    func forget(in session: String) { events[session] = [] }

    // MARK: What it says

    private func take(_ bytes: [UInt8]) {
        guard end == nil, let message = try? JSONReader.value(bytes, mostValues: 500_000) else { return }
        if case .integer(let number)? = message.at("/id") {
            guard let continuation = pending.removeValue(forKey: Int(number)) else { return }
            if let why = language.refusal(in: message) {
                continuation.resume(throwing: BrowserFailure.refused(visible(why, limit: 200)))
            } else {
                continuation.resume(returning: message.at("/result") ?? .object([:]))
            }
            return
        }
        guard let method = message.at("/method")?.string else { return }
        let session = language.session(of: message)
        let event = Event(method: method, params: message.at("/params") ?? .object([:]))
        switch method {
        case "Page.javascriptDialogOpening":
            // alert(), confirm() and leaving questions stop a page until somebody answers.
            Task {
                _ = try? await self.send("Page.handleJavaScriptDialog", .object(["accept": .bool(false)]), in: session)
            }
        case "Inspector.targetCrashed": lose(session, .crashed)
        case "Target.detachedFromTarget":
            if let gone = event.params.at("/sessionId")?.string { lose(gone, .refused("the page closed itself")) }
        default: break
        }
        if events[session, default: []].count < Self.mostEvents { events[session, default: []].append(event) }
        for (id, waiter) in waiters where waiter.session == session && waiter.methods.contains(method) {
            waiters.removeValue(forKey: id)?.continuation.resume(returning: event)
        }
    }

    private func lose(_ session: String, _ failure: BrowserFailure) {
        dead[session] = failure
        for (id, waiter) in waiters where waiter.session == session {
            waiters.removeValue(forKey: id)?.continuation.resume(throwing: failure)
        }
    }
}
