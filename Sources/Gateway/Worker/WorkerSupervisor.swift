import Dispatch
import Foundation
import Kernel
import Observability
import Synchronization

/// How `serve` starts its worker.
public struct WorkerLaunch: Sendable {
    public var executable: String
    /// With the program's own name first.
    public var arguments: [String]
    /// All that it gets.
    public var environment: [String: String]
    public var onEvent: @Sendable (WorkerEvent) -> Void

    public init(
        executable: String, arguments: [String], environment: [String: String],
        onEvent: @escaping @Sendable (WorkerEvent) -> Void
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.onEvent = onEvent
    }
}

public enum WorkerEvent: Sendable {
    case started(pid: Int32)
    /// It ended though nobody asked it to: exit code (or 128 + signal), and when the next starts.
    case ended(status: Int32, retryIn: Duration)
    /// It said nothing for half a minute and was killed.
    case hung(pid: Int32)
    case failed(reason: String, retryIn: Duration)
}

/// Keeps one worker up: starts it, starts it again when it ends, and ends it with us.
final class WorkerSupervisor: Sendable {
    /// What a worker says over its lifeline, once a second.
    enum Beat {
        static let starting = UInt8(ascii: "s")
        static let working = UInt8(ascii: "w")
        /// A worker that says nothing for so long is stuck.
        static let silence: Duration = .seconds(30)
    }

    private struct State: Sendable {
        var pid: Int32?
        /// Monotonic nanoseconds of its last word that it works; the start's at first.
        var working: UInt64
        var isEnding = false
        /// It is to end only to begin anew.
        var isRenewing = false
        var restarts = 0
        /// Whether it was told that it is down.
        var isDown = false
    }

    private let launch: WorkerLaunch
    private let clock: any MonotonicClock
    private let backoff: Backoff
    private let state: Mutex<State>
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// How long to wait before the next start: twice as long each time, from the beginning after a stable minute.
    struct Backoff: Sendable {
        var first: Duration = .milliseconds(500)
        var most: Duration = .seconds(30)
        var stable: Duration = .seconds(60)

        func delay(after failures: Int) -> Duration { min(most, first * (1 << min(failures, 16))) }
    }

    init(_ launch: WorkerLaunch, clock: any MonotonicClock, backoff: Backoff = Backoff()) {
        self.launch = launch
        self.clock = clock
        self.backoff = backoff
        state = Mutex(State(working: clock.nanoseconds()))
    }

    /// - Parameter acts: hears when no worker has been at work for long, and when one is again.
    func start(_ acts: GatewayActs) {
        Thread.detachNewThread { [self] in
            supervise(acts)
            ended.signal()
        }
    }

    /// Blocks this thread of its own: it reads what the worker says and waits for its end.
    private func supervise(_ acts: GatewayActs) {
        var failures = 0
        while !state.withLock({ $0.isEnding }) {
            let begin = clock.nanoseconds()
            let reason: String?
            var status: Int32 = 0
            do throws(ChildProcess.Failure) {
                status = try life(acts)
                reason = nil
            } catch {
                reason = error.description
            }
            let (mustEnd, wasAsked) = state.withLock { state in
                let wasAsked = state.isRenewing && reason == nil
                state.isRenewing = false
                if !state.isEnding, !wasAsked { state.restarts += 1 }
                return (state.isEnding, wasAsked)
            }
            guard !mustEnd else { return }
            if wasAsked { continue }
            if clock.nanoseconds() &- begin > UInt64(backoff.stable / .nanoseconds(1)) { failures = 0 }
            let delay = backoff.delay(after: failures)
            failures += 1
            if failures >= WorkerSupervisor.worrying { tellDown(acts, status) }
            launch.onEvent(reason.map { .failed(reason: $0, retryIn: delay) } ?? .ended(status: status, retryIn: delay))
            _ = wake.wait(timeout: .now() + delay / .seconds(1))
        }
    }

    /// From one worker's start to its end.
    private func life(_ acts: GatewayActs) throws(ChildProcess.Failure) -> Int32 {
        let child = try ChildProcess.spawn(launch.executable, launch.arguments, environment: launch.environment)
        defer { close(child.socket) }
        let mustEnd = state.withLock { state in
            state.pid = child.pid
            return state.isEnding
        }
        if mustEnd { kill(child.pid, SIGTERM) }
        launch.onEvent(.started(pid: child.pid))
        var buffer = [UInt8](repeating: 0, count: 64)
        while true {
            var poll = pollfd(fd: child.socket, events: Int16(POLLIN), revents: 0)
            let ready = Foundation.poll(&poll, 1, Int32(Beat.silence / .milliseconds(1)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else {
                launch.onEvent(.hung(pid: child.pid))
                tellDown(acts, 0)
                kill(child.pid, SIGKILL)
                break
            }
            let count = read(child.socket, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            if buffer.prefix(count).contains(Beat.working) {
                let now = clock.nanoseconds()
                let (wasDown, restarts) = state.withLock { state in
                    state.working = now
                    defer { state.isDown = false }
                    return (state.isDown, state.restarts)
                }
                if wasDown { acts.tell("worker.back", ["restarts": "\(restarts)"]) }
            }
        }
        child.awaitEnd()
        return state.withLock { state in
            state.pid = nil
            return child.reap()
        }
    }

    /// Ends in a row after which it is down rather than restarting.
    private static let worrying = 3

    /// Once for each time that it goes down.
    private func tellDown(_ acts: GatewayActs, _ status: Int32) {
        let (isNew, restarts) = state.withLock { state in
            defer { state.isDown = true }
            return (!state.isDown, state.restarts)
        }
        if isNew { acts.tell("worker.down", ["restarts": "\(restarts)", "status": "\(status)"]) }
    }

    /// Tells it to end what it does; another is not started.
    func beginStop() {
        let isFirst = state.withLock { state in
            defer { state.isEnding = true }
            return !state.isEnding
        }
        // A second signal would end the worker in the middle of its draining.
        if isFirst { signal(SIGTERM) }
        wake.signal()
    }

    /// Has it start anew, with what it reads by then; what it does ends first.
    func restart() {
        state.withLock { state in
            // One that waits for its next start reads everything then anyway, and soon.
            guard let pid = state.pid else { return wakeSoon() }
            state.isRenewing = true
            kill(pid, SIGTERM)
        }
    }

    private func wakeSoon() { _ = wake.signal() }

    private func signal(_ number: Int32) {
        state.withLock { state in
            if let pid = state.pid { kill(pid, number) }
        }
    }

    /// Returns when it is gone; what isn't by then is killed.
    func stop(within limit: Duration) async {
        beginStop()
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                if ended.wait(timeout: .now() + limit / .seconds(1)) == .timedOut {
                    signal(SIGKILL)
                    _ = ended.wait(timeout: .now() + 5)
                }
                continuation.resume()
            }
        }
    }

    /// How long no worker may be at work before we say that we aren't ready.
    static let patience: Duration = .seconds(10)

    func readiness() -> Readiness.Dependency {
        let silent = silence
        guard silent > WorkerSupervisor.patience else { return .init(name: "worker", holds: true) }
        return .init(name: "worker", holds: false, detail: "has not been at work for \(silent.components.seconds) s")
    }

    /// Time since it last said that it works.
    private var silence: Duration {
        let last = state.withLock { $0.working }
        let now = clock.nanoseconds()
        return .nanoseconds(Int64(clamping: now > last ? now - last : 0))
    }

    var pid: Int32? { state.withLock { $0.pid } }

    func write(to text: inout MetricsText) {
        text.family("seaworthy_worker_up", .gauge, help: "1 while the worker said so within the last 10 seconds.")
        text.sample("seaworthy_worker_up", [], silence > WorkerSupervisor.patience ? 0 : 1)
        text.family("seaworthy_worker_restarts_total", .counter, help: "How often it ended without being asked to.")
        text.sample("seaworthy_worker_restarts_total", [], state.withLock { $0.restarts })
    }
}
