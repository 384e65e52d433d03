import Foundation

/// The file that names the running gateway's process: written whole, removed at exit, never taken from a living one.
struct PidFile {
    let path: String

    enum Failure: Error {
        /// A gateway is running with this file.
        case taken(pid: Int32)
        case unwritable(reason: String)
    }

    /// Whether another living gateway has the file. A file left behind by one that died is no obstacle.
    func checkFree() throws(Failure) {
        guard let pid = ownerID, pid != getpid(), PidFile.isGateway(pid) else { return }
        throw .taken(pid: pid)
    }

    /// Writes this process's id under another name first, so that nobody ever reads half of it.
    func write() throws(Failure) { try PidFile.replace(path, with: "\(getpid())\n", mode: 0o644) }

    /// Removes the file if it is still ours, with the reload status beside it.
    func remove() {
        guard ownerID == getpid() else { return }
        unlink(path)
        unlink(statusPath)
    }

    /// Where the result of each reload is told.
    var statusPath: String { path + ".reload" }

    /// The process id in the file; nil where there is none.
    var ownerID: Int32? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 32 else { return nil }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return Int32(text).flatMap { $0 > 1 ? $0 : nil }
    }

    /// Whether that process lives and runs the same program as this one: process ids are given out again.
    static func isGateway(_ pid: Int32) -> Bool {
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        guard let theirs = program(of: "\(pid)"), let ours = program(of: "self") else { return true }
        return theirs == ours
    }

    /// The program's file name; nil where /proc doesn't tell (another system, another user's process).
    private static func program(of pid: String) -> String? {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe") else {
            return nil
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.hasSuffix(" (deleted)") ? String(name.dropLast(10)) : name
    }

    /// Puts `text` at `path` in one step.
    static func replace(_ path: String, with text: String, mode: mode_t) throws(Failure) {
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .unwritable(reason: String(cString: strerror(errno))) }
        let bytes = Array(text.utf8)
        let count = Foundation.write(descriptor, bytes, bytes.count)
        close(descriptor)
        guard count == bytes.count, rename(temporary, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw .unwritable(reason: reason)
        }
    }
}
