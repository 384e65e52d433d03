internal import CZlib

/// Undoes DEFLATE (RFC 1951) into a bounded space.
enum Inflation {
    /// What `input` holds; nil unless it is one whole stream of exactly `size` bytes.
    static func exactly(_ size: Int, of input: [UInt8]) -> [UInt8]? {
        guard let (bytes, status, left) = run(input, window: -15, most: size), status == Z_STREAM_END, left == 0
        else { return nil }
        return bytes.count == size ? bytes : nil
    }

    /// The one member of a gzip file (RFC 1952); nil where it is damaged or has more than `most` bytes.
    static func gzip(_ input: [UInt8], most: Int) -> [UInt8]? {
        guard let (bytes, status, _) = run(input, window: 15 | 16, most: most), status == Z_STREAM_END else {
            return nil
        }
        return bytes
    }

    /// CRC-32 as ZIP has it.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value = crc32_z(0, nil, 0)
        bytes.withUnsafeBufferPointer { value = crc32_z(value, $0.baseAddress, $0.count) }
        return UInt32(truncatingIfNeeded: value)
    }

    private static func run(_ input: [UInt8], window: Int32, most: Int) -> (bytes: [UInt8], status: Int32, left: Int)? {
        guard input.count < Int(UInt32.max), most < Int(UInt32.max) else { return nil }
        var input = input
        var stream = z_stream()
        let size = Int32(clamping: MemoryLayout<z_stream>.size)
        return withUnsafeMutablePointer(to: &stream) { stream in
            guard inflateInit2_(stream, window, ZLIB_VERSION, size) == Z_OK else { return nil }
            defer { inflateEnd(stream) }
            var status = Z_OK
            // One more than wanted, so that what is too long is seen to be.
            let bytes = [UInt8](unsafeUninitializedCapacity: most &+ 1) { output, count in
                input.withUnsafeMutableBufferPointer { input in
                    stream.pointee.next_in = input.baseAddress
                    stream.pointee.avail_in = UInt32(clamping: input.count)
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(clamping: output.count)
                    status = inflate(stream, Z_FINISH)
                    count = output.count &- Int(stream.pointee.avail_out)
                }
            }
            return (bytes, status, Int(stream.pointee.avail_in))
        }
    }
}
