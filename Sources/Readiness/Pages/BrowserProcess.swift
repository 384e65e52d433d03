import Foundation
import Glibc
import Synchronization

/// A headless Chromium of our own that speaks the DevTools protocol over two pipes: no port is opened that a hostile page, or
/// anybody else on this machine, could connect to.
///
/// It has a profile of its own that is gone with it, knows no host but the target's, and is ended with all of its children.
final class BrowserProcess: BrowserLink {
    let group: BrowserGroup
    /// What it says, message by message, without their NULs; ends with it.
    let messages: AsyncStream<[UInt8]>
    private let input: Int32
    private let writing = DispatchQueue(label: "seaworthy.browser")
    /// Whether `input` is still ours: the number of a closed one may be somebody else's file by now.
    private let isOpen = Mutex(true)

    /// A message longer than this is no answer to anything that is asked here.
    private static let longestMessage = 64 * 1_048_576

    /// - Parameters:
    ///   - host: the only one that it may reach.
    ///   - environment: of which it gets what it needs to find its files.
    init(_ executable: String, host: String, environment: [String: String]) throws(BrowserStartFailure) {
        let profile = try BrowserGroup.makeProfile()
        // A browser that is gone is told by the end of its messages, not by a signal.
        signal(SIGPIPE, SIG_IGN)
        let (toBrowser, fromBrowser) = (Self.pipePair(), Self.pipePair())
        guard let commands = toBrowser, let answers = fromBrowser else {
            for case let pair? in [toBrowser, fromBrowser] { Self.close(pair) }
            try? FileManager.default.removeItem(at: profile)
            throw BrowserStartFailure(description: "no pipe: too many open files")
        }
        let started = Self.spawn(
            executable, Self.arguments(profile: profile.path, host: host), environment, reads: commands.read,
            writes: answers.write)
        _ = Glibc.close(commands.read)
        _ = Glibc.close(answers.write)
        guard let started else {
            _ = Glibc.close(commands.write)
            _ = Glibc.close(answers.read)
            try? FileManager.default.removeItem(at: profile)
            throw BrowserStartFailure(description: "\(executable) can't be started")
        }
        group = BrowserGroup(pid: started, profile: profile)
        input = commands.write
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingNewest(20_000))
        messages = stream
        let output = answers.read
        Thread.detachNewThread { Self.read(output, into: continuation) }
    }

    private static func arguments(profile: String, host: String) -> [String] {
        // Names that nobody resolves: what a page fetches from elsewhere is counted, and never sent.
        let own = host.contains(":") ? "[\(host)]" : host
        var arguments = [
            "--headless=new", "--remote-debugging-pipe", "--user-data-dir=\(profile)", "--no-first-run",
            "--no-default-browser-check", "--disable-gpu", "--disable-extensions", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
            "--disable-domain-reliability", "--disable-dev-shm-usage", "--mute-audio", "--metrics-recording-only",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE \(own)", "--js-flags=--max-old-space-size=256",
            "--renderer-process-limit=3", "--window-size=1280,900", "--force-color-profile=srgb",
            "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
            "--enable-precise-memory-info", "--password-store=basic", "--use-mock-keychain",
        ]
        // The sandbox wants another user than root.
        if geteuid() == 0 { arguments.append("--no-sandbox") }
        return arguments + ["about:blank"]
    }

    // MARK: Pipes

    private typealias Pair = (read: Int32, write: Int32)

    private static func pipePair() -> Pair? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        // Away from 3 and 4, which the browser's own get.
        let moved = ends.map { end -> Int32 in
            let high = fcntl(end, F_DUPFD_CLOEXEC, 20)
            _ = Glibc.close(end)
            return high
        }
        guard let read = moved.first, let write = moved.last, read >= 0, write >= 0 else { return nil }
        return (read, write)
    }

    private static func close(_ pair: Pair) {
        _ = Glibc.close(pair.read)
        _ = Glibc.close(pair.write)
    }

    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String], reads: Int32, writes: Int32
    ) -> pid_t? {
        let kept = ["HOME", "PATH", "LANG", "TMPDIR"].compactMap { name in environment[name].map { "\(name)=\($0)" } }
        return ProcessGroup.start(path, [path] + arguments, kept) { actions in
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, reads, 3)
            posix_spawn_file_actions_adddup2(&actions, writes, 4)
        }
    }

    private static func read(_ descriptor: Int32, into continuation: AsyncStream<[UInt8]>.Continuation) {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0, pending.count < longestMessage else { break }
            var rest = buffer.prefix(count)
            while let end = rest.firstIndex(of: 0) {
                continuation.yield(pending + rest[..<end])
                pending = []
                rest = rest[end...].dropFirst()
            }
            pending += rest
        }
        _ = Glibc.close(descriptor)
        continuation.finish()
    }

    /// Sends a message; what can't be written is lost with the browser, which the end of `messages` tells.
    func send(_ message: [UInt8]) {
        let input = input
        writing.async { [self] in
            guard isOpen.withLock({ $0 }) else { return }
            var rest = (message + [0])[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Ends it at once, waits until it is gone and takes its profile away; the second time, nothing.
    func stop() {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard isFirst else { return }
        group.end()
        writing.sync { _ = Glibc.close(input) }
    }
}
