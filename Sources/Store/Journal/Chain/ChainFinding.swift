/// What is wrong with the trail, and where.
public struct ChainFinding: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// A row isn't what was written.
        case edited
        /// Rows are gone, whether or not the rest was renumbered.
        case removed
        /// Rows stand there that were never appended.
        case inserted
        /// Rows stand in another place than they were written to.
        case reordered
        /// The newest rows are gone.
        case truncated
        /// Everything fits together and yet isn't what was anchored: rows and hashes were written anew.
        case rewritten
        /// The head row is gone, or it and the last row contradict each other: one of the two was edited.
        case head
        /// The oldest row doesn't follow what the checkpoint says, or no event tells of that checkpoint.
        case checkpoint
        /// So much is wrong that the scan gave up naming it.
        case overwhelmed
    }

    public let kind: Kind
    /// Sequences of the rows; for `removed` and `truncated`, of those that are missing.
    public let first: Int64
    public let last: Int64

    public init(_ kind: Kind, _ first: Int64, _ last: Int64? = nil) {
        self.kind = kind
        self.first = first
        self.last = last ?? first
    }

    public var description: String {
        let rows = first == last ? "row \(first)" : "rows \(first) to \(last)"
        return switch kind {
        case .edited: "\(rows): edited"
        case .removed: "\(rows): removed"
        case .inserted: "\(rows): inserted"
        case .reordered: "\(rows): moved to another place"
        case .truncated: "\(rows): cut off at the end"
        case .rewritten: "\(rows): rewritten, or some of them; the anchor of \(last) disagrees"
        case .head: "the head and row \(first) contradict each other: one of them was edited"
        case .checkpoint: "the checkpoint before row \(first) isn't what the trail says"
        case .overwhelmed: "more than can be named from row \(first) on"
        }
    }
}

/// What a verification saw.
public struct ChainVerification: Sendable, Equatable {
    /// The first sequence that it looked at.
    public var from: Int64
    /// The head when it began.
    public var through: Int64
    public var entries: Int64
    /// Of the last row: with `through` where the next verification may go on.
    public var hash: [UInt8]
    /// Anchors that lay within and agreed.
    public var anchorsMatched: Int
    /// In the order of their rows.
    public var findings: [ChainFinding]

    public var isIntact: Bool { findings.isEmpty }
    public var end: ChainPosition { ChainPosition(sequence: through, hash: hash) }
}

/// A place in the chain.
public struct ChainPosition: Sendable, Equatable {
    public let sequence: Int64
    public let hash: [UInt8]

    public init(sequence: Int64, hash: [UInt8]) {
        self.sequence = sequence
        self.hash = hash
    }

    static let start = ChainPosition(sequence: 0, hash: AuditEntry.noHash)
}
