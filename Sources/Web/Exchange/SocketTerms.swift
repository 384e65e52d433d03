public import Kernel

/// How a WebSocket's caller was told at the upgrade, and how that is asked again while it is open.
public final class SocketCaller: Sendable {
    /// By a one-time ticket: no browser sends one by itself, so nobody's cookies were ridden on.
    public let isTicketed: Bool
    /// Whether the subprotocol that carried the ticket waits for an answer.
    public let offersSubprotocol: Bool
    /// Whether whoever opened the socket is still who they were; `isInUse` says that they sent a message since the last time.
    public let standing: @Sendable (_ isInUse: Bool) -> CallerStanding

    public init(
        isTicketed: Bool = false, offersSubprotocol: Bool = false,
        standing: @escaping @Sendable (_ isInUse: Bool) -> CallerStanding
    ) {
        self.isTicketed = isTicketed
        self.offersSubprotocol = offersSubprotocol
        self.standing = standing
    }
}

/// What has become of a caller.
public enum CallerStanding: Sendable, Equatable {
    case signedIn(SignedIn)
    /// The session, key or token has ended, or its account may not sign in any more.
    case over
    /// What is in memory is too old to say.
    case unknown
}

/// What holds for the WebSocket that an exchange becomes; set by a stage, kept by whoever carries the bytes.
public final class SocketTerms: Sendable {
    /// The capability id that its events carry.
    public let control: String
    /// `observe`: what would end it is told once, and it goes on.
    public let mode: ControlMode
    /// Payload bytes of one message from the client, over all its frames, as sent.
    public let maxMessageBytes: UInt64
    /// Counts one message of the client's: theoretical arrival, now (both in nanoseconds); false where it is one too many.
    public let admits: @Sendable (_ arrival: inout UInt64, _ now: UInt64) -> Bool
    /// Asked some times a second; nil: there is nobody to ask about.
    public let review: (@Sendable (_ isInUse: Bool) -> SocketReview)?
    /// Masks the frames that we send to the app.
    public let random: any RandomSource

    public init(
        control: String, mode: ControlMode, maxMessageBytes: UInt64,
        admits: @escaping @Sendable (_ arrival: inout UInt64, _ now: UInt64) -> Bool,
        review: (@Sendable (_ isInUse: Bool) -> SocketReview)?, random: any RandomSource
    ) {
        self.control = control
        self.mode = mode
        self.maxMessageBytes = maxMessageBytes
        self.admits = admits
        self.review = review
        self.random = random
    }
}

public enum SocketReview: Sendable, Equatable {
    case goesOn
    /// It can't be told just now: it goes on, for a while.
    case unknown
    case ends(SocketObjection)
}

/// Why an open WebSocket may not go on.
public struct SocketObjection: Sendable, Hashable {
    public let reason: ReasonID
    /// For the close frame (RFC 6455 §7.4).
    public let code: UInt16
    /// For the log; never a secret.
    public let detail: String?
    public init(_ reason: ReasonID, code: UInt16, detail: String? = nil) {
        self.reason = reason
        self.code = code
        self.detail = detail
    }
}

/// How an upgraded connection ended.
public struct SocketEnding: Sendable {
    /// Bytes from the client and to it.
    public var received: Int
    public var sent: Int
    /// What was objected to: each reason once.
    public var objections: [SocketObjection]
    public init(received: Int, sent: Int, objections: [SocketObjection] = []) {
        self.received = received
        self.sent = sent
        self.objections = objections
    }
}
