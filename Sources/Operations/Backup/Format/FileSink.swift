import Glibc

/// A new file, readable by its owner alone, on the disk once `finish` returns.
///
/// It is locked (`flock`) while somebody writes: one that can be locked was abandoned.
final class FileSink: ByteSink {
    private let path: String
    private var descriptor: CInt
    private(set) var count = 0

    /// - Throws: `BackupError` when there is such a file already.
    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw BackupError(errno: errno, "write", path) }
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    func write(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let result = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if result < 0 {
                if errno == EINTR { continue }
                throw BackupError(errno: errno, "write", path)
            }
            written += result
        }
        count += bytes.count
    }

    func finish() throws {
        guard fsync(descriptor) == 0 else { throw BackupError(errno: errno, "write", path) }
        // A full quota may show only here.
        let result = close(descriptor)
        descriptor = -1
        guard result == 0 else { throw BackupError(errno: errno, "write", path) }
    }
}

extension BackupError {
    /// From what the system said about a file.
    init(errno number: CInt, _ act: String, _ path: String) {
        let reason = String(cString: strerror(number))
        let code: Code =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: .diskFull
            case ENOENT, ENOTDIR: .missing
            case EEXIST: .cannotCreate
            case EACCES, EPERM, EROFS: .refused
            default: .file
            }
        self.init(code, "can't \(act) \(path): \(reason)")
    }
}
