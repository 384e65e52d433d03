/// Looks at rows one after the other and remembers only what is out of order: memory for the damage, none for the trail.
///
/// For each row it finds the sequence at which its own hash fits, its *origin*. In a sound trail that is where it stands. A row
/// without origin is forged: edited, or put there by somebody. Who can't be told from a row's own hash (whoever edits can
/// compute hashes) is told by the row after it, which holds the hash that was.
struct ChainScan {
    /// Neighbours that were all moved by the same number of places, or one forged row.
    struct Run: Equatable {
        var lo: Int64
        var hi: Int64
        /// Where they stand minus their origin.
        var shift: Int64
        var isForged: Bool
    }

    private struct Seen {
        let position: Int64
        let shift: Int64
        var isForged: Bool
        let previousHash: [UInt8]
        let hash: [UInt8]
        var origin: Int64 { position - shift }
    }

    let start: ChainPosition
    let head: ChainPosition?
    private(set) var runs: [Run] = []
    /// Forged rows whose origin may lie far away: looked up at the end.
    private(set) var unplaced: [AuditEntry] = []
    private(set) var entries: Int64 = 0
    private(set) var lastHash: [UInt8]
    private(set) var startIsWrong = false
    private(set) var headIsWrong = false
    private(set) var isOverwhelmed = false
    /// The newest two rows: whether the older is forged shows at the newer.
    private var previous: Seen?
    private var current: Seen?
    /// Whether `current` doesn't hold the hash of `previous`.
    private var isBroken = false
    private var shift: Int64 = 0

    init(start: ChainPosition, head: ChainPosition?) {
        self.start = start
        self.head = head
        lastHash = start.hash
    }

    mutating func see(_ entry: AuditEntry) {
        guard !isOverwhelmed else { return }
        entries += 1
        lastHash = entry.hash
        let origin = origin(of: entry)
        if let origin { shift = entry.sequence - origin } else if unplaced.count < 64 { unplaced.append(entry) }
        let next = Seen(
            position: entry.sequence, shift: shift, isForged: origin == nil, previousHash: entry.previousHash,
            hash: entry.hash)
        advance(to: next)
    }

    private func origin(of entry: AuditEntry) -> Int64? {
        let likely = entry.sequence - shift
        if entry.isGenuine(at: likely) { return likely }
        if shift != 0, entry.isGenuine(at: entry.sequence) { return entry.sequence }
        for distance: Int64 in 1...64 {
            if entry.isGenuine(at: likely - distance) { return likely - distance }
            if entry.isGenuine(at: likely + distance) { return likely + distance }
        }
        return nil
    }

    /// Takes the next row in and settles who is to blame for a break before it.
    private mutating func advance(to next: Seen) {
        let breaks = isBreak(current, next)
        settle(vouchedFor: !breaks && !next.isForged && current?.origin == next.origin - 1)
        if let previous { push(previous) }
        previous = current
        current = next
        isBroken = breaks
        if previous == nil, entries == 1, next.origin == start.sequence + 1, !next.isForged,
            next.previousHash != start.hash
        {
            isBroken = true
        }
    }

    private func isBreak(_ a: Seen?, _ b: Seen) -> Bool {
        guard let a, !a.isForged, !b.isForged, a.origin == b.origin - 1 else { return false }
        return b.previousHash != a.hash
    }

    /// Of two neighbours that contradict each other, the newer is right when the row after it vouches for it.
    private mutating func settle(vouchedFor: Bool) {
        guard isBroken else { return }
        isBroken = false
        if !vouchedFor {
            current?.isForged = true
        } else if previous != nil {
            previous?.isForged = true
        } else {
            startIsWrong = true
        }
    }

    mutating func finish() {
        let vouched = current.map { $0.origin == head?.sequence && $0.hash == head?.hash } ?? false
        settle(vouchedFor: vouched)
        if let current, let head, !current.isForged, current.origin == head.sequence, current.hash != head.hash {
            headIsWrong = true
        }
        if let previous { push(previous) }
        if let current { push(current) }
        previous = nil
        current = nil
    }

    private mutating func push(_ row: Seen) {
        if !row.isForged, let last = runs.last, !last.isForged, last.shift == row.shift, last.hi == row.position - 1 {
            runs[runs.count - 1].hi = row.position
        } else {
            runs.append(Run(lo: row.position, hi: row.position, shift: row.shift, isForged: row.isForged))
            if runs.count > 4096 { isOverwhelmed = true }
        }
    }

    /// A forged row turned out to be one that was moved from far away.
    mutating func place(_ position: Int64, origin: Int64) {
        guard let index = runs.firstIndex(where: { $0.isForged && $0.lo == position }) else { return }
        runs[index].shift = position - origin
        runs[index].isForged = false
    }
}
