/// How much an event asks for somebody's attention.
public enum EventSeverity: String, Sendable, CaseIterable, Comparable, Codable {
    /// Somebody did what they may: kept for whoever asks later.
    case info
    /// Expected on the open internet; worth counting.
    case notice
    /// Worth a look today.
    case warning
    /// Worth waking somebody.
    case critical

    private var rank: Int { EventSeverity.allCases.firstIndex(of: self) ?? 0 }
    public static func < (a: EventSeverity, b: EventSeverity) -> Bool { a.rank < b.rank }
}

/// A detail that an event may carry. What isn't declared isn't kept: that is how personal data stays out of the trail.
public struct EventField: Sendable, Equatable, ExpressibleByStringLiteral {
    public let name: String
    public init(_ name: String) { self.name = name }
    public init(stringLiteral value: String) { name = value }
}

/// One kind of event: the single definition behind the log, the metric, the audit row and the webhook.
public struct EventKind: Sendable, Equatable {
    /// Such as `session.revoked`: area, then what happened.
    public let id: String
    /// One sentence in the past tense.
    public let title: String
    public let severity: EventSeverity
    /// Names of the details that it may carry; none of them personal.
    public let fields: [EventField]
    /// Whether it becomes a row of the audit trail.
    public let isAudited: Bool
    /// Whether webhooks get it unless they name their own kinds.
    public let isDelivered: Bool
    /// How long its row is kept at least.
    public let retentionDays: Int
    /// Reasons of stages (`SecurityEvent.reason`) that are events of this kind.
    public let reasons: [ReasonID]
    /// Areas (`csrf` of `csrf.cross-site`) whose other reasons are events of this kind.
    public let areas: [String]

    public init(
        _ id: String, _ title: String, _ severity: EventSeverity, fields: [EventField] = [], isAudited: Bool = true,
        isDelivered: Bool? = nil, retentionDays: Int = EventKind.year, reasons: [ReasonID] = [], areas: [String] = []
    ) {
        self.id = id
        self.title = title
        self.severity = severity
        self.fields = fields
        self.isAudited = isAudited
        self.isDelivered = isDelivered ?? (severity >= .warning)
        self.retentionDays = retentionDays
        self.reasons = reasons
        self.areas = areas
    }

    /// A year and a month, so that a yearly audit finds all of its year.
    public static let year = 400
    /// What proves that the law was kept: three years, the usual period of limitation.
    public static let limitation = 1125

    public func accepts(_ field: String) -> Bool { fields.contains { $0.name == field } }
}
