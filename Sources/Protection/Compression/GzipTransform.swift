internal import CZlib
internal import NIOCore
internal import Web

/// Compresses one response's chunks with zlib; its state lives as long as this object and is freed with it.
// @unchecked: made for one response and called on its event loop only, as `BodyTransform` says
final class GzipTransform: BodyTransform, @unchecked Sendable {
    /// zlib keeps the address of its state: it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Bytes have come since the last flush: another would only cost room.
    private var isDirty = false
    private var isDone = false

    /// - Parameters:
    ///   - length: the body's length where known: short bodies need little memory.
    /// nil when zlib has no memory for it.
    init?(level: Int, length: Int?) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let (window, memory) = GzipTransform.size(for: length)
        let made = deflateInit2_(
            stream, Int32(clamping: level), Z_DEFLATED, window &+ 16, memory, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(clamping: MemoryLayout<z_stream>.size))
        guard made == Z_OK else {
            stream.deinitialize(count: 1)
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// zlib's state takes 2^(window + 2) + 2^(memory + 9) bytes: 192 KiB at most here, 24 KiB for a page of 2 kB.
    static func size(for length: Int?) -> (window: Int32, memory: Int32) {
        var window: Int32 = 15
        var memory: Int32 = 7
        guard let length else { return (window, memory) }
        while window > 10, length < 1 << (Int(window) &- 1) {
            window &-= 1
            if memory > 4 { memory &-= 1 }
        }
        return (window, memory)
    }

    func transform(_ chunk: ByteBuffer) -> ByteBuffer {
        guard chunk.readableBytes > 0, !isDone else { return ByteBuffer() }
        isDirty = true
        return run(chunk, Z_NO_FLUSH)
    }

    func flush() -> ByteBuffer {
        guard isDirty, !isDone else { return ByteBuffer() }
        isDirty = false
        return run(ByteBuffer(), Z_SYNC_FLUSH)
    }

    func finish() -> ByteBuffer {
        guard !isDone else { return ByteBuffer() }
        isDone = true
        return run(ByteBuffer(), Z_FINISH)
    }

    private func run(_ chunk: ByteBuffer, _ mode: Int32) -> ByteBuffer {
        var output = ByteBuffer()
        output.reserveCapacity(max(256, chunk.readableBytes / 4))
        chunk.withUnsafeReadableBytes { input in
            // zlib only reads here; its declaration says less than its manual.
            let bytes = UnsafeMutableRawBufferPointer(mutating: input).bindMemory(to: UInt8.self)
            stream.pointee.next_in = bytes.baseAddress
            // A ByteBuffer holds less than 4 GiB.
            stream.pointee.avail_in = UInt32(clamping: bytes.count)
            var isFull = true
            while isFull {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: 256) { space in
                    let free = space.bindMemory(to: UInt8.self)
                    stream.pointee.next_out = free.baseAddress
                    stream.pointee.avail_out = UInt32(clamping: free.count)
                    let status = deflate(stream, mode)
                    isFull = status == Z_OK && stream.pointee.avail_out == 0
                    return free.count &- Int(stream.pointee.avail_out)
                }
            }
            stream.pointee.next_in = nil
            stream.pointee.avail_in = 0
        }
        return output
    }
}
