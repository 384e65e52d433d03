import Foundation
import Glibc
import Synchronization

/// Why a browser doesn't start.
struct BrowserStartFailure: Error, Sendable, CustomStringConvertible {
    let description: String
}

/// What a browser is spoken to through.
protocol BrowserLink: Sendable {
    var group: BrowserGroup { get }
    /// What it says, message by message; ends with it.
    var messages: AsyncStream<[UInt8]> { get }
    /// Sends a message; what can't be sent is lost with the browser, which the end of `messages` tells.
    func send(_ message: [UInt8])
    /// Ends it at once, waits until it is gone and takes its profile away; the second time, nothing.
    func stop()
}

/// A browser's processes and the folder of its profile: measured together, and gone together.
final class BrowserGroup: Sendable {
    let pid: pid_t
    let profile: URL
    private let isRunning = Mutex(true)

    init(pid: pid_t, profile: URL) {
        self.pid = pid
        self.profile = profile
    }

    /// A new folder that nobody else reads.
    static func makeProfile() throws(BrowserStartFailure) -> URL {
        let folder = FileManager.default.temporaryDirectory.path
        var template = Array("\(folder)/seaworthy-browser-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw BrowserStartFailure(description: "no folder for its profile can be made in \(folder)")
        }
        return URL(
            fileURLWithPath: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// Memory of the browser and all its children in bytes, pages that they share left out.
    func residentBytes() -> Int {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        var total = 0
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = pid_t(name), getpgid(id) == pid,
                let text = try? String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8)
            else { continue }
            let fields = text.split(separator: " ").compactMap { Int($0) }
            guard fields.count > 2 else { continue }
            total += max(0, fields[1] - fields[2]) * page
        }
        return total
    }

    /// Whether the browser itself is still there; reaps nothing.
    var isAlive: Bool {
        isRunning.withLock { isRunning in
            var info = siginfo_t()
            return isRunning && waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == 0
        }
    }

    /// Ends all of it at once, waits until it is gone and takes the profile away; the second time, nothing.
    func end() {
        let isFirst = isRunning.withLock { isRunning in
            defer { isRunning = false }
            return isRunning
        }
        guard isFirst else { return }
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        // Its children may still be writing their last.
        for _ in 0..<20 {
            if (try? FileManager.default.removeItem(at: profile)) != nil { return }
            usleep(25_000)
        }
    }
}
