import Foundation

/// A file whose parts are read by their place, so that an archive of gigabytes never stands in memory whole.
final class ArchiveFile: Sendable {
    private let descriptor: Int32
    let size: Int

    /// - Throws: what isn't there, isn't a plain file, or may not be read.
    init(path: String) throws(EvidenceProblem) {
        // Nobody writes to a pipe that lies in a folder of data: opening it would wait for ever.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let isMissing = errno == ENOENT || errno == ENOTDIR
            throw EvidenceProblem(
                file: path, what: isMissing ? "isn't there" : "can't be read: permission is missing",
                isMissing: isMissing)
        }
        var state = stat()
        guard fstat(descriptor, &state) == 0, state.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw EvidenceProblem(file: path, what: "is no plain file")
        }
        size = Int(clamping: state.st_size)
    }

    deinit { close(descriptor) }

    /// Exactly `count` bytes from `place`; nil where there aren't so many.
    func read(at place: Int, count: Int) -> [UInt8]? {
        guard place >= 0, count >= 0, count <= size, place <= size - count else { return nil }
        if count == 0 { return [] }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { space, filled in
            while filled < count, let base = space.baseAddress {
                let got = pread(descriptor, base + filled, count - filled, off_t(place + filled))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                filled += got
            }
        }
        return bytes.count == count ? bytes : nil
    }
}
