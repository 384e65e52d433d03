internal import CZlib
internal import NIOCore
internal import Synchronization
internal import Web

/// Compresses one response's chunks. zlib's state (about 270 kB) is made with the first byte and freed at the end, or
/// with this object when the response breaks off.
final class GzipTransform: BodyTransform {
    /// The state is only touched under the lock, which nobody else ever holds: a response stays on one event loop.
    private let deflater: Mutex<Deflater>

    init(level: Int) { deflater = Mutex(Deflater(level: Int32(clamping: level))) }

    func transform(_ chunk: ByteBuffer) -> ByteBuffer { deflater.withLock { $0.run(chunk, Z_NO_FLUSH) } }
    func finish() -> ByteBuffer { deflater.withLock { $0.end() } }
    func flush() -> ByteBuffer { deflater.withLock { $0.run(ByteBuffer(), Z_SYNC_FLUSH) } }
}

/// zlib's deflate state as a value that frees itself.
struct Deflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let level: Int32
    private enum Phase { case fresh, running, ended }
    private var phase = Phase.fresh
    /// Bytes have come since the last flush: an empty flush would only cost room.
    private var isDirty = false

    init(level: Int32) {
        self.level = level
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
    }

    deinit {
        if phase == .running { deflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// True when zlib is ready; it isn't when there is no memory, then the chunk can't go out.
    private mutating func start() -> Bool {
        if phase == .running { return true }
        guard phase == .fresh else { return false }
        let made = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        if made == Z_OK { phase = .running }
        return made == Z_OK
    }

    mutating func run(_ chunk: ByteBuffer, _ mode: Int32) -> ByteBuffer {
        if mode == Z_SYNC_FLUSH, !isDirty { return ByteBuffer() }
        isDirty = mode == Z_NO_FLUSH
        guard start() else { return ByteBuffer() }
        return deflate(chunk, mode)
    }

    mutating func end() -> ByteBuffer {
        guard start() else { return ByteBuffer() }
        let rest = deflate(ByteBuffer(), Z_FINISH)
        deflateEnd(stream)
        phase = .ended
        return rest
    }

    private mutating func deflate(_ chunk: ByteBuffer, _ mode: Int32) -> ByteBuffer {
        var chunk = chunk
        var output = ByteBufferAllocator().buffer(capacity: max(512, chunk.readableBytes / 3))
        _ = chunk.readWithUnsafeMutableReadableBytes { input in
            let bytes = input.bindMemory(to: UInt8.self)
            stream.pointee.next_in = bytes.baseAddress
            stream.pointee.avail_in = UInt32(clamping: bytes.count)
            var isFull = true
            while isFull {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: 512) { space in
                    let free = space.bindMemory(to: UInt8.self)
                    stream.pointee.next_out = free.baseAddress
                    stream.pointee.avail_out = UInt32(clamping: free.count)
                    _ = CZlib.deflate(stream, mode)
                    isFull = stream.pointee.avail_out == 0
                    return free.count - Int(stream.pointee.avail_out)
                }
            }
            return bytes.count
        }
        return output
    }
}
