import Glibc

/// A file from its beginning.
final class FileSource: ByteSource {
    private let path: String
    private let descriptor: CInt
    let size: Int

    /// - Throws: `BackupError` when it can't be read or is no ordinary file.
    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw BackupError(errno: errno, "read", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = close(descriptor)
            throw BackupError(.file, "\(path) is no ordinary file")
        }
        size = Int(status.st_size)
    }

    deinit { _ = close(descriptor) }

    func read(_ count: Int) throws -> [UInt8] {
        while true {
            var result = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { space, filled in
                result = Glibc.read(descriptor, space.baseAddress, count)
                filled = max(0, result)
            }
            if result >= 0 { return bytes }
            guard errno == EINTR else { throw BackupError(errno: errno, "read", path) }
        }
    }

    /// A part of it, wherever reading stands; shorter at the end.
    func slice(from offset: Int, count: Int) throws -> [UInt8] {
        guard lseek(descriptor, offset, SEEK_SET) >= 0 else { throw BackupError(errno: errno, "read", path) }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try read(count - bytes.count)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }
}
