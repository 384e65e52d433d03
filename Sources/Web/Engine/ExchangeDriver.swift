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
    private var isReplaying = false
    private var upstreamIsOpen = true
    private var requestEnded = false
    private var trailers: HTTPHeaders?
    private var requestBytes = 0
    private var waiting: PendingWait?
    private var continueSent = false

    // Response
    private enum ResponsePhase { case none, running, peeking(Int, PeekDecision, observing: Bool), sent, ended }
    private var responsePhase = ResponsePhase.none
    private var responseHead = ResponseHead(status: .ok)
    private var nextResponder = 0
    private var bodyWork: [BodyWork] = []
    /// Response bytes held back until the head can go out, and through how many of `bodyWork` they have been.
    private var held = ByteBuffer()
    private var heldWork = 0
    private var upstreamEnded = false
    private var responseTrailers: HTTPHeaders?
    private var dropsUpstreamBody = false
    private var replacement: ByteBuffer?
    private var responseBytes = 0
    private var sentStatus = 0
    private var upgrade: (any UpgradedUpstream)?
    private var closesConnection = false
    private var finished = false

    private enum BodyWork {
        case tee(any BodySink)
        case transform(any BodyTransform)
    }

    /// What the driver buffers of a request before it pauses the client, and of a response while a stage peeks.
    static let bufferBound = 65_536

    public init(
        _ exchange: consuming Exchange, pipeline: CompiledPipeline, terminal: any Terminal,
        transport: any ResponseTransport
    ) {
        self.exchange = exchange
        self.pipeline = pipeline
        self.terminal = terminal
        self.transport = transport
        self.loop = transport.eventLoop
    }

    /// Whether the whole request has come.
    public var requestIsComplete: Bool { requestEnded }
    /// Whether the exchange has been recorded as over.
    public var isFinished: Bool { finished }

    // MARK: - The request's way in

    public func start() { runReceivers() }

    private func runReceivers() {
        while nextReceiver < pipeline.receivers.count {
            let entry = pipeline.receivers[nextReceiver]
            nextReceiver &+= 1
            reached = entry.position
            exchange.acting = entry.acting
            guard settle(entry.stage.receive(&exchange)) else { return }
        }
        reached = .max
        exchange.acting = .engine
        openTerminal()
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
        head.headers.replaceOrAdd(name: "content-length", value: String(body?.readableBytes ?? 0))
        upstreamEnded = true
        if let body { held = body }
        begin(head, origin: origin)
    }

    /// Ends the request's way to wherever it was going.
    private func dropRequest() {
        if case .streaming(let sink) = requestPhase { sink.abort() }
        waiting?.cancel()
        waiting = nil
        requestPhase = .discarding
        unsent = nil
        spool?.remove()
        spool = nil
        if !requestEnded { transport.requestFlow(true) }
    }

    private func openTerminal() {
        if let malformation = exchange.malformation { return refuse(malformation) }
        if exchange.destination == .own { sendContinueIfExpected() }
        switch terminal.open(&exchange, answering: self, on: loop) {
        case .refused(let problem):
            refuse(problem)
        case .streaming(let sink):
            requestPhase = .streaming(sink)
            if let spool {
                spool.rewind()
                isReplaying = true
                return replay(to: sink)
            }
            if let bytes = unsent, bytes.readableBytes > 0 {
                unsent = nil
                sink.body(bytes)
            }
            if requestEnded { sink.end(trailers) } else { transport.requestFlow(true) }
            if !transport.isWritable { sink.responseFlow(false) }
        }
    }

    public func receiveBody(_ chunk: ByteBuffer) {
        guard !finished else { return }
        requestBytes &+= chunk.readableBytes
        if let meter = exchange.meter, requestBytes > meter.limit, overran(meter) { return }
        switch requestPhase {
        case .streaming(let sink):
            sink.body(chunk)
        case .discarding:
            break
        case .deciding:
            hold(chunk)
            if (unsent?.readableBytes ?? 0) >= ExchangeDriver.bufferBound { transport.requestFlow(false) }
        case .collecting(let need, let resume):
            hold(chunk)
            _ = continueCollecting(need, resume)
        }
    }

    public func receiveEnd(_ fields: HTTPHeaders?) {
        guard !finished, !requestEnded else { return }
        requestEnded = true
        if let fields {
            let kept = fields.filter { pipeline.keepsTrailer($0.name) }
            if kept.count < fields.count {
                exchange.acting = .engine
                exchange.note("headers.trailer-dropped")
            }
            trailers = kept.isEmpty ? nil : HTTPHeaders(kept.map { ($0.name, $0.value) })
        }
        switch requestPhase {
        case .streaming(let sink): sink.end(trailers)
        case .collecting(let need, let resume): _ = continueCollecting(need, resume)
        case .deciding, .discarding: break
        }
    }

    /// The bytes of the request stopped being HTTP: nothing that was said of its body holds any more.
    public func receiveMalformed(_ problem: Problem) {
        guard !finished else { return }
        requestEnded = true
        closesConnection = true
        switch responsePhase {
        case .none:
            exchange.acting = .engine
            refuse(problem)
        case .peeking, .running, .sent:
            if case .streaming(let sink) = requestPhase { sink.abort() }
            requestPhase = .discarding
            transport.abort()
            finish(.clientGone)
        case .ended: break
        }
    }

    private func hold(_ chunk: ByteBuffer) {
        var chunk = chunk
        if let spool {
            spool.append(chunk)
        } else if unsent == nil {
            unsent = chunk
        } else {
            unsent?.writeBuffer(&chunk)
        }
    }

    /// True when the exchange ended over it.
    private func overran(_ meter: BodyMeter) -> Bool {
        if meter.acting.mode == .observe {
            if !meter.reported {
                exchange.meter?.reported = true
                exchange.acting = meter.acting
                exchange.record(meter.problem, .wouldHave)
            }
            return false
        }
        exchange.meter = nil
        exchange.acting = meter.acting
        var problem = meter.problem
        problem.closesConnection = true
        switch responsePhase {
        case .none, .peeking, .running:
            responsePhase = .none
            nextResponder = 0
            bodyWork = []
            held = ByteBuffer()
            refuse(problem)
        case .sent:
            exchange.record(problem, .enforced)
            if case .streaming(let sink) = requestPhase { sink.abort() }
            requestPhase = .discarding
            transport.abort()
            finish(.completed)
        case .ended: break
        }
        return true
    }

    // MARK: - Body verdicts

    private func collect(_ need: BodyNeed, _ resume: @escaping BodyResume) -> Bool {
        if case .spooled = need, spool == nil { spool = BodySpool(startingWith: &unsent) }
        requestPhase = .collecting(need, resume)
        if !requestEnded {
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
            let available = unsent?.readableBytes ?? 0
            guard requestEnded || available >= count else { return false }
            let prefix = unsent?.getSlice(at: unsent?.readerIndex ?? 0, length: min(count, available))
            body = .memory(prefix ?? ByteBuffer(), isWhole: requestEnded && available <= count)
        case .whole(let most):
            if requestBytes > most { return settleCollected(tooLarge(most), resumesReceivers) }
            guard requestEnded else { return false }
            body = .memory(unsent ?? ByteBuffer(), isWhole: true)
        case .spooled(let most):
            if requestBytes > most { return settleCollected(tooLarge(most), resumesReceivers) }
            guard requestEnded, let spool else { return false }
            guard let whole = spool.body else {
                return settleCollected(
                    .refuse(
                        Problem(
                            "body.spool-failed", status: 503, title: "The request can't be inspected just now.",
                            source: .edge, cause: spool.failure), always: true), resumesReceivers)
            }
            body = whole
        }
        requestPhase = .deciding
        return settleCollected(resume(&exchange, body), resumesReceivers)
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
        exchange.request.removeAll { name, _ in name.utf8.count == 6 && name.lowercased() == "expect" }
    }

    /// Gives a spooled body to the upstream, as fast as it takes it.
    private func replay(to sink: any RequestSink) {
        while upstreamIsOpen, let spool {
            guard let chunk = spool.next() else {
                spool.remove()
                self.spool = nil
                isReplaying = false
                return sink.end(trailers)
            }
            sink.body(chunk)
        }
    }

    // MARK: - Waiting

    private func beginWait(_ limit: Duration, _ work: @escaping @Sendable () async throws -> Resume) {
        let wait = PendingWait()
        waiting = wait
        let bound = NIOLoopBound(self, eventLoop: loop)
        let loop = self.loop
        let task = Task {
            let result: Result<Resume, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            loop.execute { bound.value.waitEnded(bound.value.waiting, result) }
        }
        wait.task = task
        wait.timeout = loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) { self.waitIsLate(wait) }
    }

    private func waitEnded(_ wait: PendingWait?, _ result: Result<Resume, any Error>) {
        guard let wait, waiting === wait else { return }
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

    public func informational(_ head: ResponseHead) {
        guard !finished, case .none = responsePhase else { return }
        if head.status == .continue {
            if continueSent { return }
            continueSent = true
        }
        transport.informational(head)
    }

    public func head(_ head: ResponseHead, origin: ResponseOrigin) {
        guard !finished, case .none = responsePhase else { return }
        if origin == .upstream { exchange.upstreamTime = NIODeadline.now() - exchange.startedAt }
        begin(head, origin: origin)
    }

    private func begin(_ head: ResponseHead, origin: ResponseOrigin) {
        exchange.responseOrigin = origin
        responseHead = head
        responsePhase = .running
        nextResponder = 0
        runResponders()
    }

    private func runResponders() {
        while nextResponder < pipeline.responders.count {
            let entry = pipeline.responders[nextResponder]
            nextResponder &+= 1
            guard entry.position <= reached else { continue }
            exchange.acting = entry.acting
            if entry.acting.mode == .observe {
                guard observe(entry) else { return }
            } else {
                guard apply(entry.stage.respond(&exchange, &responseHead)) else { return }
            }
        }
        sendHead()
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
            responseHead.headers.remove(name: "content-length")
            return true
        case .peek(let count, let decision):
            return peek(count, decision, observing: false)
        }
    }

    /// An observing response control works on a copy; what it would have done is recorded.
    private func observe(_ entry: CompiledPipeline.Entry) -> Bool {
        var copy = responseHead
        let plan = entry.stage.respond(&exchange, &copy)
        noteDifference(to: copy)
        switch plan {
        case .pass: return true
        case .peek(let count, let decision): return peek(count, decision, observing: true)
        case .replace, .transform, .tee:
            if exchange.wouldChange.count < 64 { exchange.wouldChange.append("body:\(entry.stage.name)") }
            return true
        }
    }

    private func noteDifference(to copy: ResponseHead) {
        if copy.status != responseHead.status { exchange.wouldChange.append(":status") }
        for (name, value) in copy.headers where exchange.wouldChange.count < 64 {
            if !responseHead.headers[name].contains(value) { exchange.wouldChange.append(name.lowercased()) }
        }
        for (name, _) in responseHead.headers where exchange.wouldChange.count < 64 {
            if !copy.headers.contains(name: name) { exchange.wouldChange.append("-" + name.lowercased()) }
        }
    }

    private func peek(_ count: Int, _ decision: @escaping PeekDecision, observing: Bool) -> Bool {
        workHeld()
        let whole = upstreamEnded || !bodyFollows
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
            case .replace: exchange.wouldChange.append("body:\(exchange.acting.name)")
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
            responseHead.status = HTTPResponseStatus(statusCode: problem.status)
            for name in ["content-type", "content-encoding", "etag", "last-modified", "transfer-encoding"] {
                responseHead.headers.remove(name: name)
            }
            replaceBody(ByteBuffer())
        }
        return true
    }

    private func replaceBody(_ body: ByteBuffer) {
        replacement = body
        dropsUpstreamBody = true
        bodyWork = []
        heldWork = 0
        held = ByteBuffer()
        responseHead.headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes))
        if case .streaming(let sink) = requestPhase, !upstreamEnded { sink.responseFlow(true) }
    }

    /// Whether this response has a body on the wire (RFC 9110 §6.4.1).
    private var bodyFollows: Bool {
        let status = responseHead.status.code
        return exchange.request.method != .HEAD && status != 204 && status != 304 && status >= 200
    }

    private func sendHead() {
        responsePhase = .sent
        exchange.acting = .engine
        sentStatus = Int(responseHead.status.code)
        if let upgrade { return sendUpgrade(upgrade) }
        let hasBody = bodyFollows
        let length = responseHead.headers.first(name: "content-length").flatMap { Int($0) }
        if !requestEnded, exchange.responseOrigin != .upstream { closesConnection = true }
        transport.head(responseHead, length: length, hasBody: hasBody, closes: closesConnection)
        if let replacement {
            self.replacement = nil
            emit(replacement)
            if !upstreamEnded, case .streaming(let sink) = requestPhase {
                // What the app still sends of its own body is of no use to anybody.
                sink.abort()
                requestPhase = .discarding
                upstreamEnded = true
            }
        } else {
            workHeld()
            let bytes = held
            held = ByteBuffer()
            if hasBody { emit(bytes) }
        }
        if upstreamEnded { endResponse() } else if case .streaming(let sink) = requestPhase {
            sink.responseFlow(transport.isWritable)
        }
    }

    /// Brings the held bytes through the body work that was added since they came.
    private func workHeld() {
        guard heldWork < bodyWork.count, held.readableBytes > 0 || upstreamEnded else {
            heldWork = bodyWork.count
            return
        }
        var bytes = held
        for work in bodyWork[heldWork...] { bytes = run(work, bytes) }
        held = bytes
        heldWork = bodyWork.count
    }

    private func run(_ work: BodyWork, _ bytes: ByteBuffer) -> ByteBuffer {
        switch work {
        case .tee(let sink):
            if bytes.readableBytes > 0 { sink.write(bytes) }
            return bytes
        case .transform(let transform):
            return bytes.readableBytes > 0 ? transform.transform(bytes) : bytes
        }
    }

    public func body(_ chunk: ByteBuffer) {
        guard !finished, !dropsUpstreamBody, !upstreamEnded else { return }
        switch responsePhase {
        case .sent:
            guard bodyFollows else { return }
            if bodyWork.isEmpty { return emit(chunk) }
            var bytes = chunk
            for work in bodyWork { bytes = run(work, bytes) }
            emit(bytes)
        case .peeking(let count, let decision, let observing):
            var bytes = chunk
            for work in bodyWork[..<heldWork] { bytes = run(work, bytes) }
            held.writeBuffer(&bytes)
            if peek(count, decision, observing: observing) { runResponders() }
        case .none, .running, .ended: break
        }
    }

    private func emit(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        responseBytes &+= bytes.readableBytes
        transport.body(bytes)
    }

    public func end(_ trailers: HTTPHeaders?) {
        guard !finished, !upstreamEnded else { return }
        upstreamEnded = true
        responseTrailers = trailers
        switch responsePhase {
        case .peeking(let count, let decision, let observing):
            if peek(count, decision, observing: observing) { runResponders() }
        case .sent:
            endResponse()
        case .none, .running, .ended: break
        }
    }

    private func endResponse() {
        guard case .sent = responsePhase else { return }
        for (position, work) in bodyWork.enumerated() {
            switch work {
            case .tee(let sink): sink.end()
            case .transform(let transform):
                guard bodyFollows else { continue }
                var rest = transform.finish()
                for later in bodyWork[(position + 1)...] { rest = run(later, rest) }
                emit(rest)
            }
        }
        responsePhase = .ended
        if case .streaming = requestPhase, !requestEnded { requestPhase = .discarding }
        transport.end(bodyFollows ? responseTrailers : nil)
        transport.exchangeEnded()
    }

    public func flush() {
        guard case .sent = responsePhase else { return }
        for (position, work) in bodyWork.enumerated() {
            if case .transform(let transform) = work {
                var bytes = transform.flush()
                for later in bodyWork[(position + 1)...] { bytes = run(later, bytes) }
                emit(bytes)
            }
        }
        transport.flush()
    }

    public func failed(_ problem: Problem) {
        guard !finished, !upstreamEnded else { return }
        exchange.acting = .engine
        switch responsePhase {
        case .none:
            requestPhase = .discarding
            refuse(problem)
        case .peeking, .running:
            // The head is still ours: the client gets a clean document instead of half a page.
            requestPhase = .discarding
            bodyWork = []
            heldWork = 0
            held = ByteBuffer()
            exchange.record(problem, .enforced)
            respond(problem)
        case .sent:
            exchange.record(problem, .enforced)
            requestPhase = .discarding
            transport.abort()
            finish(problem.status == 504 ? .timedOut : .upstreamBroke)
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
        guard !finished, case .none = responsePhase else { return channel.close() }
        exchange.upstreamTime = NIODeadline.now() - exchange.startedAt
        upgrade = channel
        upstreamEnded = true
        begin(head, origin: .upstream)
    }

    private func sendUpgrade(_ channel: any UpgradedUpstream) {
        responsePhase = .ended
        requestPhase = .discarding
        transport.upgrade(responseHead, to: channel) { received, sent in
            self.requestBytes = received
            self.responseBytes = sent
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
        guard !finished else { return }
        if case .streaming(let sink) = requestPhase { sink.abort() }
        requestPhase = .discarding
        waiting?.cancel()
        waiting = nil
        finish(ending)
    }

    private func finish(_ ending: Outcome.Ending) {
        guard !finished else { return }
        finished = true
        spool?.remove()
        spool = nil
        unsent = nil
        let outcome = Outcome(
            ending: ending, status: sentStatus, requestBytes: requestBytes, responseBytes: responseBytes,
            duration: NIODeadline.now() - exchange.startedAt)
        for entry in pipeline.finishers where entry.position <= reached {
            entry.stage.finish(exchange, outcome)
        }
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
