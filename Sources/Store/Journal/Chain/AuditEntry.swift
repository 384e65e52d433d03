import Crypto
public import Kernel

/// A row of the trail as it was written.
public struct AuditEntry: Sendable, Equatable {
    /// From 1, without gaps.
    public let sequence: Int64
    public let at: Timestamp
    public let kind: String
    /// Pseudonyms, or a word such as `system`.
    public let actor: String?
    public let subject: String?
    /// Canonical JSON: see `DetailsText`.
    public let details: String
    /// The hash of the row before; 32 zero bytes before the first.
    public let previousHash: [UInt8]
    public let hash: [UInt8]

    /// A row that follows `previous`.
    init(sequence: Int64, previousHash: [UInt8], event: RecordedEvent) {
        self.sequence = sequence
        at = event.at
        kind = event.kind.id
        actor = event.actor
        subject = event.subject
        let pairs = DetailsText.sorted(event.details)
        details = DetailsText.text(of: pairs)
        self.previousHash = previousHash
        hash = AuditEntry.hash(sequence, at, previousHash, kind, actor, subject, pairs)
    }

    init(_ row: Row) throws(DatabaseError) {
        sequence = try row["sequence"]
        at = try row["at"]
        kind = try row["kind"]
        actor = try row["actor"]
        subject = try row["subject"]
        details = try row["details"]
        previousHash = try row["previous_hash"]
        hash = try row["hash"]
    }

    static let columns: SQL = "sequence, at, kind, actor, subject, details, previous_hash, hash"
    static let noHash = [UInt8](repeating: 0, count: 32)

    /// The details by name; nil when the text isn't what we write.
    public var detailPairs: [(name: String, value: String)]? { DetailsText.pairs(of: details) }

    /// Whether the row's own hash fits its content, had it stood at `sequence`.
    func isGenuine(at sequence: Int64) -> Bool {
        guard let pairs = detailPairs else { return false }
        return AuditEntry.hash(sequence, at, previousHash, kind, actor, subject, pairs) == hash
    }

    /// SHA-256 over, in this order:
    ///
    ///     "seaworthy-audit-1" LF
    ///     sequence, at (nanoseconds since 1970)         8 bytes each, big-endian, two's complement
    ///     previous hash                                 its length in 4 bytes, its bytes
    ///     kind, actor, subject                          each: its length in 4 bytes, its UTF-8; absent: FF FF FF FF
    ///     number of details                             4 bytes
    ///     name and value of each, names ascending       as kind
    ///
    /// Every part says its own length, so no two rows have the same bytes. `docs/audit/verify.py` recomputes it.
    static func hash(
        _ sequence: Int64, _ at: Timestamp, _ previousHash: [UInt8], _ kind: String, _ actor: String?,
        _ subject: String?, _ details: [(name: String, value: String)]
    ) -> [UInt8] {
        var bytes = Array("seaworthy-audit-1\n".utf8)
        bytes.reserveCapacity(256)
        append(UInt64(bitPattern: sequence), 8)
        append(UInt64(bitPattern: at.nanosecondsSinceEpoch), 8)
        append(UInt64(previousHash.count), 4)
        bytes += previousHash
        append(kind)
        append(actor)
        append(subject)
        append(UInt64(details.count), 4)
        for (name, value) in details {
            append(name)
            append(value)
        }
        return Array(SHA256.hash(data: bytes))

        func append(_ number: UInt64, _ width: Int) {
            for index in 0..<width {
                bytes.append(UInt8(truncatingIfNeeded: number >> UInt64((width - 1 - index) * 8)))
            }
        }
        func append(_ text: String?) {
            guard let text else { return append(0xFFFF_FFFF, 4) }
            append(UInt64(text.utf8.count), 4)
            bytes += text.utf8
        }
    }
}
