/// Turns what a scan saw into names: which rows were edited, removed, inserted, moved or cut off.
///
/// The question is asked by origin: each sequence up to the head must be claimed by exactly one row. One that nobody claims was
/// removed; of two that claim the same, one was inserted; a row elsewhere than at its origin was moved, unless what was
/// removed and inserted before it explains where it stands.
struct ChainDiagnosis {
    private let runs: [ChainScan.Run]
    private let start: Int64
    private let head: Int64
    private var inserted: [ClosedRange<Int64>] = []
    private var missing: [ClosedRange<Int64>] = []
    private(set) var findings: [ChainFinding] = []

    /// - Parameter head: the sequence up to which rows must be there.
    init(_ runs: [ChainScan.Run], start: Int64, head: Int64) {
        self.runs = runs
        self.start = start
        self.head = head
        findDoubles()
        findMissing()
        nameThem()
    }

    private static func origins(_ run: ChainScan.Run) -> ClosedRange<Int64> { run.lo - run.shift...run.hi - run.shift }

    /// Of two that claim an origin, the forged one was inserted; else the earlier, which ends where the other goes on.
    private mutating func findDoubles() {
        for (index, run) in runs.enumerated() {
            let mine = ChainDiagnosis.origins(run)
            if mine.upperBound > head {
                inserted.append(max(mine.lowerBound, head + 1) + run.shift...run.hi)
            }
            // Claims overlap between near neighbours only, except where rows were moved; then nothing is doubled.
            for other in runs[(index + 1)...].prefix(64) {
                let overlap = mine.clamped(to: ChainDiagnosis.origins(other))
                guard overlap.lowerBound <= overlap.upperBound, mine.overlaps(ChainDiagnosis.origins(other)) else {
                    continue
                }
                let loser = other.isForged && !run.isForged ? other : run
                inserted.append(overlap.lowerBound + loser.shift...overlap.upperBound + loser.shift)
            }
        }
    }

    private mutating func findMissing() {
        var next = start + 1
        for claim in runs.map(ChainDiagnosis.origins).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if claim.lowerBound > next, next <= head { missing.append(next...min(claim.lowerBound - 1, head)) }
            next = max(next, claim.upperBound + 1)
        }
        if next <= head { missing.append(next...head) }
    }

    private mutating func nameThem() {
        for range in missing {
            findings.append(
                ChainFinding(range.upperBound == head ? .truncated : .removed, range.lowerBound, range.upperBound))
        }
        for range in merged(inserted) { findings.append(ChainFinding(.inserted, range.lowerBound, range.upperBound)) }
        var gaps: Int64 = 0
        var expected = start + 1
        for run in runs {
            gaps += run.lo - expected
            expected = run.hi + 1
            if inserted.contains(where: { $0.contains(run.lo) && $0.contains(run.hi) }) { continue }
            if run.isForged {
                findings.append(ChainFinding(.edited, run.lo, run.hi))
            } else if run.shift != 0, run.shift != explained(run, gaps) {
                findings.append(ChainFinding(.reordered, run.lo, run.hi))
            }
        }
        findings.sort { ($0.first, $0.kind.rawValue) < ($1.first, $1.kind.rawValue) }
    }

    private func explained(_ run: ChainScan.Run, _ gaps: Int64) -> Int64 {
        let before = inserted.filter { $0.upperBound < run.lo }.reduce(Int64(0)) { $0 + Int64($1.count) }
        let gone = missing.filter { $0.upperBound < run.lo - run.shift }.reduce(Int64(0)) { $0 + Int64($1.count) }
        return before - gone + gaps
    }

    private func merged(_ ranges: [ClosedRange<Int64>]) -> [ClosedRange<Int64>] {
        var result: [ClosedRange<Int64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}
