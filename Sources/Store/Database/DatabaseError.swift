/// What went wrong with the database: a stable code for decisions, a detail for the log (never for a stranger).
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// It can't be reached, or the connection broke before anything could be committed. Trying again is safe.
        public static let unavailable = Code(rawValue: "unavailable")
        /// The connection broke while COMMIT was under way: it may have happened or not.
        public static let outcomeUnknown = Code(rawValue: "outcome-unknown")
        /// No connection came free within the wait limit.
        public static let busy = Code(rawValue: "busy")
        /// The statement ran longer than its limit.
        public static let statementTimeout = Code(rawValue: "statement-timeout")
        /// A row stayed locked by another longer than the limit.
        public static let lockTimeout = Code(rawValue: "lock-timeout")
        /// Two transactions got in each other's way (deadlock, serialization) and this one was undone.
        public static let conflict = Code(rawValue: "conflict")
        public static let uniqueViolation = Code(rawValue: "unique-violation")
        public static let foreignKeyViolation = Code(rawValue: "foreign-key-violation")
        public static let notNullViolation = Code(rawValue: "not-null-violation")
        public static let checkViolation = Code(rawValue: "check-violation")
        /// A trigger of ours refused it: the table only grows.
        public static let appendOnly = Code(rawValue: "append-only")
        /// No space left where the database lives.
        public static let diskFull = Code(rawValue: "disk-full")
        public static let readOnly = Code(rawValue: "read-only")
        /// The file isn't a database, or a damaged one.
        public static let corrupt = Code(rawValue: "corrupt")
        /// Wrong user, password or certificate.
        public static let authentication = Code(rawValue: "authentication")
        /// The role may not do this.
        public static let permission = Code(rawValue: "permission")
        /// The address or a setting of it is wrong.
        public static let configuration = Code(rawValue: "configuration")
        /// The schema is newer than this program, or was edited.
        public static let schema = Code(rawValue: "schema")
        /// A statement that the engine doesn't understand: a defect of ours.
        public static let statement = Code(rawValue: "statement")
        /// A row that isn't what the code expects: a defect of ours, or of whoever edited it.
        public static let decoding = Code(rawValue: "decoding")
        /// A value that the engine can't keep, such as a text with U+0000.
        public static let value = Code(rawValue: "value")
        /// The facade was closed.
        public static let closed = Code(rawValue: "closed")
        public static let other = Code(rawValue: "other")
    }

    public let code: Code
    /// For the log. Free of bound values; may name tables and columns.
    public let detail: String
    /// The constraint, index or table and columns that a violation names, where the engine tells.
    public let constraint: String?

    public init(_ code: Code, _ detail: String, constraint: String? = nil) {
        self.code = code
        self.detail = detail
        self.constraint = constraint
    }

    public var description: String { "database \(code.rawValue): \(detail)" }

    /// Whether the transaction was undone for reasons that a second try may not meet.
    public var isRetryable: Bool { code == .conflict || code == .unavailable }
}
