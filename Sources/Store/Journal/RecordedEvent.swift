public import Kernel

/// An event on its way out of a transaction: people are pseudonyms already, details only what the registry allows.
public struct RecordedEvent: Sendable, Equatable {
    public let kind: EventKind
    public let at: Timestamp
    /// A pseudonym, or a word such as `system`.
    public let actor: String?
    public let subject: String?
    public let details: [String: String]

    public init(kind: EventKind, at: Timestamp, actor: String?, subject: String?, details: [String: String]) {
        self.kind = kind
        self.at = at
        self.actor = actor
        self.subject = subject
        self.details = details
    }
}

/// Where events go besides the trail, in the same transaction: what it writes exists exactly when the act does.
public protocol EventOutlet: Sendable {
    /// Called before the chain is locked. It may write rows and enqueue jobs; it must not append events.
    func deliver(_ events: [RecordedEvent], in db: Transaction) throws
}

/// Why an event wasn't accepted. Only strict journals (tests, development) throw it.
public enum JournalError: Error, Sendable, Equatable, CustomStringConvertible {
    case unregisteredKind(String)
    case undeclaredField(kind: String, field: String)

    public var description: String {
        switch self {
        case .unregisteredKind(let kind): "the event kind “\(kind)” isn't in EventRegistry"
        case .undeclaredField(let kind, let field): "“\(kind)” declares no field “\(field)” in EventRegistry"
        }
    }
}
