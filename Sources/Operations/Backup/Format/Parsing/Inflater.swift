import CZlib

/// Undoes `Deflater`. What comes out is bounded by who reads, never by what the input promises.
final class Inflater: ByteSource {
    private let source: any ByteSource
    private let stream: UnsafeMutablePointer<z_stream>
    /// What zlib reads from: it keeps the address between calls.
    private let input: UnsafeMutablePointer<UInt8>
    private static let capacity = 65_536
    private var isDone = false

    init(from source: any ByteSource) throws {
        self.source = source
        input = .allocate(capacity: Inflater.capacity)
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let made = inflateInit_(stream, ZLIB_VERSION, Int32(clamping: MemoryLayout<z_stream>.size))
        guard made == Z_OK else { throw BackupError(.file, "no memory to decompress with") }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        input.deallocate()
    }

    func read(_ count: Int) throws -> [UInt8] {
        while !isDone {
            if stream.pointee.avail_in == 0 { try refill() }
            var status = Z_OK
            let piece = [UInt8](unsafeUninitializedCapacity: count) { space, filled in
                stream.pointee.next_out = space.baseAddress
                stream.pointee.avail_out = UInt32(clamping: count)
                status = inflate(stream, Z_NO_FLUSH)
                filled = count &- Int(stream.pointee.avail_out)
            }
            switch status {
            case Z_STREAM_END: try end()
            case Z_OK, Z_BUF_ERROR: break
            default: throw BackupError(.damaged, "the backup is damaged: what it holds can't be decompressed")
            }
            if !piece.isEmpty { return piece }
        }
        return []
    }

    private func refill() throws {
        let bytes = try source.read(Inflater.capacity)
        guard !bytes.isEmpty else { throw BackupError(.truncated, "the backup ends too early") }
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            input.update(from: base, count: min(buffer.count, Inflater.capacity))
        }
        stream.pointee.next_in = input
        stream.pointee.avail_in = UInt32(clamping: min(bytes.count, Inflater.capacity))
    }

    /// Nothing may follow, neither here nor further down, whose own end is checked by asking for it.
    private func end() throws {
        isDone = true
        guard stream.pointee.avail_in == 0, try source.read(1).isEmpty else {
            throw BackupError(.damaged, "the backup is damaged: something follows its end")
        }
    }
}
