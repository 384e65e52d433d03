import Synchronization

/// Alerts on their way to somebody else: one after the other, in their order, while the watch goes on.
///
/// A receiver that is away gets them when it is back; the latest 200 wait for it.
public struct AlertPost: Sendable {
    private struct Tally {
        var accepted = 0
        var delivered = 0
        var isEnding = false
    }
    private final class Book: Sendable { let tally = Mutex(Tally()) }

    private let book = Book()
    private let alerts: AsyncStream<WatchAlert>.Continuation
    private let work: Task<Void, Never>
    static let mostWaiting = 200

    /// - Parameters:
    ///   - pause: between an alert that wasn't taken and the next try.
    ///   - say: told why one wasn't taken, once for each.
    ///   - send: hands one over; throws where it wasn't taken.
    public init(
        pause: Duration = .seconds(20), say: @escaping @Sendable (String) -> Void,
        send: @escaping @Sendable (WatchAlert) async throws -> Void
    ) {
        let (stream, continuation) = AsyncStream<WatchAlert>.makeStream(
            bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        alerts = continuation
        let book = book
        work = Task {
            for await alert in stream {
                await Self.deliver(alert, book, pause: pause, say: say, send: send)
                if Task.isCancelled { return }
            }
        }
    }

    public func take(_ alert: WatchAlert) {
        book.tally.withLock { $0.accepted += 1 }
        alerts.yield(alert)
    }

    /// Ends it: what waits gets one more try, for `limit` in all.
    /// - Returns: how many alerts nobody got.
    public func finish(within limit: Duration = .seconds(30)) async -> Int {
        book.tally.withLock { $0.isEnding = true }
        alerts.finish()
        // On its own: that the watch was ended must not end this.
        let (work, book) = (work, book)
        return await Task.detached {
            let late = Task {
                try await Task.sleep(for: limit, clock: .continuous)
                work.cancel()
            }
            await work.value
            late.cancel()
            return book.tally.withLock { $0.accepted - $0.delivered }
        }.value
    }

    private static func deliver(
        _ alert: WatchAlert, _ book: Book, pause: Duration, say: @Sendable (String) -> Void,
        send: @Sendable (WatchAlert) async throws -> Void
    ) async {
        var isSaid = false
        while true {
            do {
                try await send(alert)
                return book.tally.withLock { $0.delivered += 1 }
            } catch {
                if !isSaid { say("\(error)") }
                isSaid = true
            }
            // In small steps, so that the end of the watch is noticed.
            let until = ContinuousClock.now + pause
            while ContinuousClock.now < until {
                if Task.isCancelled || book.tally.withLock({ $0.isEnding }) { return }
                try? await Task.sleep(for: min(pause, Duration.milliseconds(200)), clock: .continuous)
            }
            if Task.isCancelled || book.tally.withLock({ $0.isEnding }) { return }
        }
    }
}
