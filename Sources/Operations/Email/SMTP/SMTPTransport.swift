import NIOPosix
import Synchronization

/// Hands mails to a server by SMTP: blocking work on threads of its own, connections kept for the next mail.
public final class SMTPTransport: MailTransport {
    private let settings: SMTPSettings
    private let threads: NIOThreadPool
    private let idle = Mutex<[SMTPConnection]>([])

    public init(_ settings: SMTPSettings) {
        self.settings = settings
        threads = NIOThreadPool(numberOfThreads: min(16, max(1, settings.connections)))
        threads.start()
    }

    public func deliver(_ envelope: Envelope) async -> DeliveryOutcome {
        guard settings.tls != .noneLoopbackOnly || settings.isLoopback else {
            return .misconfigured(reason: "mail goes in the clear to this machine only")
        }
        do {
            return try await threads.runIfActive { self.run(envelope) }
        } catch {
            return .unreachable(reason: "shutting down")
        }
    }

    private func run(_ envelope: Envelope) -> DeliveryOutcome {
        guard let connection = idle.withLock({ $0.popLast() }) ?? SMTPConnection(settings) else {
            return .unreachable(reason: "libcurl can't start")
        }
        let outcome = connection.deliver(envelope)
        // After trouble a fresh connection is the surer one; its end says QUIT.
        switch outcome {
        case .accepted, .refused: idle.withLock { $0.append(connection) }
        case .unreachable, .misconfigured, .uncertain: break
        }
        return outcome
    }

    /// Closes the connections; mails under way end first.
    public func close() async {
        try? await threads.shutdownGracefully()
        idle.withLock { $0.removeAll() }
    }
}
