import Foundation
import Histogram
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends people at a site at given times, whether or not those before them were served.
///
/// The latency of a request counts from when it was due: a server (or a full pool) that stalls for a second is charged
/// with every request that was due in it, not with the one that happened to be under way. The first request of a visit
/// is due at the visit's arrival, every other one after the pause that follows the answer before it. Everything here
/// lives on one event loop.
final class LoadGenerator {
    struct Phase: Sendable {
        /// People per second on this loop.
        var rate: Double
        var warmUp: Double
        var duration: Double
    }

    private let loop: any EventLoop
    private let plan: LoadPlan
    private let site: SiteURL
    private let credentials: [String: [HeaderField]]
    private let context: NIOSSLContext?
    private let phase: Phase
    private var random: LoadRandom
    private let totalWeight: Double

    private var idle: [LoadConnection] = []
    private var open = 0
    private var waiting: [(LoadConnection?, String?) -> Void] = []
    private var waitingFrom = 0
    private var recorder = LoadRecorder()
    private var inside = 0
    private var insideSince = NIODeadline.now()
    private var visits = 0
    private var start = NIODeadline.now()
    private var end = NIODeadline.now()
    private var nextArrival = NIODeadline.now()
    private var arrivalsAreOver = false
    private let done: EventLoopPromise<LoadRecorder>
    private var isDone = false

    /// People inside at once on one loop; who would come on top is turned away and counts as failed.
    private static let mostInside = 50_000

    init(
        loop: any EventLoop, plan: LoadPlan, site: SiteURL, credentials: [String: [HeaderField]],
        context: NIOSSLContext?,
        phase: Phase, seed: UInt64, done: EventLoopPromise<LoadRecorder>
    ) {
        self.loop = loop
        self.plan = plan
        self.site = site
        self.credentials = credentials
        self.context = context
        self.phase = phase
        self.random = LoadRandom(seed: seed)
        self.totalWeight = plan.scenarios.reduce(0) { $0 + $1.weight }
        self.done = done
    }

    // MARK: Arrivals

    func begin() {
        start = .now()
        insideSince = start
        end = start + .span(phase.warmUp + phase.duration)
        nextArrival = start + gap()
        scheduleArrival()
    }

    /// No more arrivals; what is under way is given up after a second.
    func stop() {
        guard !arrivalsAreOver else { return }
        arrivalsAreOver = true
        end = min(end, .now())
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.finish() }
        finishWhenEmpty()
    }

    /// Exponential gaps: people don't know of each other.
    private func gap() -> TimeAmount { .span(-log1p(-random.unit()) / max(0.001, phase.rate)) }

    private func scheduleArrival() {
        guard !arrivalsAreOver else { return }
        guard nextArrival < end else {
            arrivalsAreOver = true
            let grace = TimeAmount.span(plan.timeout + 1)
            loop.assumeIsolated().scheduleTask(deadline: end + grace) { self.finish() }
            return finishWhenEmpty()
        }
        loop.assumeIsolated().scheduleTask(deadline: nextArrival) { self.arrive() }
    }

    private func arrive() {
        let now = NIODeadline.now()
        while nextArrival <= now, nextArrival < end, !arrivalsAreOver {
            enter(due: nextArrival)
            nextArrival = nextArrival + gap()
        }
        scheduleArrival()
    }

    private func enter(due: NIODeadline) {
        visits += 1
        if isMeasured(due) { recorder.arrived += 1 }
        let scenario = choose()
        guard inside < Self.mostInside else {
            note(scenario.steps[0], due: due, LoadAnswer(failure: "too many people inside"))
            return
        }
        count(1)
        let who = scenario.identities.isEmpty ? nil : scenario.identities[visits % scenario.identities.count]
        let visit = Visit(number: visits, scenario: scenario, fields: who.flatMap { credentials[$0] } ?? [])
        if let first = scenario.steps.first, first.think != .none {
            take(visit, after: due)
        } else {
            perform(visit, due: due)
        }
    }

    private func choose() -> LoadScenario {
        var mark = random.unit() * totalWeight
        for scenario in plan.scenarios {
            mark -= scenario.weight
            if mark < 0 { return scenario }
        }
        return plan.scenarios[plan.scenarios.count - 1]
    }

    private func count(_ change: Int) {
        let now = NIODeadline.now()
        let from = max(insideSince, start + .span(phase.warmUp))
        if now > from, from < end { recorder.personSeconds += Double(inside) * (min(now, end) - from).seconds }
        insideSince = now
        inside += change
        if isMeasured(now) { recorder.peak = max(recorder.peak, inside) }
    }

    private func isMeasured(_ time: NIODeadline) -> Bool { time >= start + .span(phase.warmUp) && time < end }

    // MARK: A visit

    final class Visit {
        let number: Int
        let scenario: LoadScenario
        let fields: [HeaderField]
        var step = 0
        var values: [String: String] = [:]
        /// Cookies that the app set in this visit; an empty value is one that it took away.
        var jar: [String: String] = [:]
        /// Whether a value is missing that later steps are filled with.
        var isStuck = false

        init(number: Int, scenario: LoadScenario, fields: [HeaderField]) {
            self.number = number
            self.scenario = scenario
            self.fields = fields
            values["n"] = String(number)
        }
    }

    /// Pauses as the step says and takes it.
    private func take(_ visit: Visit, after time: NIODeadline) {
        let think = visit.scenario.steps[visit.step].think
        let due = time + .span(think.from + (think.to - think.from) * random.unit())
        guard due < end, !isDone else { return leave() }
        loop.assumeIsolated().scheduleTask(deadline: due) { self.perform(visit, due: due) }
    }

    private func leave() {
        count(-1)
        finishWhenEmpty()
    }

    private func perform(_ visit: Visit, due: NIODeadline) {
        guard !isDone else { return }
        let step = visit.scenario.steps[visit.step]
        if isMeasured(due) {
            recorder.lag.record(UInt64(max(0, (NIODeadline.now() - due).nanoseconds / 1_000)))
        }
        var settled = false
        var used: LoadConnection?
        func settle(_ answer: LoadAnswer) {
            guard !settled else { return }
            settled = true
            var answer = answer
            take(from: &answer, step, visit)
            note(step, due: due, answer)
            goOn(visit, step, answer)
        }
        let deadline = loop.assumeIsolated().scheduleTask(deadline: due + .span(plan.timeout)) {
            used?.abandon()
            settle(LoadAnswer(failure: "no answer in \(Int(self.plan.timeout)) s"))
        }
        func attempt(_ isFirst: Bool) {
            acquire { connection, failure in
                guard !settled else {
                    if let connection { self.release(connection) }
                    return
                }
                guard let connection else {
                    deadline.cancel()
                    return settle(LoadAnswer(failure: failure ?? "no connection"))
                }
                used = connection
                let (head, body) = self.dressed(self.request(step, visit), step, visit)
                connection.send(head, body, keepsBody: step.take.contains { $0.from.isInBody }) { answer in
                    used = nil
                    self.release(connection)
                    // A connection that the server gave up between two requests is the client's affair, for a read.
                    if answer.wasStale, isFirst, ["GET", "HEAD"].contains(step.operation.method) {
                        return attempt(false)
                    }
                    deadline.cancel()
                    settle(answer)
                }
            }
        }
        attempt(true)
    }

    private func goOn(_ visit: Visit, _ step: LoadStep, _ answer: LoadAnswer) {
        visit.step += 1
        // Who gets no answer at all, or not what the next step needs, goes away, as people do.
        guard visit.step < visit.scenario.steps.count, answer.status != nil, !visit.isStuck else { return leave() }
        take(visit, after: .now())
    }

    private func request(_ step: LoadStep, _ visit: Visit) -> (HTTPRequestHead, [UInt8]) {
        let path = fill(step.operation.path, visit.values.mapValues { formEncoded($0) })
        var head = HTTPRequestHead(version: .http1_1, method: .RAW(value: step.operation.method), uri: path)
        head.headers.add(name: "Host", value: site.authority)
        head.headers.add(name: "User-Agent", value: "seaworthy-load")
        head.headers.add(name: "Accept", value: "*/*")
        var body: [UInt8] = []
        switch step.body {
        case .json(let template):
            body = Array((JSONValue(bytes: Array(template.utf8)) ?? .null).filled(visit.values).compact.utf8)
            head.headers.add(name: "Content-Type", value: "application/json")
        case .form(let fields):
            body = Array(
                fields.map { "\(formEncoded($0.name))=\(formEncoded(fill($0.value, visit.values)))" }
                    .joined(separator: "&").utf8)
            head.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        case nil: break
        }
        if !["GET", "HEAD"].contains(step.operation.method) {
            head.headers.add(name: "Content-Length", value: String(body.count))
            head.headers.add(name: "Origin", value: site.origin)
            head.headers.add(name: "Sec-Fetch-Site", value: "same-origin")
        }
        for field in visit.fields { head.headers.add(name: field.name, value: field.value) }
        return (head, body)
    }

    private func note(_ step: LoadStep, due: NIODeadline, _ answer: LoadAnswer) {
        var failure = answer.failure
        if failure == nil, let status = answer.status, !isExpected(answer, step) { failure = "status \(status)" }
        if failure == nil, isMeasured(.now()) { recorder.served += 1 }
        guard isMeasured(due) else { return }
        recorder.note(
            route: step.route, second: (due - start).seconds - phase.warmUp,
            microseconds: UInt64(max(0, (NIODeadline.now() - due).nanoseconds / 1_000)), status: answer.status,
            failure: failure)
    }

    // MARK: Connections

    private func acquire(_ use: @escaping (LoadConnection?, String?) -> Void) {
        while let connection = idle.popLast() {
            if connection.isOpen { return use(connection, nil) }
        }
        guard open < plan.connections else {
            waiting.append(use)
            return
        }
        open += 1
        connect { connection, failure in
            if connection == nil {
                self.open -= 1
                use(nil, failure)
                self.serveWaiting()
            } else {
                use(connection, nil)
            }
        }
    }

    private func release(_ connection: LoadConnection) {
        if connection.isOpen { idle.append(connection) }
        serveWaiting()
    }

    private func serveWaiting() {
        guard waitingFrom < waiting.count, !idle.isEmpty || open < plan.connections else { return }
        let next = waiting[waitingFrom]
        waitingFrom += 1
        if waitingFrom > 1_024 {
            waiting.removeFirst(waitingFrom)
            waitingFrom = 0
        }
        acquire(next)
    }

    private func connect(_ use: @escaping (LoadConnection?, String?) -> Void) {
        let (tls, host) = (context, site.host)
        ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(TLSProbe.handler(tls, host: host)) }
                    try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try pipeline.addHandler(LoadConnection())
                }
            }
            .connect(host: site.host, port: site.port)
            .assumeIsolated().whenComplete { result in
                do {
                    let channel = try result.get()
                    let connection = try channel.pipeline.syncOperations.handler(type: LoadConnection.self)
                    connection.closed = { [weak self] in
                        guard let self else { return }
                        self.open -= 1
                        self.serveWaiting()
                    }
                    use(connection, nil)
                } catch {
                    use(nil, failureWord(error))
                }
            }
    }

    // MARK: The end

    private func finishWhenEmpty() {
        if arrivalsAreOver, inside == 0 { finish() }
    }

    private func finish() {
        guard !isDone else { return }
        isDone = true
        count(0)
        recorder.seconds = max(0, (end - start).seconds - phase.warmUp)
        for connection in idle { connection.abandon() }
        idle = []
        waiting = []
        done.succeed(recorder)
    }
}

extension TimeAmount {
    static func span(_ seconds: Double) -> TimeAmount {
        .nanoseconds(Int64(min(max(seconds, 0), 1_000_000) * 1_000_000_000))
    }

    fileprivate var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
}
