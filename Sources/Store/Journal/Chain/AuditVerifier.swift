import Kernel

/// Proves that the trail is what was written, or says which rows aren't. Reads page by page: bounded memory, no long
/// transaction, and appending goes on meanwhile.
public struct AuditVerifier: Sendable {
    private let database: Database
    static let page: Int64 = 2000

    public init(database: Database) { self.database = database }

    /// - Parameters:
    ///   - position: where to begin, from an earlier verification or anchor; nil for the oldest row that is kept.
    ///   - anchors: what was published of the head outside the database. Without any, who rewrites the whole trail, or takes its
    ///     newest rows and sets the head back, isn't found.
    /// - Throws: `DatabaseError`. What is wrong with the trail isn't thrown but found.
    public func verify(
        from position: ChainPosition? = nil, anchors: [Anchor] = []
    ) async throws -> ChainVerification {
        while true {
            let before = try await frame()
            let result = try await verify(before, from: position, anchors: anchors)
            // Rows that a retention run took away meanwhile look removed: then once more.
            guard !result.isIntact, try await frame().checkpoint != before.checkpoint else { return result }
        }
    }

    /// What must hold as a whole, at one moment.
    private struct Frame: Sendable {
        var checkpoint: ChainPosition?
        var head: ChainPosition?
        /// The newest row, which may lie beyond the head.
        var newest: Int64
    }

    private func frame() async throws -> Frame {
        try await database.read("audit.verify") { db in
            func position(_ sql: SQL) throws -> ChainPosition? {
                guard let row = try db.row(sql) else { return nil }
                return ChainPosition(sequence: try row["sequence"], hash: try row["hash"])
            }
            return Frame(
                checkpoint: try position(
                    """
                    SELECT through_sequence AS sequence, hash FROM audit_checkpoints
                    ORDER BY through_sequence DESC LIMIT 1
                    """),
                head: try position("SELECT sequence, hash FROM audit_head WHERE id = 1"),
                newest: try db.value("SELECT max(sequence) FROM audit_entries", as: Int64?.self).flatMap { $0 } ?? 0)
        }
    }

    private func verify(
        _ frame: Frame, from position: ChainPosition?, anchors: [Anchor]
    ) async throws -> ChainVerification {
        let oldest = frame.checkpoint ?? .start
        let start = position.map { $0.sequence >= oldest.sequence ? $0 : oldest } ?? oldest
        var scan = ChainScan(start: start, head: frame.head)
        var watch = AnchorWatch(anchors: anchors, after: start.sequence)
        var isVouchedFor = frame.checkpoint == nil || start != oldest
        var next = start.sequence
        while next < frame.newest {
            let after = next
            let rows = try await database.read("audit.verify") { db in
                try db.rows(
                    """
                    SELECT \(AuditEntry.columns) FROM audit_entries WHERE sequence > \(after)
                    AND sequence <= \(frame.newest) ORDER BY sequence LIMIT \(AuditVerifier.page)
                    """
                ).map { row in try AuditEntry(row) }
            }
            guard let last = rows.last else { break }
            for entry in rows {
                scan.see(entry)
                watch.see(entry)
                if entry.kind == "audit.pruned", let checkpoint = frame.checkpoint, checkpoint.isTold(by: entry) {
                    isVouchedFor = true
                }
            }
            next = last.sequence
        }
        scan.finish()
        try await place(&scan)
        return conclude(frame, start, scan, watch, isVouchedFor)
    }

    /// Forged rows may be genuine ones from elsewhere: the row whose hash they hold as the previous one tells where from.
    private func place(_ scan: inout ChainScan) async throws {
        let runs = scan.runs
        for entry in scan.unplaced {
            let before = try await database.read("audit.verify") { db in
                try db.value(
                    "SELECT sequence FROM audit_entries WHERE hash = \(entry.previousHash) ORDER BY sequence LIMIT 1",
                    as: Int64.self)
            }
            guard let before else { continue }
            let shift = runs.first { $0.lo <= before && before <= $0.hi }?.shift ?? 0
            if let origin = [before + 1, before + 1 - shift].first(where: { entry.isGenuine(at: $0) }) {
                scan.place(entry.sequence, origin: origin)
            }
        }
    }

    private func conclude(
        _ frame: Frame, _ start: ChainPosition, _ scan: ChainScan, _ watch: AnchorWatch, _ isVouchedFor: Bool
    ) -> ChainVerification {
        let head = frame.head?.sequence ?? frame.newest
        var findings: [ChainFinding] = []
        if scan.isOverwhelmed {
            findings.append(
                ChainFinding(.overwhelmed, scan.runs.first { $0.isForged || $0.shift != 0 }?.lo ?? start.sequence))
        } else {
            findings += ChainDiagnosis(scan.runs, start: start.sequence, head: max(head, start.sequence)).findings
        }
        if scan.startIsWrong || !isVouchedFor { findings.append(ChainFinding(.checkpoint, start.sequence + 1)) }
        if scan.headIsWrong || frame.head == nil { findings.append(ChainFinding(.head, head)) }
        findings += watch.findings(head: max(head, start.sequence), besides: findings)
        return ChainVerification(
            from: start.sequence + 1, through: head, entries: scan.entries, hash: scan.lastHash,
            anchorsMatched: watch.matched, findings: findings)
    }
}

extension ChainPosition {
    /// Whether this event of the trail tells of this checkpoint.
    func isTold(by entry: AuditEntry) -> Bool {
        let details = Dictionary((entry.detailPairs ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        return details["through"] == "\(sequence)" && details["hash"] == Anchor.hexadecimal(hash)
    }
}

/// Compares rows with what was anchored.
private struct AnchorWatch {
    private let anchors: [Anchor]
    private var next = 0
    private var good: Int64
    private var wrong: [(after: Int64, anchor: Int64)] = []
    private(set) var matched = 0

    init(anchors: [Anchor], after start: Int64) {
        self.anchors = anchors.filter { $0.sequence > start }.sorted { $0.sequence < $1.sequence }
        good = start
    }

    mutating func see(_ entry: AuditEntry) {
        while next < anchors.count, anchors[next].sequence <= entry.sequence {
            let anchor = anchors[next]
            next += 1
            guard anchor.sequence == entry.sequence else { continue }
            if anchor.hash == entry.hash {
                matched += 1
                good = anchor.sequence
            } else {
                wrong.append((good, anchor.sequence))
            }
        }
    }

    /// A rewritten trail, unless other findings explain the difference; and rows that an anchor knows and nobody else.
    func findings(head: Int64, besides others: [ChainFinding]) -> [ChainFinding] {
        var findings: [ChainFinding] = []
        if let first = wrong.first, !others.contains(where: { $0.first <= first.anchor }) {
            findings.append(ChainFinding(.rewritten, first.after + 1, first.anchor))
        }
        if let last = anchors.last, last.sequence > head {
            findings.append(ChainFinding(.truncated, head + 1, last.sequence))
        }
        return findings
    }
}
