import NIOCore

/// A connection's time limits on one timer that is re-armed rarely: setting a limit costs no scheduled task unless
/// the new one is nearer than what is armed.
final class ConnectionAlarm {
    enum Reason: Int, CaseIterable { case idle, head, body, stalled, lingering }

    private let eventLoop: any EventLoop
    private var deadlines = InlineArray<5, NIODeadline>(repeating: .distantFuture)
    private var armed: (at: NIODeadline, task: Scheduled<Void>)?
    private var isCancelled = false
    var onExpiry: (Reason) -> Void = { _ in }

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Sets or moves a limit.
    func set(_ reason: Reason, after amount: TimeAmount) {
        let deadline = NIODeadline.now() + amount
        deadlines[reason.rawValue] = deadline
        arm(for: deadline)
    }

    /// Sets a limit unless it is running.
    func begin(_ reason: Reason, after amount: TimeAmount) {
        if deadlines[reason.rawValue] == .distantFuture { set(reason, after: amount) }
    }

    func clear(_ reason: Reason) { deadlines[reason.rawValue] = .distantFuture }

    func cancel() {
        isCancelled = true
        armed?.task.cancel()
        armed = nil
        onExpiry = { _ in }
    }

    private func arm(for deadline: NIODeadline) {
        guard !isCancelled, deadline != .distantFuture else { return }
        if let armed {
            if armed.at <= deadline { return }
            armed.task.cancel()
        }
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.fire() }
        armed = (deadline, task)
    }

    private func fire() {
        armed = nil
        let now = NIODeadline.now()
        for reason in Reason.allCases where deadlines[reason.rawValue] <= now {
            deadlines[reason.rawValue] = .distantFuture
            onExpiry(reason)
            if isCancelled { return }
        }
        var next = NIODeadline.distantFuture
        for place in deadlines.indices { next = min(next, deadlines[place]) }
        arm(for: next)
    }
}
