public import Kernel
public import NIOCore
public import NIOHTTP1

// Reason for length: the life of an exchange is one state machine; cutting it up would hide its order.

/// Drives one exchange through the list: the engine. Everything happens on the exchange's event loop.
///
/// The transport calls `start`, `receiveBody`, `receiveEnd`, `clientClosed`, `writabilityChanged` and `responseFlushed`;
/// the terminal answers through `ResponseSink`.
public final class ExchangeDriver: ResponseSink {
    private let pipeline: CompiledPipeline
    private let terminal: any Terminal
    private let transport: any ResponseTransport
    private let loop: any EventLoop
    private var exchange: Exchange
    // Beside the exchange, because each look into that is checked.
    private let isHead: Bool
    private let startedAt: NIODeadline

    // Request
    private enum RequestPhase {
        case deciding
        case collecting(BodyNeed, BodyResume)
        case streaming(any RequestSink)
        case discarding
    }
    private var requestPhase = RequestPhase.deciding
    private var nextReceiver = 0
    private var reached = -1
    /// Body bytes that came and were not passed on yet.
    private var unsent: ByteBuffer?
    private var spool: BodySpool?
    private let makeStore: @Sendable () -> (any BodyStore)?
    /// The client waits for the disk.
    private var spoolIsFull = false
    /// The upstream is being given what the spool holds; what comes meanwhile waits in `unsent`.
    private var isReplaying = false
    private var replayRuns = false
    private var upstreamIsOpen = true
    private var requestEnded = false
    private var trailers: HTTPHeaders?
    private var requestBytes = 0
    private var waiting: PendingWait?
    private var continueSent = false
    /// While the terminal holds the exchange: what it tells already must wait, because nothing else may touch it.
    private var isOpening = false
    private var tooEarly: [() -> Void] = []

    // Response
    private enum ResponsePhase {
        case none, running
        case peeking(Int, PeekDecision, observing: Bool)
        case sent, ended
    }
    private var responsePhase = ResponsePhase.none
    private var responseHead = ResponseHead(status: .ok)
    private var nextResponder = 0
    private var bodyWork: [BodyWork] = []
    /// Response bytes held back until the head can go out, and through how many of `bodyWork` they have been.
    private var held = ByteBuffer()
    private var heldWork = 0
    private var upstreamEnded = false
    private var responseTrailers: HTTPHeaders?
    /// A stage put another body in place of the upstream's.
    private var isReplaced = false
    /// HEAD, 204, 304: the upstream's answer has no body, whatever stages make of its head.
    private var comesWithoutBody = false
    /// The end of the body has been through `bodyWork`.
    private var workEnded = false
    private var responseBytes = 0
    /// What may still be sent of a declared length.
    private var declaredLeft: Int?
    private var sentStatus = 0
    /// Whether the response that was sent has a body on the wire.
    private var sendsBody = false
    private var upgrade: (any UpgradedUpstream)?
    private var closesConnection = false
    private var finished = false

    private enum BodyWork {
        case tee(any BodySink)
        case transform(any BodyTransform)
    }

    /// What the driver buffers of a request before it pauses the client, and of a response while a stage peeks.
    static let bufferBound = 65_536

    /// - Parameter makeStore: what keeps a body that a stage must see whole and that doesn't fit in memory; nil: a
    ///   temporary file.
    public init(
        _ exchange: consuming Exchange, pipeline: CompiledPipeline, terminal: any Terminal,
        transport: any ResponseTransport, makeStore: (@Sendable () -> (any BodyStore)?)? = nil
    ) {
        self.makeStore = makeStore ?? { SpoolFile() }
        self.isHead = exchange.request.isHead
        self.startedAt = exchange.startedAt
        self.exchange = exchange
        self.pipeline = pipeline
        self.terminal = terminal
        self.transport = transport
        self.loop = transport.eventLoop
        self.exchange.controls = pipeline.controls
    }

    /// Whether the whole request has come.
    public var requestIsComplete: Bool { requestEnded }
    /// Whether the exchange has been recorded as over.
    public var isFinished: Bool { finished }

    // MARK: - The request's way in

    /// - Parameter requestIsComplete: the head was all there is; body verdicts are met at once and an answer that is
    ///   given before anything else is read leaves the connection in order.
    public func start(requestIsComplete: Bool = false) {
        requestEnded = requestIsComplete
        runReceivers()
    }

    private func runReceivers() {
        while true {
            let (verdict, next) = ExchangeDriver.ask(pipeline.receivers, from: nextReceiver, &exchange)
            if case .proceed = verdict { break }
            nextReceiver = next
            reached = pipeline.receivers[next &- 1].position
            guard settle(verdict) else { return }
        }
        reached = .max
        openTerminal()
    }

    /// Asks one stage after the other until one says something else than `proceed`: its verdict, and who is next. The
    /// exchange is held once for all of them, because each hold is checked.
    private static func ask(
        _ receivers: [CompiledPipeline.Entry], from first: Int, _ exchange: inout Exchange
    ) -> (Verdict, next: Int) {
        // A span lends its elements: none is retained.
        let entries = receivers.span
        var next = first
        while next < entries.count {
            exchange.actingPlace = entries[next].place
            let verdict = entries[next].stage._withUnsafeGuaranteedRef { $0.receive(&exchange) }
            next &+= 1
            if case .proceed = verdict { continue }
            return (verdict, next)
        }
        exchange.actingPlace = 0
        return (.proceed, next)
    }

    /// Carries out a verdict; true when the next stage should be asked at once.
    private func settle(_ verdict: Verdict) -> Bool {
        switch verdict {
        case .proceed:
            return true
        case .refuse(let problem, let always):
            if exchange.acting.mode == .observe && !always {
                exchange.record(problem, .wouldHave)
                return true
            }
            refuse(problem)
            return false
        case .answer(let response):
            let event = SecurityEvent(
                control: exchange.acting.control, reason: response.reason,
                disposition: exchange.acting.mode == .observe ? .wouldHave : .enforced,
                status: Int(response.head.status.code))
            exchange.append(event)
            if exchange.acting.mode == .observe { return true }
            respond(response.head, body: response.body, origin: .stage)
            return false
        case .wait(let limit, let work):
            beginWait(limit, work)
            return false
        case .body(let need, let resume):
            return collect(need, resume)
        }
    }

    private func refuse(_ problem: Problem) {
        exchange.record(problem, .enforced)
        respond(problem)
    }

    private func respond(_ problem: Problem) {
        exchange.refusal = problem
        if problem.closesConnection { closesConnection = true }
        respond(ResponseHead(status: HTTPResponseStatus(statusCode: problem.status)), body: nil, origin: .problem)
    }

    private func respond(_ head: ResponseHead, body: ByteBuffer?, origin: ResponseOrigin) {
        dropRequest()
        var head = head
        head.fields.set(.contentLength, "content-length", String(body?.readableBytes ?? 0))
        upstreamEnded = true
        held = body ?? ByteBuffer()
        begin(head, origin: origin)
    }

    /// Ends the request's way to wherever it was going.
    private func dropRequest() {
        abortRequest()
        waiting?.cancel()
        waiting = nil
        unsent = nil
        spool?.remove()
        spool = nil
        if !requestEnded { transport.requestFlow(true) }
    }

    /// The phase changes first: what the sink tells on its way out finds it gone.
    private func abortRequest() {
        let phase = requestPhase
        requestPhase = .discarding
        if case .streaming(let sink) = phase { sink.abort() }
    }

    private func openTerminal() {
        let (isMalformed, isMetered, isOwn) = ExchangeDriver.before(exchange)
        if isMalformed, let malformation = exchange.malformation { return refuse(malformation) }
        if isMetered, let meter = exchange.meter, let declared = declaredRequestLength, declared > meter.limit,
            overran(meter)
        {
            return
        }
        if isOwn { sendContinueIfExpected() }
        guard !finished else { return }
        isOpening = true
        let opening = terminal.open(&exchange, answering: self, on: loop)
        isOpening = false
        switch opening {
        case .refused(let problem):
            tooEarly = []
            refuse(problem)
        case .streaming(let sink):
            requestPhase = .streaming(sink)
            if let spool {
                spool.rewind()
                isReplaying = true
                if !requestEnded { transport.requestFlow(false) }
                replay(to: sink)
            } else {
                passOn(to: sink)
            }
            if case .streaming = requestPhase, !transport.isWritable { sink.responseFlow(false) }
            let waiting = tooEarly
            tooEarly = []
            for event in waiting { event() }
        }
    }

    private static func before(
        _ exchange: borrowing Exchange
    ) -> (isMalformed: Bool, isMetered: Bool, isOwn: Bool) {
        (exchange.isMalformed, exchange.meter != nil, exchange.destination == .own)
    }

    /// Gives the upstream what was held, then lets the client's bytes run.
    private func passOn(to sink: any RequestSink) {
        if let bytes = unsent, bytes.readableBytes > 0 {
            unsent = nil
            sink.body(bytes)
        }
        guard case .streaming = requestPhase else { return }
        if requestEnded { sink.end(trailers) } else { transport.requestFlow(upstreamIsOpen) }
    }

    private var declaredRequestLength: Int? { exchange.request.first(.contentLength).flatMap { Int($0) } }

    public func receiveBody(_ chunk: ByteBuffer) {
        guard !finished, !requestEnded else { return }
        requestBytes &+= chunk.readableBytes
        if case .discarding = requestPhase { return }
        if let meter = exchange.meter, requestBytes > meter.limit, overran(meter) { return }
        switch requestPhase {
        case .streaming(let sink):
            if isReplaying { hold(chunk) } else { sink.body(chunk) }
        case .discarding:
            break
        case .deciding:
            hold(chunk)
            if spool != nil || (unsent?.readableBytes ?? 0) >= ExchangeDriver.bufferBound {
                transport.requestFlow(false)
            }
        case .collecting(let need, let resume):
            hold(chunk)
            if let spool, !spool.wantsMore, !spoolIsFull {
                spoolIsFull = true
                transport.requestFlow(false)
            }
            _ = continueCollecting(need, resume)
        }
    }

    /// The disk has done something: whoever waited for it goes on.
    private func spoolMoved() {
        guard !finished, let spool else { return }
        switch requestPhase {
        case .collecting(let need, let resume):
            if spoolIsFull, spool.wantsMore {
                spoolIsFull = false
                if !requestEnded { transport.requestFlow(true) }
            }
            _ = continueCollecting(need, resume)
        case .streaming(let sink): if isReplaying { replay(to: sink) }
        case .deciding, .discarding: break
        }
    }

    public func receiveEnd(_ fields: HTTPHeaders?) {
        guard !finished, !requestEnded else { return }
        requestEnded = true
        if let fields {
            let kept = fields.filter { pipeline.keepsTrailer($0.name) }
            if kept.count < fields.count {
                // A stage may be waiting for its verdict: its mode must be there when it comes.
                let place = exchange.actingPlace
                exchange.actingPlace = 0
                exchange.note("headers.trailer-dropped")
                exchange.actingPlace = place
            }
            trailers = kept.isEmpty ? nil : HTTPHeaders(kept.map { ($0.name, $0.value) })
        }
        switch requestPhase {
        case .streaming(let sink): if !isReplaying { sink.end(trailers) }
        case .collecting(let need, let resume): _ = continueCollecting(need, resume)
        case .deciding, .discarding: break
        }
    }

    /// The bytes of the request stopped being HTTP: nothing that was said of its body holds any more.
    public func receiveMalformed(_ problem: Problem) {
        guard !finished else { return }
        requestEnded = true
        closesConnection = true
        exchange.actingPlace = 0
        switch responsePhase {
        case .none, .peeking, .running:
            resetResponse()
            refuse(problem)
        case .sent:
            exchange.record(problem, .enforced)
            breakOff(problem.status == 408 ? .timedOut : .cutOff)
        case .ended: break
        }
    }

    /// Ends a response whose head is out so that the client notices.
    private func breakOff(_ ending: Outcome.Ending) {
        abortRequest()
        transport.abort()
        finish(ending)
    }

    /// Forgets a response of which nothing has gone out yet.
    private func resetResponse() {
        responsePhase = .none
        nextResponder = 0
        bodyWork = []
        held = ByteBuffer()
        heldWork = 0
        isReplaced = false
        workEnded = false
        responseTrailers = nil
        upgrade?.close()
        upgrade = nil
    }

    private func hold(_ chunk: ByteBuffer) {
        var chunk = chunk
        if let spool, !isReplaying {
            spool.append(chunk)
        } else if unsent == nil {
            unsent = chunk
        } else {
            unsent?.writeBuffer(&chunk)
        }
    }

    /// True when the exchange ended over it.
    private func overran(_ meter: BodyMeter) -> Bool {
        if meter.mode == .observe {
            if !meter.reported {
                exchange.meter?.reported = true
                let place = exchange.actingPlace
                exchange.actingPlace = meter.place
                // The stage may have said so itself, when the length was declared.
                let isKnown = exchange.events.contains {
                    $0.reason == meter.problem.reason && $0.disposition == .wouldHave
                }
                if !isKnown { exchange.record(meter.problem, .wouldHave) }
                exchange.actingPlace = place
            }
            return false
        }
        exchange.meter = nil
        exchange.actingPlace = meter.place
        var problem = meter.problem
        problem.closesConnection = true
        switch responsePhase {
        case .none, .peeking, .running:
            resetResponse()
            refuse(problem)
        case .sent:
            exchange.record(problem, .enforced)
            breakOff(.cutOff)
        case .ended: break
        }
        return true
    }

    // MARK: - Body verdicts

    private func collect(_ need: BodyNeed, _ resume: @escaping BodyResume) -> Bool {
        if case .spooled = need, spool == nil {
            let spool = BodySpool(startingWith: &unsent, on: loop, makeStore: makeStore)
            spool.moved = { [weak self] in self?.spoolMoved() }
            self.spool = spool
        }
        spoolIsFull = false
        requestPhase = .collecting(need, resume)
        if !requestEnded, !isDeclaredTooLarge(for: need) {
            sendContinueIfExpected()
            transport.requestFlow(true)
        }
        return continueCollecting(need, resume, resumesReceivers: false)
    }

    /// True when the need is met (or can't be) and the next stage should be asked.
    private func continueCollecting(
        _ need: BodyNeed, _ resume: @escaping BodyResume, resumesReceivers: Bool = true
    ) -> Bool {
        let body: RequestBody
        switch need {
        case .prefix(let count):
            guard requestEnded || requestBytes >= count else { return false }
            switch heldPrefix(count) {
            case .ready(let prefix): body = .memory(prefix, isWhole: requestEnded && requestBytes <= count)
            case .later: return false
            case .failed: return settleCollected(spoolFailed, resumesReceivers)
            }
        case .whole(let most):
            if requestBytes > most || isDeclaredTooLarge(for: need) {
                return settleCollected(tooLarge(most), resumesReceivers)
            }
            guard requestEnded else { return false }
            switch heldPrefix(requestBytes) {
            case .ready(let whole): body = .memory(whole, isWhole: true)
            case .later: return false
            case .failed: return settleCollected(spoolFailed, resumesReceivers)
            }
        case .spooled(let most):
            // First of all: bytes that were lost must not pass, whatever the mode.
            guard let spool, spool.failure == nil else { return settleCollected(spoolFailed, resumesReceivers) }
            if requestBytes > most || isDeclaredTooLarge(for: need) {
                return settleCollected(tooLarge(most), resumesReceivers)
            }
            guard requestEnded, let whole = spool.body else { return false }
            body = whole
        }
        requestPhase = .deciding
        return settleCollected(resume(&exchange, body), resumesReceivers)
    }

    /// Whether the client announced more than a stage can look at: known before a byte of it comes.
    private func isDeclaredTooLarge(for need: BodyNeed) -> Bool {
        switch need {
        case .prefix: false
        case .whole(let most), .spooled(let most): (declaredRequestLength ?? 0) > most
        }
    }

    /// The first bytes of the request's body, fewer where fewer came.
    private func heldPrefix(_ count: Int) -> BodySpool.Held {
        if let spool { return spool.prefix(count) }
        guard let unsent else { return .ready(ByteBuffer()) }
        return .ready(
            unsent.getSlice(at: unsent.readerIndex, length: min(count, unsent.readableBytes)) ?? ByteBuffer())
    }

    private var spoolFailed: Verdict {
        .refuse(
            Problem(
                "body.spool-failed", status: 503, title: "The request can't be inspected just now.", source: .edge,
                cause: spool?.failure), always: true)
    }

    private func tooLarge(_ most: Int) -> Verdict {
        requestPhase = .deciding
        return .refuse(
            Problem(
                "body.too-large-to-inspect", status: 413, title: "The request's body is too large.",
                detail: "At most \(most) bytes are accepted here.", closesConnection: true))
    }

    private func settleCollected(_ verdict: Verdict, _ resumesReceivers: Bool) -> Bool {
        guard settle(verdict) else { return false }
        if resumesReceivers { runReceivers() }
        return !resumesReceivers
    }

    private func sendContinueIfExpected() {
        guard !continueSent, !requestEnded, exchange.request.has(.expect), requestBytes == 0 else { return }
        continueSent = true
        transport.informational(ResponseHead(status: .continue))
        exchange.request.remove(.expect)
    }

    /// Gives a spooled body to the upstream, as fast as it takes it. Not by recursion: the sink may open and close the
    /// flow with every chunk.
    private func replay(to sink: any RequestSink) {
        guard !replayRuns else { return }
        replayRuns = true
        defer { replayRuns = false }
        while upstreamIsOpen, case .streaming = requestPhase, let spool {
            switch spool.next() {
            case .chunk(let chunk): sink.body(chunk)
            case .later: return
            case .failed:
                abortRequest()
                return failed(
                    Problem(
                        "body.spool-failed", status: 503, title: "The request can't be inspected just now.",
                        source: .edge, cause: spool.failure))
            case .end:
                spool.remove()
                self.spool = nil
                isReplaying = false
                return passOn(to: sink)
            }
        }
    }

    // MARK: - Waiting

    private func beginWait(_ limit: Duration, _ work: @escaping @Sendable () async throws -> Resume) {
        let wait = PendingWait()
        waiting = wait
        // Together: a wait that was given up must not be taken for the one that came after it.
        let bound = NIOLoopBound((driver: self, wait: wait), eventLoop: loop)
        let loop = self.loop
        let task = Task {
            let result: Result<Resume, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            loop.execute { bound.value.driver.waitEnded(bound.value.wait, result) }
        }
        wait.task = task
        wait.timeout = loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) { self.waitIsLate(wait) }
    }

    private func waitEnded(_ wait: PendingWait, _ result: Result<Resume, any Error>) {
        guard waiting === wait else { return }
        wait.timeout?.cancel()
        waiting = nil
        guard !finished else { return }
        let verdict: Verdict
        switch result {
        case .success(let resume): verdict = resume(&exchange)
        case .failure(let problem as Problem): verdict = .refuse(problem)
        case .failure(let error):
            verdict = .refuse(
                Problem(
                    "gateway.stage-failed", status: 500, title: "The request could not be decided.", source: .edge,
                    cause: "\(exchange.acting.name): \(error)"))
        }
        if settle(verdict) { runReceivers() }
    }

    private func waitIsLate(_ wait: PendingWait) {
        guard waiting === wait, !finished else { return }
        wait.cancel()
        waiting = nil
        let late = Problem(
            "gateway.stage-late", status: 503, title: "The request could not be decided in time.", source: .edge,
            retryAfter: 1, cause: exchange.acting.name)
        if settle(.refuse(late)) { runReceivers() }
    }

    // MARK: - The response's way out (ResponseSink)

    /// True when it must wait until the terminal has let go of the exchange.
    private func defers(_ event: @escaping () -> Void) -> Bool {
        if isOpening { tooEarly.append(event) }
        return isOpening
    }

    public func informational(_ head: ResponseHead) {
        if isOpening, defers({ self.informational(head) }) { return }
        guard !finished, case .none = responsePhase else { return }
        if head.status == .continue {
            if continueSent { return }
            continueSent = true
        }
        transport.informational(head)
    }

    public func head(_ head: consuming ResponseHead, origin: ResponseOrigin) {
        if isOpening { return headIsEarly(head, origin) }
        guard !finished, case .none = responsePhase else { return }
        begin(head, origin: origin, after: origin == .upstream ? NIODeadline.now() - startedAt : nil)
    }

    private func headIsEarly(_ head: ResponseHead, _ origin: ResponseOrigin) {
        tooEarly.append { self.head(head, origin: origin) }
    }

    /// Takes the head over: with another holder, the first change would copy every field of it.
    private func begin(_ head: consuming ResponseHead, origin: ResponseOrigin, after time: TimeAmount? = nil) {
        ExchangeDriver.answers(&exchange, origin, after: time)
        swap(&responseHead, &head)
        comesWithoutBody = !bodyFollows(responseHead.status)
        responsePhase = .running
        nextResponder = 0
        runResponders()
    }

    private static func answers(_ exchange: inout Exchange, _ origin: ResponseOrigin, after time: TimeAmount?) {
        exchange.responseOrigin = origin
        if let time { exchange.upstreamTime = time }
    }

    private func runResponders() {
        var isEnginesTurn = false
        let responders = pipeline.responders
        while nextResponder < responders.count {
            if responders[nextResponder].observes {
                let entry = responders[nextResponder]
                nextResponder &+= 1
                guard entry.position <= reached else { continue }
                exchange.actingPlace = entry.place
                guard observe(entry) else { return }
                continue
            }
            let (plan, next) = ExchangeDriver.ask(responders, from: nextResponder, reached, &exchange, &responseHead)
            nextResponder = next
            if case .pass = plan, next == responders.count {
                isEnginesTurn = true
                break
            }
            guard apply(plan) else { return }
        }
        if !isEnginesTurn { exchange.actingPlace = 0 }
        sendHead()
    }

    /// Asks one stage after the other until one wants something done to the body or only observes: see `ask` above.
    private static func ask(
        _ responders: [CompiledPipeline.Entry], from first: Int, _ reached: Int, _ exchange: inout Exchange,
        _ head: inout ResponseHead
    ) -> (BodyPlan, next: Int) {
        let entries = responders.span
        var next = first
        while next < entries.count, !entries[next].observes {
            let this = next
            next &+= 1
            guard entries[this].position <= reached else { continue }
            exchange.actingPlace = entries[this].place
            switch entries[this].stage._withUnsafeGuaranteedRef({ $0.respond(&exchange, &head) }) {
            case .pass: continue
            case let plan: return (plan, next)
            }
        }
        exchange.actingPlace = 0
        return (.pass, next)
    }

    /// Carries out a body plan; false when the head must wait for more of the body.
    private func apply(_ plan: BodyPlan) -> Bool {
        switch plan {
        case .pass:
            return true
        case .replace(let body):
            replaceBody(body)
            return true
        case .tee(let sink):
            bodyWork.append(.tee(sink))
            return true
        case .transform(let transform):
            bodyWork.append(.transform(transform))
            responseHead.fields.remove(.contentLength)
            return true
        case .peek(let count, let decision):
            return peek(count, decision, observing: false)
        }
    }

    /// An observing response control works on a copy; what it would have done is recorded.
    private func observe(_ entry: CompiledPipeline.Entry) -> Bool {
        var copy = responseHead
        let stage = entry.stage.takeUnretainedValue()
        let plan = stage.respond(&exchange, &copy)
        noteDifference(to: copy)
        switch plan {
        case .pass: return true
        case .peek(let count, let decision): return peek(count, decision, observing: true)
        case .tee(let sink):
            // It changes nothing, and what it sees is all that it can tell.
            bodyWork.append(.tee(sink))
            return true
        case .replace, .transform:
            if exchange.wouldChange.count < 64 { exchange.wouldChange.append("body:\(stage.name)") }
            return true
        }
    }

    private func noteDifference(to copy: ResponseHead) {
        if copy.status != responseHead.status { exchange.wouldChange.append(":status") }
        let (before, after) = (responseHead.allFields, copy.allFields)
        for (name, value) in after where exchange.wouldChange.count < 64 {
            if !before[name].contains(value) { exchange.wouldChange.append(name.lowercased()) }
        }
        for (name, _) in before where exchange.wouldChange.count < 64 {
            if !after.contains(name: name) { exchange.wouldChange.append("-" + name.lowercased()) }
        }
    }

    private func peek(_ count: Int, _ decision: @escaping PeekDecision, observing: Bool) -> Bool {
        let whole = bodyIsWhole
        workHeld(ends: whole)
        guard whole || held.readableBytes >= count else {
            responsePhase = .peeking(count, decision, observing: observing)
            return false
        }
        responsePhase = .running
        let slice = held.getSlice(at: held.readerIndex, length: min(count, held.readableBytes)) ?? ByteBuffer()
        let isWhole = whole && held.readableBytes <= count
        if observing {
            var copy = responseHead
            switch decision(&exchange, &copy, slice, isWhole) {
            case .pass: noteDifference(to: copy)
            case .replace:
                noteDifference(to: copy)
                if exchange.wouldChange.count < 64 { exchange.wouldChange.append("body:\(exchange.acting.name)") }
            case .refuse(let problem): exchange.record(problem, .wouldHave)
            }
            return true
        }
        switch decision(&exchange, &responseHead, slice, isWhole) {
        case .pass: break
        case .replace(let body): replaceBody(body)
        case .refuse(let problem):
            exchange.record(problem, .enforced)
            exchange.refusal = problem
            exchange.responseOrigin = .problem
            if problem.closesConnection { closesConnection = true }
            responseHead.status = HTTPResponseStatus(statusCode: problem.status)
            for name in ["content-type", "content-encoding", "etag", "last-modified", "transfer-encoding"] {
                responseHead.headers.remove(name: name)
            }
            replaceBody(ByteBuffer())
        }
        return true
    }

    private func replaceBody(_ body: ByteBuffer) {
        isReplaced = true
        bodyWork = []
        heldWork = 0
        workEnded = false
        held = body
        responseTrailers = nil
        responseHead.fields.set(.contentLength, "content-length", String(body.readableBytes))
    }

    /// Whether this response has a body on the wire (RFC 9110 §6.4.1).
    private func bodyFollows(_ status: HTTPResponseStatus) -> Bool {
        let status = status.code
        return !isHead && status != 204 && status != 304 && status >= 200
    }

    /// Whether all of the body is in `held`.
    private var bodyIsWhole: Bool { upstreamEnded || isReplaced || comesWithoutBody }

    private func sendHead() {
        responsePhase = .sent
        var head = ResponseHead(status: .ok)
        swap(&head, &responseHead)
        sentStatus = Int(head.status.code)
        if let upgrade {
            if sentStatus == 101 { return sendUpgrade(upgrade, head) }
            // A stage made something else of it.
            self.upgrade = nil
            upgrade.close()
        }
        let hasBody = bodyFollows(head.status)
        sendsBody = hasBody
        workHeld(ends: bodyIsWhole || !hasBody)
        let length = ExchangeDriver.checkedLength(&head)
        if hasBody { declaredLeft = length }
        if !requestEnded, isReplaced || exchange.responseOrigin != .upstream { closesConnection = true }
        transport.head(head, length: length, hasBody: hasBody, closes: closesConnection)
        if held.readableBytes > 0 {
            let bytes = held
            held = ByteBuffer()
            if hasBody { emit(bytes) }
        }
        guard !finished else { return }
        if isReplaced, !upstreamEnded {
            // What the app still sends of its own body is of no use to anybody.
            upstreamEnded = true
            abortRequest()
        }
        if upstreamEnded {
            endResponse()
        } else if case .streaming(let sink) = requestPhase {
            sink.responseFlow(transport.isWritable)
        }
    }

    /// The declared length; one that can't be read in one way is taken out, and a 204 has none (RFC 9110 §8.6).
    private static func checkedLength(_ head: inout ResponseHead) -> Int? {
        guard let first = head.fields.position(of: .contentLength) else { return nil }
        guard head.fields.isLast(first), head.status.code != 204,
            let length = head.fields.withValue(at: first, { ASCIIText.decimal($0) })
        else {
            head.fields.remove(.contentLength)
            return nil
        }
        return length
    }

    /// Brings the held bytes through the body work that was added since they came.
    private func workHeld(ends: Bool) {
        if heldWork < bodyWork.count {
            held = work(held, from: heldWork, ends: ends)
            heldWork = bodyWork.count
        }
        if ends { workEnded = true }
    }

    /// Brings bytes, and where there are no more the body's end, through the work from `first` to before `last`.
    private func work(_ bytes: ByteBuffer, from first: Int, to last: Int? = nil, ends: Bool) -> ByteBuffer {
        var bytes = bytes
        for work in bodyWork[first..<(last ?? bodyWork.count)] {
            switch work {
            case .tee(let sink):
                if bytes.readableBytes > 0 { sink.write(bytes) }
                if ends { sink.end() }
            case .transform(let transform):
                var changed = bytes.readableBytes > 0 ? transform.transform(bytes) : ByteBuffer()
                if ends {
                    var rest = transform.finish()
                    changed.writeBuffer(&rest)
                }
                bytes = changed
            }
        }
        return bytes
    }

    public func body(_ chunk: ByteBuffer) {
        if isOpening, defers({ self.body(chunk) }) { return }
        guard !finished, !isReplaced, !upstreamEnded, chunk.readableBytes > 0 else { return }
        switch responsePhase {
        case .sent:
            guard sendsBody, !workEnded else { return }
            emit(bodyWork.isEmpty ? chunk : work(chunk, from: 0, ends: false))
        case .peeking(let count, let decision, let observing):
            var bytes = work(chunk, from: 0, to: heldWork, ends: false)
            held.writeBuffer(&bytes)
            if peek(count, decision, observing: observing) { runResponders() }
        case .none, .running, .ended: break
        }
    }

    /// A declared length is kept to whatever the sender does: the next answer on this connection stands behind it.
    private func emit(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        guard count > 0 else { return }
        if let left = declaredLeft {
            guard count <= left else { return lengthIsWrong() }
            declaredLeft = left &- count
        }
        responseBytes &+= count
        transport.body(bytes)
    }

    private func lengthIsWrong() {
        exchange.actingPlace = 0
        exchange.note("upstream.wrong-length", detail: "The response's body is not as long as declared.")
        breakOff(.upstreamBroke)
    }

    public func end(_ trailers: HTTPHeaders?) {
        if isOpening, defers({ self.end(trailers) }) { return }
        guard !finished, !upstreamEnded else { return }
        switch responsePhase {
        case .peeking(let count, let decision, let observing):
            upstreamEnded = true
            responseTrailers = trailers
            var rest = work(ByteBuffer(), from: 0, to: heldWork, ends: true)
            held.writeBuffer(&rest)
            if peek(count, decision, observing: observing) { runResponders() }
        case .sent:
            upstreamEnded = true
            responseTrailers = trailers
            if !workEnded {
                workEnded = true
                if !bodyWork.isEmpty { emit(work(ByteBuffer(), from: 0, ends: true)) }
            }
            if !finished { endResponse() }
        case .none, .running, .ended: break
        }
    }

    private func endResponse() {
        guard case .sent = responsePhase else { return }
        if let left = declaredLeft, left > 0 { return lengthIsWrong() }
        responsePhase = .ended
        // An answer before the request's end: the rest of it is of no use to the app either.
        if !requestEnded { abortRequest() }
        transport.end(sendsBody ? responseTrailers : nil)
        transport.exchangeEnded()
    }

    public func flush() {
        if isOpening, defers({ self.flush() }) { return }
        guard !finished, case .sent = responsePhase else { return }
        if sendsBody, !workEnded {
            for (position, unit) in bodyWork.enumerated() {
                if case .transform(let transform) = unit {
                    emit(work(transform.flush(), from: position &+ 1, ends: false))
                }
            }
        }
        if !finished { transport.flush() }
    }

    public func failed(_ problem: Problem) {
        if isOpening, defers({ self.failed(problem) }) { return }
        guard !finished, !upstreamEnded else { return }
        exchange.actingPlace = 0
        requestPhase = .discarding
        switch responsePhase {
        case .none, .peeking, .running:
            // The head is still ours: the client gets a clean document instead of half a page.
            resetResponse()
            refuse(problem)
        case .sent:
            exchange.record(problem, .enforced)
            breakOff(problem.status == 504 ? .timedOut : .upstreamBroke)
        case .ended: break
        }
    }

    public func requestFlow(_ isOpen: Bool) {
        upstreamIsOpen = isOpen
        guard case .streaming(let sink) = requestPhase else { return }
        if isReplaying {
            if isOpen { replay(to: sink) }
        } else if !requestEnded {
            transport.requestFlow(isOpen)
        }
    }

    public func upgraded(_ head: ResponseHead, to channel: any UpgradedUpstream) {
        if isOpening, defers({ self.upgraded(head, to: channel) }) { return }
        guard !finished, case .none = responsePhase else { return channel.close() }
        upgrade = channel
        upstreamEnded = true
        begin(head, origin: .upstream, after: NIODeadline.now() - startedAt)
    }

    private func sendUpgrade(_ channel: any UpgradedUpstream, _ head: ResponseHead) {
        responsePhase = .ended
        requestPhase = .discarding
        upgrade = nil
        let terms = exchange.socketTerms
        transport.upgrade(head, to: channel, terms: terms) { ending in
            self.requestBytes = ending.received
            self.responseBytes = ending.sent
            for objection in ending.objections {
                self.exchange.append(
                    SecurityEvent(
                        control: terms?.control ?? ActingControl.engine.control, reason: objection.reason,
                        disposition: terms?.mode == .observe ? .wouldHave : .enforced, detail: objection.detail))
            }
            self.finish(.upgraded)
        }
    }

    // MARK: - What the transport tells

    public func writabilityChanged(_ isWritable: Bool) {
        if case .streaming(let sink) = requestPhase { sink.responseFlow(isWritable) }
    }

    /// The last byte of the response has been written (or could not be).
    public func responseFlushed(_ succeeded: Bool) {
        finish(succeeded ? .completed : .clientGone)
    }

    /// The client is gone; harmless when the exchange is over.
    public func clientClosed(_ ending: Outcome.Ending = .clientGone) {
        if isOpening, defers({ self.clientClosed(ending) }) { return }
        guard !finished else { return }
        abortRequest()
        waiting?.cancel()
        waiting = nil
        finish(ending)
    }

    private static func tell(
        _ finishers: [CompiledPipeline.Entry], _ reached: Int, _ exchange: borrowing Exchange, _ outcome: Outcome
    ) {
        let entries = finishers.span
        for this in entries.indices where entries[this].position <= reached {
            entries[this].stage._withUnsafeGuaranteedRef { $0.finish(exchange, outcome) }
        }
    }

    private func finish(_ ending: Outcome.Ending) {
        guard !finished else { return }
        finished = true
        spool?.remove()
        spool = nil
        unsent = nil
        // The sink holds this driver, body work holds its stage's state: nothing may keep them for longer.
        if case .streaming = requestPhase { requestPhase = .discarding }
        if !bodyWork.isEmpty { bodyWork = [] }
        if held.readableBytes > 0 { held = ByteBuffer() }
        let outcome = Outcome(
            ending: ending, status: sentStatus, requestBytes: requestBytes, responseBytes: responseBytes,
            duration: NIODeadline.now() - startedAt)
        ExchangeDriver.tell(pipeline.finishers, reached, exchange, outcome)
    }
}

/// A wait in progress.
private final class PendingWait {
    var task: Task<Void, Never>?
    var timeout: Scheduled<Void>?
    func cancel() {
        task?.cancel()
        timeout?.cancel()
    }
}
