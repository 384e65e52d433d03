internal import CZlib
internal import Kernel
internal import NIOCore

/// The beginning of a body without its content coding, for stages that must see what an app says.
struct BodyPrefix: Equatable {
    let bytes: [UInt8]
    /// Whether nothing was left of what was given.
    let isWhole: Bool

    /// nil for codings that can't be read here (`br`, `zstd`, several at once) and for what isn't what it says.
    /// - Parameters:
    ///   - coding: the `Content-Encoding`.
    ///   - most: bytes that come out at most, however small the input is: a bomb stays one of `most` bytes.
    static func read(_ body: ByteBuffer, coding: String?, most: Int) -> BodyPrefix? {
        let given = Array(body.readableBytesView)
        guard let coding, !coding.isEmpty, !coding.isEqualIgnoringCase(to: "identity") else {
            return BodyPrefix(bytes: Array(given.prefix(most)), isWhole: given.count <= most)
        }
        if given.isEmpty { return BodyPrefix(bytes: [], isWhole: true) }
        if coding.isEqualIgnoringCase(to: "gzip") || coding.isEqualIgnoringCase(to: "x-gzip") {
            return inflated(given, window: 15 | 16, most: most)
        }
        // `deflate` means zlib's format (RFC 9110 §8.4.1.2); some send the bare one.
        guard coding.isEqualIgnoringCase(to: "deflate") else { return nil }
        return inflated(given, window: 15, most: most) ?? inflated(given, window: -15, most: most)
    }

    private static func inflated(_ given: [UInt8], window: Int32, most: Int) -> BodyPrefix? {
        var given = given
        var stream = z_stream()
        let size = Int32(clamping: MemoryLayout<z_stream>.size)
        return withUnsafeMutablePointer(to: &stream) { stream in
            guard inflateInit2_(stream, window, ZLIB_VERSION, size) == Z_OK else { return nil }
            defer { inflateEnd(stream) }
            var status = Z_OK
            let bytes = [UInt8](unsafeUninitializedCapacity: max(1, most)) { output, count in
                given.withUnsafeMutableBufferPointer { input in
                    stream.pointee.next_in = input.baseAddress
                    stream.pointee.avail_in = UInt32(clamping: input.count)
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(clamping: output.count)
                    status = inflate(stream, Z_SYNC_FLUSH)
                    count = output.count &- Int(stream.pointee.avail_out)
                }
            }
            // A cut-off stream is to be expected; one that breaks off in nonsense shows what came before it.
            if bytes.isEmpty, status != Z_STREAM_END, status != Z_OK, status != Z_BUF_ERROR { return nil }
            return BodyPrefix(bytes: bytes, isWhole: status == Z_STREAM_END)
        }
    }
}
