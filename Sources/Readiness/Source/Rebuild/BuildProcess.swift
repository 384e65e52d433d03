import Foundation
import Glibc

/// A project's own command, run in a process group of its own within a time; what it says is kept in part.
struct BuildProcess: Sendable {
    enum Ending: Sendable, Equatable {
        case exit(Int32)
        case signal(Int32)
        case timedOut
        /// Somebody asked to stop.
        case interrupted
        case notStarted
    }
    struct Result: Sendable, Equatable {
        var ending: Ending
        /// The last of what it said, on both of its streams.
        var said: String
    }

    var command: String
    var folder: String
    var environment: [String: String]
    var timeout: Duration
    private static let mostSaid = 65_536

    /// - Parameter isStopped: asked ten times a second.
    func run(isStopped: @Sendable () -> Bool) -> Result {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, let reads = ends.first, let writes = ends.last else {
            return Result(ending: .notStarted, said: "")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(reads) }
        let child = spawn(writes)
        close(writes)
        guard let child else { return Result(ending: .notStarted, said: "") }
        var said: [UInt8] = []
        let forced = listen(reads, child, &said, isStopped)
        // Its leader isn't reaped yet, so that the group's number is still its own.
        kill(-child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        drain(reads, &said)
        let ending = forced ?? (status & 0x7F == 0 ? .exit((status >> 8) & 0xFF) : .signal(status & 0x7F))
        return Result(ending: ending, said: text(of: said.suffix(Self.mostSaid)))
    }

    /// Reads until the command itself has ended; answers why it must be ended, or nil.
    private func listen(
        _ descriptor: Int32, _ child: pid_t, _ said: inout [UInt8], _ isStopped: @Sendable () -> Bool
    ) -> Ending? {
        let clock = ContinuousClock()
        let end = clock.now + timeout
        var isOpen = true
        while true {
            if isStopped() { return ended(child, .interrupted) }
            if clock.now >= end { return ended(child, .timedOut) }
            var state = siginfo_t()
            // What it left running in the background isn't waited for.
            if waitid(P_PID, id_t(child), &state, WEXITED | WNOHANG | WNOWAIT) == 0, state.si_signo == SIGCHLD {
                return nil
            }
            if isOpen { isOpen = take(descriptor, &said, wait: 100) } else { usleep(20_000) }
        }
    }

    /// Asks it to end, and gives it a moment to take its own temporary files away.
    private func ended(_ child: pid_t, _ why: Ending) -> Ending {
        kill(-child, SIGTERM)
        for _ in 0..<20 {
            var state = siginfo_t()
            if waitid(P_PID, id_t(child), &state, WEXITED | WNOHANG | WNOWAIT) == 0, state.si_signo == SIGCHLD { break }
            usleep(25_000)
        }
        return why
    }

    /// Takes what is there within so many milliseconds; false at the end.
    private func take(_ descriptor: Int32, _ said: inout [UInt8], wait: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, wait) > 0 else { return true }
        var buffer = [UInt8](repeating: 0, count: 32_768)
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 { return errno == EINTR || errno == EAGAIN }
        guard count > 0 else { return false }
        said += buffer.prefix(count)
        if said.count > 4 * Self.mostSaid { said = Array(said.suffix(Self.mostSaid)) }
        return true
    }

    /// What is in the pipe still; what left the group may hold it open, and isn't waited for.
    private func drain(_ descriptor: Int32, _ said: inout [UInt8]) {
        for _ in 0..<64 {
            let before = said.count
            guard take(descriptor, &said, wait: 0), said.count != before else { return }
        }
    }

    private func spawn(_ output: Int32) -> pid_t? {
        ProcessGroup.start(
            "/bin/sh", ["/bin/sh", "-c", "cd \"$1\" && exec /bin/sh -c \"$2\"", "sh", folder, command],
            environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }, resetsSignals: true
        ) { actions in
            posix_spawn_file_actions_adddup2(&actions, output, 1)
            posix_spawn_file_actions_adddup2(&actions, output, 2)
        }
    }
}
