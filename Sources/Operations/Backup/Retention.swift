import Kernel

/// Which backups are kept: the newest of each of so many days, weeks and months that have one (UTC, weeks from Monday).
///
/// The newest that is known to be good is kept whatever the numbers say, and so is everything newer than it or made in the
/// 24 hours before it: what somebody made by hand, or a restore made of what it replaced, doesn't go the same day. Keeping
/// what this keeps and applying it again removes nothing.
public struct RetentionRule: Sendable, Equatable {
    public var daily: Int
    public var weekly: Int
    public var monthly: Int

    public init(daily: Int = 7, weekly: Int = 4, monthly: Int = 12) {
        self.daily = daily
        self.weekly = weekly
        self.monthly = monthly
    }

    public struct Candidate: Sendable, Equatable {
        public let name: BackupName
        /// Verified after it was written.
        public let isGood: Bool
        public init(name: BackupName, isGood: Bool) {
            self.name = name
            self.isGood = isGood
        }
    }

    /// Those that stay. Without a good one, all of them do.
    public func kept(_ candidates: [Candidate]) -> Set<BackupName> {
        guard let newestGood = candidates.filter(\.isGood).map(\.name).max() else {
            return Set(candidates.map(\.name))
        }
        var kept: Set<BackupName> = [newestGood]
        let recent = newestGood.takenAt.nanosecondsSinceEpoch - 86_400_000_000_000
        for candidate in candidates
        where candidate.name > newestGood || candidate.name.takenAt.nanosecondsSinceEpoch > recent {
            kept.insert(candidate.name)
        }
        kept.formUnion(newest(candidates, of: daily) { RetentionRule.day($0) })
        kept.formUnion(newest(candidates, of: weekly) { (RetentionRule.day($0) + 3) / 7 })
        kept.formUnion(newest(candidates, of: monthly) { RetentionRule.month($0) })
        return kept
    }

    /// The newest good one of each of the last `count` periods, or the newest where none is good.
    private func newest(
        _ candidates: [Candidate], of count: Int, _ period: (Timestamp) -> Int64
    ) -> [BackupName] {
        let groups = Dictionary(grouping: candidates) { period($0.name.takenAt) }
        return groups.sorted { $0.key > $1.key }.prefix(max(0, count)).compactMap { group in
            group.value.filter(\.isGood).map(\.name).max() ?? group.value.map(\.name).max()
        }
    }

    private static func day(_ time: Timestamp) -> Int64 { time.nanosecondsSinceEpoch / 86_400_000_000_000 }

    private static func month(_ time: Timestamp) -> Int64 {
        let text = time.iso8601
        return (Int64(text.prefix(4)) ?? 0) * 12 + (Int64(text.dropFirst(5).prefix(2)) ?? 0)
    }
}
