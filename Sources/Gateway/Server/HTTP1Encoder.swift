import Kernel
import NIOCore
import NIOHTTP1
import Web

/// Writes response heads, each in one pass over memory of a known size.
///
/// Framing is ours alone: `Transfer-Encoding`, `Connection` and `Keep-Alive` of a head are not taken over.
enum HTTP1Encoder {
    /// An informational head.
    static func write(_ head: ResponseHead, into out: inout ByteBuffer) {
        write(head, without: FieldSet(), date: nil, ending: "\r\n", into: &out)
    }

    /// - Parameter date: for a head that has none; beside it, because adding it would copy the whole list.
    static func write(
        _ head: ResponseHead, date: String?, isChunked: Bool, closes: Bool, into out: inout ByteBuffer
    ) {
        let ending: StaticString =
            switch (isChunked, closes) {
            case (false, false): "\r\n"
            case (true, false): "transfer-encoding: chunked\r\n\r\n"
            case (false, true): "connection: close\r\n\r\n"
            case (true, true): "transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            }
        write(head, without: framing, date: date, ending: ending, into: &out)
    }

    /// A 101: `Upgrade` is kept, `Connection` says so.
    static func writeUpgrade(_ head: ResponseHead, into out: inout ByteBuffer) {
        write(head, without: upgradeFraming, date: nil, ending: "connection: upgrade\r\n\r\n", into: &out)
    }

    private static let framing = FieldSet(.connection, .keepAlive, .transferEncoding)
    private static let upgradeFraming = FieldSet(.connection, .keepAlive, .transferEncoding, .contentLength)

    /// The last chunk with trailers, if any.
    static func writeEnd(_ trailers: HTTPHeaders?, into out: inout ByteBuffer) {
        out.writeStaticString("0\r\n")
        if let trailers {
            for (name, value) in trailers { out.writeString("\(name): \(value)\r\n") }
        }
        out.writeStaticString("\r\n")
    }

    private static func write(
        _ head: ResponseHead, without unwanted: FieldSet, date: String?, ending: StaticString,
        into out: inout ByteBuffer
    ) {
        let status = statusLine(head.status)
        let size =
            status.utf8.count &+ ending.utf8CodeUnitCount &+ (date?.utf8.count ?? 0) &+ 8 &+ head.fields.wireSize
            &+ (head.block?.bytes.readableBytes ?? 0)
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var writer = MemoryWriter(memory)
            writer.put(status)
            head.fields.forEachRun(without: unwanted) { writer.put($0) }
            if let date {
                writer.raw("date: ")
                writer.put(date)
                writer.raw("\r\n")
            }
            head.block?.bytes.withUnsafeReadableBytes { writer.put($0) }
            writer.raw(ending)
            return writer.count
        }
    }

    private static func statusLine(_ status: HTTPResponseStatus) -> String {
        status == .ok ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
    }
}
