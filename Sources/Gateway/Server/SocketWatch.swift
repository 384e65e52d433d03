import NIOCore

/// The open WebSockets of one event loop whose callers can lose the right to them: each is asked about four times a second,
/// from memory. Without any it costs nothing, and requests know nothing of it.
final class SocketWatch {
    /// Together with the change feed's own pace, far within the second that a revocation may take.
    static let pace: TimeAmount = .milliseconds(250)

    private let eventLoop: any EventLoop
    private var sockets: [ObjectIdentifier: Splice] = [:]
    private var isArmed = false

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    var count: Int { sockets.count }

    func add(_ socket: Splice) {
        sockets[ObjectIdentifier(socket)] = socket
        arm()
    }

    func remove(_ socket: Splice) { sockets[ObjectIdentifier(socket)] = nil }

    private func arm() {
        guard !isArmed, !sockets.isEmpty else { return }
        isArmed = true
        eventLoop.assumeIsolated().scheduleTask(in: SocketWatch.pace) { self.turn() }
    }

    private func turn() {
        isArmed = false
        let now = NIODeadline.now()
        for socket in Array(sockets.values) { socket.review(at: now) }
        arm()
    }
}
