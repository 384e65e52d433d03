import CZlib

/// Compresses what goes through it (zlib, RFC 1950), in 256 KiB of memory.
final class Deflater: ByteSink {
    private let next: any ByteSink
    /// zlib keeps the address of its state: it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init(into next: any ByteSink, level: Int32 = 6) throws {
        self.next = next
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let made = deflateInit_(stream, level, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard made == Z_OK else { throw BackupError(.file, "no memory to compress with") }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    func write(_ bytes: [UInt8]) throws {
        if !bytes.isEmpty { try run(bytes, Z_NO_FLUSH) }
    }

    func finish() throws {
        try run([], Z_FINISH)
        try next.finish()
    }

    private func run(_ bytes: [UInt8], _ mode: Int32) throws {
        try bytes.withUnsafeBufferPointer { input in
            // zlib only reads here; its declaration says less than its manual.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(clamping: input.count)
            repeat {
                let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { space, count in
                    stream.pointee.next_out = space.baseAddress
                    stream.pointee.avail_out = 1 << 16
                    _ = deflate(stream, mode)
                    count = (1 << 16) - Int(stream.pointee.avail_out)
                }
                if !piece.isEmpty { try next.write(piece) }
            } while stream.pointee.avail_out == 0
            stream.pointee.next_in = nil
        }
    }
}
