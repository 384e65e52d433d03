import Glibc
import NIOCore
import Synchronization

/// A temporary file of one exchange: mode 0600, in the system's temporary folder, gone with the exchange.
final class SpoolFile: BodyStore {
    let path: String
    /// -1 once it is closed.
    private let descriptor: Mutex<CInt>

    /// nil when the folder doesn't take a file.
    init?() {
        // environment: the system's own name for its temporary folder, no setting of ours.
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/seaworthy-body-XXXXXX".utf8CString)
        let opened = template.withUnsafeMutableBufferPointer { buffer -> CInt in
            guard let start = buffer.baseAddress else { return -1 }
            return mkstemp(start)
        }
        guard opened >= 0 else { return nil }
        _ = fcntl(opened, F_SETFD, FD_CLOEXEC)
        descriptor = Mutex(opened)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// False when not all of it could be written (a full disk).
    func write(_ bytes: ByteBuffer, at place: Int) -> Bool {
        descriptor.withLock { descriptor in
            bytes.withUnsafeReadableBytes { pointer in
                var rest = pointer[...]
                var place = place
                while !rest.isEmpty {
                    let next = UnsafeRawBufferPointer(rebasing: rest)
                    let written = pwrite(descriptor, next.baseAddress, next.count, place)
                    if written < 0 {
                        if errno == EINTR { continue }
                        return false
                    }
                    rest = rest.dropFirst(written)
                    place += written
                }
                return true
            }
        }
    }

    /// nil when that much can't be read.
    func read(at place: Int, _ count: Int) -> ByteBuffer? {
        descriptor.withLock { descriptor in
            var buffer = ByteBuffer()
            buffer.reserveCapacity(count)
            while buffer.readableBytes < count {
                let wanted = count - buffer.readableBytes
                let position = place + buffer.readableBytes
                let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { pointer in
                    max(0, pread(descriptor, pointer.baseAddress, min(pointer.count, wanted), position))
                }
                if got == 0 { return nil }
            }
            return buffer
        }
    }

    func remove() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            close(descriptor)
            unlink(path)
            descriptor = -1
        }
    }

    deinit { remove() }
}
