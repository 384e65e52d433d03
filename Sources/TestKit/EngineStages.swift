public import Kernel
public import NIOCore
import Synchronization
public import Web

/// A stage made of closures.
public struct ScriptedStage: GatewayStage {
    public let name: String
    public let control: String
    public let mode: ControlMode
    public let phases: StagePhases
    private let onReceive: @Sendable (inout Exchange) -> Verdict
    private let onRespond: @Sendable (inout Exchange, inout ResponseHead) -> BodyPlan
    private let log: FinishLog?

    public init(
        _ name: String, mode: ControlMode = .enforce, log: FinishLog? = nil, phases: StagePhases? = nil,
        receive: @escaping @Sendable (inout Exchange) -> Verdict = { _ in .proceed },
        respond: @escaping @Sendable (inout Exchange, inout ResponseHead) -> BodyPlan = { _, _ in .pass }
    ) {
        self.name = name
        self.control = "test.\(name)"
        self.mode = mode
        self.phases = phases ?? [.receive, .respond, .finish]
        self.log = log
        onReceive = receive
        onRespond = respond
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        log?.reached(name)
        return onReceive(&exchange)
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        log?.responded(name)
        return onRespond(&exchange, &head)
    }

    public func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {
        log?.finished(name, outcome, exchange.events, exchange.wouldChange)
    }
}

/// What happened to the stages of an exchange, in order.
public final class FinishLog: Sendable {
    public struct Entry: Sendable {
        public let stage: String
        public let outcome: Outcome
        public let events: [SecurityEvent]
        public let wouldChange: [String]
    }

    private struct State {
        var reached: [String] = []
        var responded: [String] = []
        var finished: [Entry] = []
    }

    private let state = Mutex(State())
    public init() {}

    public var reached: [String] { state.withLock { $0.reached } }
    public var responded: [String] { state.withLock { $0.responded } }
    public var finished: [Entry] { state.withLock { $0.finished } }
    public var last: Entry? { finished.last }
    public var events: [SecurityEvent] { last?.events ?? [] }
    /// Such as `would-have protection.csrf`.
    public var eventTexts: [String] { events.map { "\($0.disposition.rawValue) \($0.reason.rawValue)" } }

    func reached(_ stage: String) { state.withLock { $0.reached.append(stage) } }
    func responded(_ stage: String) { state.withLock { $0.responded.append(stage) } }
    func finished(_ stage: String, _ outcome: Outcome, _ events: [SecurityEvent], _ wouldChange: [String]) {
        state.withLock {
            $0.finished.append(Entry(stage: stage, outcome: outcome, events: events, wouldChange: wouldChange))
        }
    }

    /// Each stage that was reached finished exactly once, and no other did.
    public var finishedOncePerReached: Bool {
        let finished = self.finished.map(\.stage)
        return Set(finished).count == finished.count && Set(finished) == Set(reached)
    }
}

/// A transform that marks what goes through it: `[chunk]`, and `(end)` at the end.
public final class MarkingTransform: BodyTransform {
    private let name: String
    public init(_ name: String) { self.name = name }
    public func transform(_ chunk: ByteBuffer) -> ByteBuffer { ByteBuffer(string: "\(name)[\(String(buffer: chunk))]") }
    public func finish() -> ByteBuffer { ByteBuffer(string: "\(name)(end)") }
    public func flush() -> ByteBuffer { ByteBuffer(string: "\(name)(flush)") }
}

/// A transform that gives nothing out before the end, as a compressor does.
public final class HoldingTransform: BodyTransform {
    private let kept = Mutex(ByteBuffer())
    public init() {}
    public func transform(_ chunk: ByteBuffer) -> ByteBuffer {
        kept.withLock { _ = $0.writeImmutableBuffer(chunk) }
        return ByteBuffer()
    }
    public func finish() -> ByteBuffer {
        kept.withLock { held in
            defer { held = ByteBuffer() }
            return held
        }
    }
    public func flush() -> ByteBuffer { finish() }
}

/// Keeps what it sees.
public final class CollectingSink: BodySink {
    private let state = Mutex<(text: String, ends: Int)>(("", 0))
    public init() {}
    public func write(_ chunk: ByteBuffer) { state.withLock { $0.text += String(buffer: chunk) } }
    public func end() { state.withLock { $0.ends += 1 } }
    public var text: String { state.withLock { $0.text } }
    public var ends: Int { state.withLock { $0.ends } }
}
