/// Writes that are sent at the same moment, and what must be so afterwards.
public struct RaceRule: Sendable {
    /// What is promised, in the form that a configuration writes it. The form decides which check asks.
    public enum Promise: Sendable, Equatable {
        /// `adds`: each acknowledged write moves the number at `pointer` by this much.
        case adds(pointer: String, Double)
        /// `at-most`: no more than this many of the same write are acknowledged.
        case atMost(Int)
        /// `moves-once`: however many of the same write are acknowledged, the number at `pointer` moves by this much, once.
        case movesOnce(pointer: String, Double)
        /// `exclusive`: of different writes only one kind is acknowledged.
        case exclusive
        /// `shows` on each write: what was acknowledged is read back.
        case kept
    }

    public var name: String
    /// nil for the first identity; `newcomer` for somebody who signs up anew in every round.
    public var identity: String?
    /// The object whose `{id}` stands in the paths below.
    public var object: String?
    /// What makes the state that the writes compete for.
    public var before: [RaceStep] = []
    public var writes: [RaceWrite]
    public var read: Operation?
    public var promise: Promise
    /// How often it is tried before it holds.
    public var rounds = 2

    public static let newcomer = "newcomer"

    /// What a report calls the promise.
    var kind: Kind {
        switch promise {
        case .adds(_, let number): number < 0 ? .takes : .adds
        case .atMost, .movesOnce: .once
        case .exclusive: .exclusive
        case .kept: .kept
        }
    }

    public enum Kind: String, Sendable, CaseIterable { case adds, takes, once, exclusive, kept }
}

/// A request that comes before a race; `take` keeps parts of its answer under names for `{name}`.
public struct RaceStep: Sendable {
    public var operation: Operation
    public var body: BodyTemplate?
    /// Name to JSON pointer.
    public var take: [(name: String, pointer: String)] = []
}

/// One of the competing writes.
public struct RaceWrite: Sendable {
    public var operation: Operation
    public var body: BodyTemplate?
    /// Where, and as what text, `read` shows that it took effect.
    public var shows: (pointer: String, value: String)?
}

/// How somebody opens an account without asking anybody.
public struct SignUp: Sendable {
    public var operation: Operation
    public var body: BodyTemplate
    /// With `{nonce}`, which is new for each account.
    public var user = "readiness-{nonce}@example.test"
    /// The page with the form, read first so that its hidden fields go along.
    public var page: String?
}
