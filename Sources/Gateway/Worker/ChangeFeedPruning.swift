import Kernel
import Store

/// Takes entries out of the change feed that every replica has seen long ago.
struct ChangeFeedPruning: BackgroundWork {
    let name = "change-feed-pruning"
    let database: Database
    let clock: any WallClock
    /// Replicas poll four times a second; one that slept longer than this reads everything anew.
    static let kept: Duration = .seconds(3600)

    func run() async {
        while !Task.isCancelled {
            // A database that is away is asked again next time.
            try? await prune()
            try? await Task.sleep(for: .seconds(300))
        }
    }

    func prune() async throws {
        let (past, overflow) = clock.now().nanosecondsSinceEpoch.subtractingReportingOverflow(
            Int64(ChangeFeedPruning.kept / .nanoseconds(1)))
        guard !overflow else { return }
        try await database.transaction("change-feed.prune") { db in
            try ChangeFeed.prune(db, before: Timestamp(nanosecondsSinceEpoch: past))
        }
    }
}
