import Glibc
import NIOCore

/// A temporary file of one exchange: mode 0600, in the system's temporary folder, gone with the exchange.
///
/// Reads and writes are of at most 64 KiB and go to the page cache; they are made on the event loop, because a body
/// that must be seen whole before it is forwarded has nothing else to wait for.
final class SpoolFile {
    let path: String
    private var descriptor: CInt

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
        descriptor = opened
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// False when not all of it could be written (a full disk).
    func write(_ bytes: ByteBuffer) -> Bool {
        bytes.withUnsafeReadableBytes { pointer in
            var rest = pointer[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return false
                }
                rest = rest.dropFirst(written)
            }
            return true
        }
    }

    func rewind() { lseek(descriptor, 0, SEEK_SET) }

    /// The next bytes, nil at the end.
    func read() -> ByteBuffer? {
        var buffer = ByteBuffer()
        let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 65_536) { pointer in
            max(0, Glibc.read(descriptor, pointer.baseAddress, min(pointer.count, 65_536)))
        }
        return count > 0 ? buffer : nil
    }

    /// The first `count` bytes without moving where `read` stands; nil when they can't be read.
    func prefix(_ count: Int) -> ByteBuffer? {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(count)
        while buffer.readableBytes < count {
            let wanted = count - buffer.readableBytes
            let position = buffer.readableBytes
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { pointer in
                max(0, pread(descriptor, pointer.baseAddress, min(pointer.count, wanted), position))
            }
            if got == 0 { return nil }
        }
        return buffer
    }

    func remove() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(path)
        descriptor = -1
    }

    deinit { remove() }
}
