import Foundation

/// A worker's side of what ties it to the `serve` that started it.
public struct Lifeline: Sendable {
    private let descriptor: Int32

    /// Takes the descriptor that the supervisor left; nil when there is none.
    public init?() {
        descriptor = ChildProcess.lifeline
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { return nil }
    }

    /// Calls `gone` once when whoever started us has ended, however that happened.
    public func watch(_ gone: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [descriptor] in
            var byte: UInt8 = 0
            while true {
                let count = read(descriptor, &byte, 1)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return gone() }
            }
        }
    }

    /// Says each second that we are starting, or at work, until cancelled.
    public func beat(isWorking: @escaping @Sendable () -> Bool) async {
        while !Task.isCancelled {
            var byte = isWorking() ? WorkerSupervisor.Beat.working : WorkerSupervisor.Beat.starting
            _ = send(descriptor, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
