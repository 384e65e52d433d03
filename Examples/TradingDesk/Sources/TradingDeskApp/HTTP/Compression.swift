import CZlib
import NIOCore

/// gzip by zlib, in one go: the desk's answers are small.
enum Compression {
    /// The gzip form of `buffer`; nil when zlib refuses.
    static func gzip(_ buffer: ByteBuffer) -> ByteBuffer? {
        var stream = z_stream()
        let version = zlibVersion()
        guard
            deflateInit2_(
                &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version, Int32(MemoryLayout<z_stream>.size))
                == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let capacity = Int(deflateBound(&stream, UInt(buffer.readableBytes)))
        var input = Array(buffer.readableBytesView)
        var output = [UInt8](repeating: 0, count: capacity)
        let written: Int? = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(clamping: source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(clamping: target.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : nil
            }
        }
        return written.map { ByteBuffer(bytes: output.prefix($0)) }
    }

    /// Whether `Accept-Encoding` takes gzip (RFC 9110 section 12.5.3).
    static func isAccepted(_ header: String?) -> Bool {
        guard let header else { return false }
        for part in header.lowercased().split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " } }
            guard let coding = pieces.first, coding == "gzip" || coding == "*" else { continue }
            let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            return (quality ?? 1) > 0
        }
        return false
    }

    static func isText(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        return contentType.hasPrefix("text/") || contentType.contains("json") || contentType.contains("svg")
            || contentType.contains("javascript") || contentType.contains("xml")
    }
}
