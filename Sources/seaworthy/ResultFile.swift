import ArgumentParser
import Foundation

/// A file that a command was told to write its result to.
enum ResultFile {
    /// Whole or not at all where it is a file, or isn't there yet. What is something else, such as a terminal, a pipe or `/dev/null`,
    /// is written into and never replaced; of a link, what it leads to.
    static func write(_ text: String, to path: String) throws(ExitCode) {
        do {
            if isSpecial(path) {
                try writeInto(path, Array(text.utf8))
            } else {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path).resolvingSymlinksInPath(), options: .atomic)
            }
        } catch {
            let reason = (error as? Failure).map { ": \($0.reason)" } ?? ""
            throw ExitStatus.failure(ExitStatus.cannotCreate, "`\(path)` can't be written\(reason)")
        }
    }

    private struct Failure: Error { let reason = String(cString: strerror(errno)) }

    private static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT != S_IFREG
    }

    private static func writeInto(_ path: String, _ bytes: [UInt8]) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Failure() }
            rest = rest.dropFirst(count)
        }
    }
}
