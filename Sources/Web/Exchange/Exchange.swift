public import Kernel
public import NIOCore

/// One request and its response, from the first byte to the last: what stages look at and write to.
///
/// It can't be copied, so that nobody decides on a stale one. Fields that one stage sets for another say which.
public struct Exchange: ~Copyable {
    public let id: ExchangeID
    public let connection: ConnectionInfo
    /// What stages remember from one exchange of a connection to the next; nil where nothing is.
    public let memory: ConnectionMemory?
    public let startedAt: NIODeadline
    public var request: RequestHead
    /// What the decoder or the protocol handler found wrong before there was a whole head. `RequestShape` refuses it.
    public var malformation: Problem? { malformed?.problem }
    @usableFromInline let malformed: ProblemBox?
    /// Whether there is one. In place: a call would copy the exchange's fields for the callee.
    @inlinable public var isMalformed: Bool { malformed != nil }

    // MARK: set by stages, in list order
    /// By `Record`: the `X-Request-ID` of this exchange, valid for a header, a log line and a document.
    public var correlation = CorrelationID.given("")
    /// By `Record`: the W3C trace id that goes to the app.
    public var trace = CorrelationID.given("")
    /// By `RequestShape`: the target in every reading that policy must hold for.
    public var target = TargetReadings()
    /// By `ClientAddress`: who is really asking; before that, the peer.
    public var clientAddress: IPAddress?
    /// By `ClientAddress`: the scheme the client used, as a trusted hop or this listener says.
    public var externalScheme: Scheme
    /// By `AddressLimit`: what the client may still ask as of this request; nil where it isn't counted.
    public var rateLimit: RateLimitState?
    /// By `RoutePolicy`.
    public var policy: RouteDecision?
    /// By `SignIn`: who is asking; nil for whoever isn't signed in with us.
    public var caller: SignedIn?
    /// By `SignIn`: who is asking but must set up a second factor first; never together with `caller`.
    public var enrolling: SignedIn?
    /// By `AdoptedSession`, for `AdoptedSignIn`: what is known of the app's own sign-in; nil where nothing is.
    public var signInMemory: (any SignInMemory)?
    /// By `RoutePolicy`: where the request goes if nothing objects.
    public var destination = Destination.upstream
    /// By `RequestShape`: a well-formed WebSocket upgrade; only then may the upstream switch protocols.
    public var isWebSocketUpgrade = false
    /// By `SignIn` and `AdoptedSession`, at an upgrade: how to ask again about whoever opens the socket.
    public var socketCaller: SocketCaller?
    /// By `WebSocket`, at an upgrade: what holds while it is open; nil where nothing does.
    public var socketTerms: SocketTerms?
    /// By `Authorization`: without it nothing can be forwarded.
    public var permit: ForwardPermit?

    // MARK: kept by the engine
    /// Events of this exchange in order, refusals that `observe` let pass included.
    public private(set) var events: [SecurityEvent] = []
    /// What ended it, when one of ours did.
    public internal(set) var refusal: Problem? {
        get { refused?.problem }
        set { refused = newValue.map { ProblemBox($0) } }
    }
    @usableFromInline var refused: ProblemBox?
    /// Whether it was ended by one of ours.
    @inlinable public var isRefused: Bool { refused != nil }
    public internal(set) var responseOrigin = ResponseOrigin.upstream
    /// How long the app took to its response head; nil where it wasn't asked.
    public internal(set) var upstreamTime: TimeAmount?
    /// Header fields that an observing response control would have set, changed or removed.
    public internal(set) var wouldChange: [String] = []
    var meter: BodyMeter?
    var controls = [ActingControl.engine]
    /// Who is being asked: a place in `controls`, 0 for the engine.
    var actingPlace = 0
    var acting: ActingControl { controls[actingPlace] }

    public init(
        id: ExchangeID, connection: ConnectionInfo, memory: ConnectionMemory? = nil, request: consuming RequestHead,
        malformation: Problem? = nil, startedAt: NIODeadline
    ) {
        self.id = id
        self.connection = connection
        self.memory = memory
        self.clientAddress = connection.peer
        self.externalScheme = request.scheme
        self.request = request
        self.malformed = malformation.map { ProblemBox($0) }
        self.startedAt = startedAt
    }

    /// What a stage says when it objects: in `enforce` the verdict to return, in `observe` nil after recording it.
    ///
    ///     if let refusal = exchange.object(to: problem) { return refusal }
    public mutating func object(to problem: Problem) -> Verdict? {
        if acting.mode == .enforce { return .refuse(problem) }
        record(problem, .wouldHave)
        return nil
    }

    /// As `object(to:)`, where a parser could read the request in two ways: refused whatever the mode.
    public func refuseAmbiguity(_ problem: Problem) -> Verdict { .refuse(problem, always: true) }

    /// Tells something that refuses nothing.
    public mutating func note(_ reason: ReasonID, detail: String? = nil) {
        append(SecurityEvent(control: acting.control, reason: reason, disposition: .noted, detail: detail))
    }

    /// As above, for what a stage tells of many exchanges in the same words.
    public mutating func note(_ note: StandingNote) {
        if events.isEmpty { events = note.events } else { for event in note.events { append(event) } }
    }

    /// The text of `correlation`.
    public var requestID: String {
        get { correlation.text }
        set { correlation = .given(newValue) }
    }

    /// The text of `trace`.
    public var traceID: String {
        get { trace.text }
        set { trace = .given(newValue) }
    }

    /// Lets a test act as a stage in `mode`, where no engine does.
    @_spi(Testing)
    public mutating func act(as name: String, control: String, mode: ControlMode) {
        controls = [.engine, ActingControl(name: name, control: control, mode: mode)]
        actingPlace = 1
    }

    /// The limit that `limitBody` set; nil where none.
    public var bodyLimit: Int? { meter?.limit }

    /// Limits the request's body, whether or not its length was declared: over it the exchange ends with `problem`
    /// and the upstream request is aborted; in `observe` it is recorded once.
    public mutating func limitBody(to limit: Int, _ problem: Problem) {
        meter = BodyMeter(limit: limit, problem: problem, mode: acting.mode, place: actingPlace)
    }

    mutating func record(_ problem: Problem, _ disposition: SecurityEvent.Disposition) {
        append(
            SecurityEvent(
                control: acting.control, reason: problem.reason, disposition: disposition, status: problem.status,
                detail: problem.detail))
    }

    /// At most 32 events an exchange: a hostile one must not grow the log line without bound. What ended it is never
    /// crowded out by what was only told.
    mutating func append(_ event: SecurityEvent) {
        if events.count < 32 {
            events.append(event)
        } else if event.disposition == .enforced {
            events[31] = event
        }
    }
}

/// Something that a stage tells in the same words each time: made once, and shared by the exchanges.
public struct StandingNote: Sendable {
    let events: [SecurityEvent]

    /// - Parameter control: the stage's own.
    public init(control: String, _ reason: ReasonID) {
        events = [SecurityEvent(control: control, reason: reason, disposition: .noted)]
    }
}

/// What is left of a limit.
public struct RateLimitState: Sendable, Equatable {
    public let remaining: Int
    /// Seconds until one more is admitted, or until all of it is there again.
    public let resetSeconds: Int
    public init(remaining: Int, resetSeconds: Int) {
        self.remaining = remaining
        self.resetSeconds = resetSeconds
    }
}

/// Unique within the process.
public struct ExchangeID: Hashable, Sendable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
}

/// What is known of the connection that an exchange came on.
public final class ConnectionInfo: Sendable {
    public let peer: IPAddress?
    /// The peer as text, for the log.
    public let peerText: String
    public let isTLS: Bool
    /// Which listener: the public door or the operator's.
    public let door: Door
    /// `http/1.1` or `h2`.
    public let protocolName: String
    public init(peer: IPAddress?, peerText: String, isTLS: Bool, door: Door, protocolName: String) {
        self.peer = peer
        self.peerText = peerText
        self.isTLS = isTLS
        self.door = door
        self.protocolName = protocolName
    }
}

/// The two listeners.
public enum Door: String, Sendable { case `public`, `operator` }

/// Where a request goes when every stage let it pass.
public enum Destination: Sendable, Equatable {
    case upstream
    /// One of our own routes.
    case own
}

/// A problem behind a reference: most exchanges have none, and it is large.
@usableFromInline
final class ProblemBox: Sendable {
    let problem: Problem
    init(_ problem: Problem) { self.problem = problem }
}

struct BodyMeter {
    let limit: Int
    var problem: Problem { box.problem }
    private let box: ProblemBox
    let mode: ControlMode
    /// Of the control that set it.
    let place: Int
    var reported = false

    init(limit: Int, problem: Problem, mode: ControlMode, place: Int) {
        self.limit = limit
        box = ProblemBox(problem)
        self.mode = mode
        self.place = place
    }
}

/// The stage that is being asked, with the mode that the engine gave it. A class, because naming it for every stage of
/// every exchange must not copy strings.
final class ActingControl: Sendable {
    let name: String
    let control: String
    let mode: ControlMode
    init(name: String, control: String, mode: ControlMode) {
        self.name = name
        self.control = control
        self.mode = mode
    }

    /// The engine itself: what it decides always holds.
    static let engine = ActingControl(name: "engine", control: "gateway.engine", mode: .enforce)
}
