import Glibc
import Kernel
import NIOPosix

/// A file of anchors, one a line, that only grows: keep it on another disk, or collect it as logs are collected.
public struct AnchorFile: AnchorDestination {
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
        public init(description: String) { self.description = description }
    }

    public let path: String
    public var name: String { "file \(path)" }

    public init(path: String) { self.path = path }

    /// Appends a line and waits until it is on the disk. The file is made with mode 0600.
    ///
    /// - Throws: `Failure` when others may write it, or it can't be written.
    public func publish(_ anchor: Anchor) async throws {
        try await NIOThreadPool.singleton.runIfActive { try self.append(anchor.line + "\n") }
    }

    private func append(_ line: String) throws {
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure("can't be opened") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw failure("isn't a file") }
        guard status.st_mode & 0o022 == 0 else {
            throw Failure(description: "\(path): others may write it: chmod 600")
        }
        let bytes = Array(line.utf8)
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            throw failure("can't be written")
        }
    }

    private func failure(_ what: String) -> Failure {
        Failure(description: "\(path): \(what): \(String(cString: strerror(errno)))")
    }

    /// The anchors that the file holds. A last line that a crash cut off is passed over.
    ///
    /// - Throws: `Failure` when it can't be read or holds something else.
    public func anchors() async throws -> [Anchor] {
        let text = try await NIOThreadPool.singleton.runIfActive { try self.contents() }
        var anchors: [Anchor] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        for (index, line) in lines.enumerated() {
            guard let anchor = Anchor(line: line) else {
                throw Failure(description: "\(path):\(index + 1): isn't SEQUENCE HASH TIME")
            }
            anchors.append(anchor)
        }
        return anchors
    }

    private func contents() throws -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("can't be read") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count >= 0 else { throw failure("can't be read") }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk.prefix(count)
        }
    }
}
