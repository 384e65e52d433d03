import NIOCore
import NIOHTTP1
import Web

/// Writes response heads. Framing is ours alone: `Transfer-Encoding` and `Connection` of a head are not taken over.
enum HTTP1Encoder {
    /// An informational head, or any that has no body of its own.
    static func write(_ head: ResponseHead, into out: inout ByteBuffer) {
        writeStatus(head.status, into: &out)
        for (name, value) in head.headers { writeField(name, value, into: &out) }
        out.writeStaticString("\r\n")
    }

    static func write(_ head: ResponseHead, isChunked: Bool, closes: Bool, into out: inout ByteBuffer) {
        writeStatus(head.status, into: &out)
        for (name, value) in head.headers where !isFraming(name) { writeField(name, value, into: &out) }
        if isChunked { out.writeStaticString("transfer-encoding: chunked\r\n") }
        if closes { out.writeStaticString("connection: close\r\n") }
        out.writeStaticString("\r\n")
    }

    /// A 101: `Upgrade` is kept, `Connection` says so.
    static func writeUpgrade(_ head: ResponseHead, into out: inout ByteBuffer) {
        writeStatus(head.status, into: &out)
        for (name, value) in head.headers where !isFraming(name) && name.lowercased() != "content-length" {
            writeField(name, value, into: &out)
        }
        out.writeStaticString("connection: upgrade\r\n\r\n")
    }

    /// The last chunk with trailers, if any.
    static func writeEnd(_ trailers: HTTPHeaders?, into out: inout ByteBuffer) {
        out.writeStaticString("0\r\n")
        if let trailers {
            for (name, value) in trailers { writeField(name, value, into: &out) }
        }
        out.writeStaticString("\r\n")
    }

    private static func writeStatus(_ status: HTTPResponseStatus, into out: inout ByteBuffer) {
        if status == .ok {
            out.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            out.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
    }

    private static func writeField(_ name: String, _ value: String, into out: inout ByteBuffer) {
        out.writeString(name)
        out.writeStaticString(": ")
        out.writeString(value)
        out.writeStaticString("\r\n")
    }

    private static func isFraming(_ name: String) -> Bool {
        switch name.utf8.count {
        case 10: name.lowercased() == "connection" || name.lowercased() == "keep-alive"
        case 17: name.lowercased() == "transfer-encoding"
        default: false
        }
    }
}
