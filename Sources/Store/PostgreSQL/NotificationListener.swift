import Glibc
import Kernel
import NIOPosix
import Synchronization

/// A connection of its own that waits for NOTIFY. When it breaks it comes back by itself; meanwhile polls do the work.
final class NotificationListener: Sendable {
    private let isStopped = Atomic<Bool>(false)
    private let threads = NIOThreadPool(numberOfThreads: 1)

    func start(
        _ address: PostgresAddress, _ settings: DatabaseSettings, channel: String,
        _ heard: @escaping @Sendable () -> Void
    ) {
        threads.start()
        threads.submit { [self] state in
            guard case .active = state else { return }
            while !isStopped.load(ordering: .relaxed) { listen(address, settings, channel, heard) }
        }
    }

    /// Until the connection breaks or somebody stops us.
    private func listen(
        _ address: PostgresAddress, _ settings: DatabaseSettings, _ channel: String, _ heard: @Sendable () -> Void
    ) {
        guard let connection = try? PostgresConnection(address, settings: settings) else {
            usleep(500_000)
            return
        }
        defer { connection.finish() }
        do {
            try connection.simple("LISTEN \(channel)")
            // What was said while nobody listened.
            heard()
            while !isStopped.load(ordering: .relaxed) {
                if try connection.awaitNotification(milliseconds: 250) { heard() }
            }
        } catch {
            return
        }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        threads.shutdownGracefully { _ in }
    }
}
