/// Something that an auditor must be able to see later: who did what to whom. Written in the transaction of the act.
public struct AuditEvent: Sendable, Equatable {
    /// A kind of the event registry, such as `session.revoked`.
    public let kind: String
    /// Who did it: an account's id, `system`, or `cli:USER`. Stored as a pseudonym.
    public let actor: String?
    /// Whom it is about, likewise.
    public let subject: String?
    /// What else is worth knowing, by name. Free of personal data and secrets.
    public let details: [String: String]

    public init(_ kind: String, actor: String? = nil, subject: String? = nil, details: [String: String] = [:]) {
        self.kind = kind
        self.actor = actor
        self.subject = subject
        self.details = details
    }
}

/// The port to the audit trail: rooms append, the `Journal` chains. Append inside the transaction of the act.
public protocol AuditTrail: Sendable {
    func append(_ event: AuditEvent, in db: Transaction) throws
}
