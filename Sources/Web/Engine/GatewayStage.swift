public import Kernel
public import NIOCore

/// One line of the pipeline: a synchronous decision on the connection's event loop.
///
/// A stage holds its configuration and nothing of an exchange; what it learns goes into the `Exchange`.
public protocol GatewayStage: Sendable {
    /// As printed by `seaworthy pipeline`, such as `HostCheck`.
    var name: String { get }
    /// The capability id that events carry, such as `protection.host`.
    var control: String { get }
    /// The engine applies it. A stage without a mode of its own says `.enforce`.
    var mode: ControlMode { get }
    /// As printed by `seaworthy pipeline`: where a stage must do something in every mode, the engine's differs from its capability's.
    var listedMode: ControlMode { get }
    /// The phases in which it does something: the list is compiled into one array for each.
    var phases: StagePhases { get }

    func receive(_ exchange: inout Exchange) -> Verdict
    /// In reverse order, only for stages whose `receive` was reached.
    func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan
    /// Exactly once for each exchange that reached it, aborted ones included.
    func finish(_ exchange: borrowing Exchange, _ outcome: Outcome)
}

extension GatewayStage {
    public var listedMode: ControlMode { mode }
    public func receive(_ exchange: inout Exchange) -> Verdict { .proceed }
    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan { .pass }
    public func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {}
}

public struct StagePhases: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let receive = StagePhases(rawValue: 1)
    public static let respond = StagePhases(rawValue: 2)
    public static let finish = StagePhases(rawValue: 4)
}

/// What a stage decides about a request.
// Indirect, so that what nearly all stages say is one word that nobody has to copy.
public indirect enum Verdict: Sendable {
    case proceed
    /// `always`: also when the stage observes (what a parser can read in two ways).
    case refuse(Problem, always: Bool = false)
    case answer(Response)
    /// Asks something that takes time. The closure copies what it needs; its `Resume` runs back on the event loop.
    /// Later than `upTo`: 503, in `observe` it passes with an event. A throw is a 500 problem, or the problem thrown.
    case wait(upTo: Duration, @Sendable () async throws -> Resume)
    /// Wants to see the request's body first: no byte of it reaches the upstream before the last body verdict.
    case body(BodyNeed, BodyResume)
}

public typealias Resume = @Sendable (inout Exchange) -> Verdict
public typealias BodyResume = @Sendable (inout Exchange, RequestBody) -> Verdict

/// How much of the body a stage must see.
public enum BodyNeed: Sendable, Equatable {
    /// The first `n` bytes, fewer when the body is shorter.
    case prefix(Int)
    /// All of it, in memory; a longer one is refused with 413, in `observe` it passes unseen with an event.
    case whole(max: Int)
    /// All of it, in a temporary file once it no longer fits in memory.
    case spooled(max: Int)
}

/// A body as a stage sees it.
public enum RequestBody: Sendable {
    /// `isWhole` is false for a prefix of something longer.
    case memory(ByteBuffer, isWhole: Bool)
    /// The path of a temporary file that lives as long as the exchange, and its size in bytes.
    case file(path: String, size: Int)
}

/// What a stage does with a response's body.
// Indirect, as `Verdict`.
public indirect enum BodyPlan: Sendable {
    case pass
    /// Holds the head back until `n` bytes, or all if fewer, have come; then decides.
    case peek(Int, PeekDecision)
    /// Another body instead; the length is set by the engine.
    case replace(ByteBuffer)
    /// Sees every chunk, changes none.
    case tee(any BodySink)
    /// Changes chunks; the length becomes unknown.
    case transform(any BodyTransform)
}

/// Called once with the first bytes of the body and whether that is all of it.
public typealias PeekDecision =
    @Sendable (inout Exchange, inout ResponseHead, ByteBuffer, _ isWhole: Bool) -> PeekVerdict

public enum PeekVerdict: Sendable {
    case pass
    /// The rest of the upstream's body is dropped.
    case replace(ByteBuffer)
    /// The response becomes this problem.
    case refuse(Problem)
}

/// One response's sink; used on one event loop.
public protocol BodySink: Sendable {
    func write(_ chunk: ByteBuffer)
    func end()
}

/// One response's transformation; used on one event loop, made anew for each response.
public protocol BodyTransform: Sendable {
    /// What goes out for this chunk; empty when nothing does yet.
    func transform(_ chunk: ByteBuffer) -> ByteBuffer
    /// What is left at the end.
    func finish() -> ByteBuffer
    /// What must go out now, because the sender paused (server-sent events).
    func flush() -> ByteBuffer
}

/// How an exchange ended.
public struct Outcome: Sendable {
    public enum Ending: String, Sendable {
        case completed
        /// The client left before the last byte.
        case clientGone = "client-gone"
        /// The response broke off because the app's did.
        case upstreamBroke = "upstream-broke"
        /// A time limit cut it off after the head was out.
        case timedOut = "timed-out"
        /// The request broke a rule (its size, its framing) after the head was out, and the response was cut off.
        case cutOff = "cut-off"
        /// The connection became a WebSocket (or another protocol) and has ended.
        case upgraded
        /// Shut down in mid-exchange.
        case shutDown = "shut-down"
    }
    public let ending: Ending
    /// The status that was sent; 0 when none was.
    public let status: Int
    public let requestBytes: Int
    public let responseBytes: Int
    public let duration: TimeAmount

    public init(ending: Ending, status: Int, requestBytes: Int, responseBytes: Int, duration: TimeAmount) {
        self.ending = ending
        self.status = status
        self.requestBytes = requestBytes
        self.responseBytes = responseBytes
        self.duration = duration
    }
}
