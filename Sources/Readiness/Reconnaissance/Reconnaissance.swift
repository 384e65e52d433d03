import FoundationEssentials
import NIOCore
import NIOPosix

/// The target as the checks see it: answers shared between them, sign-ins done once, every request counted and paced.
///
/// All checks together stay within `Bounds.requests`; the burst that tries the limit comes last and is counted apart.
actor Reconnaissance {
    struct Bounds: Sendable {
        var requests = 80
        /// Tries after a 429.
        var tries = 4
        /// This many exchanges in a row without an answer, and the target is taken for gone.
        var silences = 3
    }

    /// A part of a path that no app has, made anew for each run.
    nonisolated let nonce: String
    nonisolated let site: SiteURL
    nonisolated let configuration: ReadinessConfiguration
    nonisolated let client: ProbeClient
    /// When the run began; nil where its circumstances name no time that can be read.
    nonisolated let startedAt: Date?
    private nonisolated let startedAtText: String
    let bounds: Bounds
    /// Checks that go side by side and what they ask together keep to this.
    static let mostAtOnce = 4
    private let progress: @Sendable (String) -> Void

    var redactor = Redactor()
    var sessions: [String: Result<Session, Obstacle>] = [:]
    var newcomers: [Identity] = []
    /// Passwords that a check has given to expendable identities.
    var changedPasswords: [String: String] = [:]
    /// The start page, once somebody has asked for it.
    var startSeen: Sighting?
    var reachable: [String: [Reachable]] = [:]
    /// What people find by following links, by name.
    var walks: [String: Walk] = [:]
    var learned: [String: (id: String, Sighting)] = [:]
    var burstResult: Burst?
    var surveyed: Survey?
    /// Pages as a browser showed them, once somebody has asked.
    var examined: Result<ExaminedPages, Obstacle>?
    var presented: Result<PresentedChain, Obstacle>?
    var foundInputs: [FoundInput]?
    var described: Result<OpenAPIDescription, Obstacle>?
    private var pace = Pace()
    private var memo: [MemoKey: Result<Sighting, any Error>] = [:]
    /// What is being asked right now, for those who want the same answer.
    private var underWay: [MemoKey: Task<Sighting, any Error>] = [:]
    var signingIn: [String: Task<Session, any Error>] = [:]
    var describing: Task<OpenAPIDescription, any Error>?
    /// How many more may be under way at once.
    private var room = Reconnaissance.mostAtOnce
    private var queue: [CheckedContinuation<Void, Never>] = []
    private var silences = 0
    private var lastSilence: ContinuousClock.Instant?
    private var lastFailure = ""
    private(set) var requests = 0
    private(set) var refusedForPace = 0
    private(set) var burstRequests = 0
    private(set) var answersSeen = 0
    private(set) var routes: Set<String> = []
    private(set) var identities: Set<String> = []
    private(set) var waited = Duration.zero
    /// What the last answer that announced a limit said to remain.
    private(set) var lastRemaining: Int?
    private var secondsPerRequest: Double?

    private struct MemoKey: Hashable {
        let request: ProbeRequest
        let who: String?
    }

    init(
        site: SiteURL, configuration: ReadinessConfiguration, nonce: String, client: ProbeClient,
        startedAt: String = "", bounds: Bounds? = nil, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.site = site
        self.configuration = configuration
        self.nonce = nonce
        self.client = client
        startedAtText = startedAt
        self.startedAt = try? Date(startedAt, strategy: .iso8601)
        // Behind a sign-in there is more to ask than on a page.
        let isDeclared = !configuration.identities.isEmpty || configuration.signUp != nil
        self.bounds = bounds ?? Bounds(requests: isDeclared ? 800 : 80)
        self.progress = progress
        for identity in configuration.identities {
            redactor.learn(identity.password, as: "\(identity.name)_PASSWORD")
            if let value = identity.header?.value.split(separator: " ").last {
                redactor.learn(String(value), as: "\(identity.name)_TOKEN")
            }
        }
    }

    /// The same target under a configuration that says more: answers and counts go along.
    func continued(with configuration: ReadinessConfiguration) async -> Reconnaissance {
        let next = Reconnaissance(
            site: site, configuration: configuration, nonce: nonce, client: client, startedAt: startedAtText,
            progress: progress)
        await next.take(over: self)
        return next
    }

    private struct Seen: Sendable {
        let redactor: Redactor, newcomers: [Identity], sessions: [String: Result<Session, Obstacle>]
        let startSeen: Sighting?, surveyed: Survey?, described: Result<OpenAPIDescription, Obstacle>?
        let memo: [MemoKey: Result<Sighting, any Error>]
        let pace: Pace
        let counts: (requests: Int, refused: Int, answers: Int)
        let routes: Set<String>
        let waited: Duration
        let remaining: Int?, pause: Double?
    }

    private var seen: Seen {
        Seen(
            redactor: redactor, newcomers: newcomers, sessions: sessions, startSeen: startSeen, surveyed: surveyed,
            described: described, memo: memo, pace: pace, counts: (requests, refusedForPace, answersSeen),
            routes: routes, waited: waited, remaining: lastRemaining, pause: secondsPerRequest)
    }

    /// Goes on where another one is.
    func take(over other: Reconnaissance) async {
        let seen = await other.seen
        (redactor, newcomers, sessions) = (seen.redactor, seen.newcomers, seen.sessions)
        (startSeen, surveyed, described) = (seen.startSeen, seen.surveyed, seen.described)
        (memo, pace, routes, waited) = (seen.memo, seen.pace, seen.routes, seen.waited)
        (requests, refusedForPace, answersSeen) = seen.counts
        (lastRemaining, secondsPerRequest) = (seen.remaining, seen.pause)
    }

    // MARK: Asking

    /// Sends a request once and shares the answer with everybody who asks for the same.
    func ask(_ request: ProbeRequest, as who: String? = nil) async throws -> Sighting {
        let key = MemoKey(request: request, who: who)
        if let known = memo[key] { return try known.get() }
        if let same = underWay[key] { return try await same.value }
        let task = Task { try await self.send(request, as: who) }
        underWay[key] = task
        defer { underWay[key] = nil }
        do {
            let seen = try await cancellable(task)
            memo[key] = .success(seen)
            return seen
        } catch let failure as ClientFailure {
            memo[key] = .failure(failure)
            throw failure
        }
    }

    /// The value of a task that several may wait for; it ends when who began it is cancelled.
    nonisolated func cancellable<Value: Sendable>(_ task: Task<Value, any Error>) async throws -> Value {
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Asks for all of them side by side where the app is slow to refuse, so that whoever asks one after the other finds the
    /// answers waiting. Nothing is asked that wouldn't be asked anyway.
    func ahead(_ requests: [ProbeRequest]) async {
        guard requests.count > 1, let unknown = try? await unknownPage(), unknown.answer.milliseconds >= 250 else {
            return
        }
        await withTaskGroup(of: Void.self) { group in
            for request in requests { group.addTask { _ = try? await self.ask(request) } }
        }
    }

    private func enter() async {
        if room > 0 {
            room -= 1
        } else {
            await withCheckedContinuation { queue.append($0) }
        }
    }

    private func leave() {
        if queue.isEmpty {
            room += 1
        } else {
            queue.removeFirst().resume()
        }
    }

    /// One more exchange without an answer; of several that hung at the same time, one.
    private func noteSilence(since start: ContinuousClock.Instant, _ why: String) {
        lastFailure = why
        if let lastSilence, start < lastSilence { return }
        silences += 1
        lastSilence = .now
    }

    func get(_ path: String, _ fields: [(String, String)] = [], as who: String? = nil) async throws -> Sighting {
        try await ask(.get(path, fields), as: who)
    }

    /// Sends a request now. A write gets the fields that a browser would send from the app's own pages, unless it
    /// brings an `Origin` or `Sec-Fetch-Site` of its own. A 429 is waited for; a probe never sees one.
    func send(
        _ request: ProbeRequest, as who: String? = nil, elsewhere: SiteURL? = nil, by other: ProbeClient? = nil
    ) async throws -> Sighting {
        let full = try await dressed(request, as: who)
        let destination = elsewhere ?? site
        await enter()
        defer { leave() }
        for _ in 0..<bounds.tries {
            try await makeWay()
            let answer: Answer
            let start = ContinuousClock.now
            do {
                answer = try await (other ?? client).send(full, to: destination)
                // Dripping is no answer either: a few of these would take the time of the whole run.
                if answer.ending == .cutByUs(Answer.timeWasUp) {
                    noteSilence(since: start, "its answers don't end in time")
                } else {
                    silences = 0
                }
            } catch let failure as ClientFailure {
                if elsewhere == nil, failure != .closedWithoutAnswer {
                    noteSilence(since: start, failure.description)
                }
                throw failure
            }
            note(answer)
            routes.insert("\(full.method) \(full.targetText.prefix { $0 != "?" })")
            identities.insert(who ?? "anonymous")
            if answer.status != 429 {
                let evidence = redactor.evidence(full, to: destination, answer: answer)
                return Sighting(request: full, answer: answer, evidence: evidence)
            }
            refusedForPace += 1
        }
        throw Obstacle.notAvailable("the target kept answering 429, though we waited as it asked")
    }

    /// Sends several at the same moment, each after its delay, for races. Where the target announces less room than
    /// they need, it waits first.
    func volley(
        _ requests: [(request: ProbeRequest, delay: Duration)], as who: String?
    ) async throws -> [TimedExchange] {
        var full: [(request: ProbeRequest, delay: Duration)] = []
        for item in requests {
            full.append((try await dressed(item.request, as: who), item.delay))
            try await makeWay()
        }
        try await makeRoom(for: full.count)
        let exchanges: [TimedExchange]
        do {
            exchanges = try await client.sendTogether(full, to: site)
        } catch is CancellationError {
            throw Obstacle.interrupted
        }
        for exchange in exchanges {
            routes.insert("\(exchange.request.method) \(exchange.request.targetText.prefix { $0 != "?" })")
            guard case .success(let answer) = exchange.result else { continue }
            note(answer)
            if answer.status == 429 { refusedForPace += 1 }
        }
        identities.insert(who ?? "anonymous")
        return exchanges
    }

    /// Sends a request once, whatever comes back: for probes that look for the refusal that others wait out.
    func sendOnce(_ request: ProbeRequest, as who: String? = nil) async throws -> Sighting {
        let full = try await dressed(request, as: who)
        try await makeWay()
        let answer = try await client.send(full, to: site)
        // A refusal that was asked for is no sign that everybody has to wait.
        if answer.status != 429 { note(answer) }
        return evidence(full, answer)
    }

    private func dressed(_ request: ProbeRequest, as who: String?) async throws -> ProbeRequest {
        var full = request
        let isWrite = !["GET", "HEAD", "OPTIONS", "TRACE"].contains(request.method)
        if isWrite, request.field("Origin") == nil, request.field("Sec-Fetch-Site") == nil {
            full = full.adding("Origin", site.origin).adding("Sec-Fetch-Site", "same-origin")
        }
        if let who {
            let session = try await session(of: who)
            if request.field("Cookie") == nil {
                for field in session.fields where request.field(field.0) == nil { full = full.adding(field.0, field.1) }
            }
            // Other sites don't know it.
            if isWrite, request.field("Sec-Fetch-Site") == nil || request.field("Sec-Fetch-Site") == "same-origin" {
                for field in session.guards where request.field(field.name) == nil {
                    full = full.adding(field.name, field.value)
                }
            }
        }
        return full
    }

    private func note(_ answer: Answer) {
        answersSeen += 1
        let limits = answer.limits
        pace.note(status: answer.status, limits, now: .now)
        if let remaining = limits.remaining { lastRemaining = remaining }
        if let pause = limits.secondsPerRequest { secondsPerRequest = pause }
    }

    /// Waits as the target asks, and counts.
    private func makeWay() async throws {
        guard silences < bounds.silences else {
            throw Obstacle.notAvailable("the target stopped answering (\(lastFailure))")
        }
        guard requests - refusedForPace < bounds.requests else {
            throw Obstacle.notAvailable("the \(bounds.requests) requests that a run may send were spent")
        }
        let wait = pace.wait(now: .now)
        if wait > .zero {
            progress("the target asks for a pause of \(wait.components.seconds + 1) s")
            waited += wait
            try await pause(wait)
        }
        if Task.isCancelled { throw Obstacle.interrupted }
        requests += 1
    }

    /// Waits until several requests at once should be welcome, by what the target announced; ten seconds at most.
    private func makeRoom(for count: Int) async throws {
        guard let lastRemaining, lastRemaining <= count else { return }
        let seconds = min(10, Double(count + 1) * (secondsPerRequest ?? 1))
        progress("waiting for room for \(count) requests at once")
        waited += .seconds(seconds)
        try await pause(.seconds(seconds))
    }

    func pause(_ time: Duration) async throws {
        do {
            try await Task.sleep(for: time, clock: .continuous)
        } catch {
            throw Obstacle.interrupted
        }
    }

    /// Whether anybody got in.
    var hasSignedIn: Bool { sessions.values.contains { if case .success = $0 { true } else { false } } }

    // MARK: For the burst

    func countBurst(_ count: Int) { burstRequests += count }

    func say(_ text: String) { progress(text) }

    func remember(_ value: String, as name: String) { redactor.learn(value, as: name) }

    func evidence(_ request: ProbeRequest, _ answer: Answer) -> Sighting {
        Sighting(request: request, answer: answer, evidence: redactor.evidence(request, to: site, answer: answer))
    }
}
