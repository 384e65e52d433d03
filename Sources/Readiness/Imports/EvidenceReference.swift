import Kernel

/// Which file a report was judged by, so that anybody can tell whether it is the same one.
public struct EvidenceReference: Sendable, Codable, Equatable {
    public var file: String
    public var format: EvidenceFormat
    public var sha256: String
    /// ISO 8601; nil when nobody knows.
    public var madeAt: String?
    public var commit: String?
    /// Why it wasn't accepted; nil when it was.
    public var refusal: String?

    public init(_ evidence: ImportedEvidence, refusal: String?) {
        file = visible(evidence.file, limit: 200)
        format = evidence.format
        sha256 = evidence.digest
        madeAt = evidence.madeAt.flatMap { seconds in
            (0...9_000_000_000).contains(seconds)
                ? Timestamp(nanosecondsSinceEpoch: seconds * 1_000_000_000).iso8601 : nil
        }
        commit = evidence.commit.map { visible($0, limit: 64) }
        self.refusal = refusal.map { visible($0, limit: 200) }
    }
}
