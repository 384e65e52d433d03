internal import CZlib
internal import Kernel
internal import NIOCore

/// Reads the beginning of a compressed body, for stages that must see what an app says.
enum Inflate {
    /// The readable bytes: as they are without an encoding, inflated for gzip and deflate, nil for others.
    /// - Parameter most: bytes that come out at most, however small the input is.
    static func readable(_ bytes: ByteBuffer, encoding: String?, most: Int) -> [UInt8]? {
        guard let encoding, !encoding.isEqualIgnoringCase(to: "identity") else {
            return Array(bytes.readableBytesView.prefix(most))
        }
        guard
            encoding.isEqualIgnoringCase(to: "gzip") || encoding.isEqualIgnoringCase(to: "x-gzip")
                || encoding.isEqualIgnoringCase(to: "deflate")
        else { return nil }
        return inflate(Array(bytes.readableBytesView), most: most)
    }

    /// What can be inflated of a gzip or zlib stream's beginning; nil when it is neither.
    private static func inflate(_ input: [UInt8], most: Int) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window; 32 lets zlib see for itself whether it is gzip or zlib.
        guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var input = input
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            input.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(clamping: source.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(clamping: buffer.count)
                status = CZlib.inflate(&stream, Z_SYNC_FLUSH)
                count = buffer.count - Int(stream.avail_out)
            }
        }
        return status == Z_DATA_ERROR && output.isEmpty ? nil : output
    }
}
