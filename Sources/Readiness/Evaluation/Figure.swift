/// A number about an app that somebody or something measured elsewhere, with where it comes from.
public struct Figure: Sendable, Codable, Equatable {
    /// An id of `FigureCatalogue`.
    public var id: String
    public var value: Double
    /// What measured it, such as `coverage.xml` or `CI run 881`.
    public var source: String
    /// The day on which it was measured; nil when nobody says.
    public var measured: CalendarDay?
    /// The commit that it belongs to; nil when nobody says.
    public var commit: String?

    public init(id: String, value: Double, source: String, measured: CalendarDay? = nil, commit: String? = nil) {
        self.id = id
        self.value = value
        self.source = source
        self.measured = measured
        self.commit = commit
    }
}

/// Somebody's signature under a criterion that no machine decides. It counts from its day to its last day.
public struct Attestation: Sendable, Codable, Equatable {
    /// The criterion that it is about.
    public var item: String
    public var by: String
    /// The role in which the person signs; nil when none is named.
    public var role: String?
    public var signed: CalendarDay
    /// The last day on which it counts.
    public var expires: CalendarDay
    public var note: String?
    /// Digest of the run that the person saw: the signature counts for that evidence alone; nil for one that counts for any.
    public var evidence: String?

    public init(
        item: String, by: String, role: String? = nil, signed: CalendarDay, expires: CalendarDay, note: String? = nil,
        evidence: String? = nil
    ) {
        self.evidence = evidence
        self.item = item
        self.by = by
        self.role = role
        self.signed = signed
        self.expires = expires
        self.note = note
    }
}
