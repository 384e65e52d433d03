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
        write(head, ending: "\r\n", into: &out) { _ in true }
    }

    static func write(_ head: ResponseHead, isChunked: Bool, closes: Bool, into out: inout ByteBuffer) {
        let ending: StaticString =
            switch (isChunked, closes) {
            case (false, false): "\r\n"
            case (true, false): "transfer-encoding: chunked\r\n\r\n"
            case (false, true): "connection: close\r\n\r\n"
            case (true, true): "transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            }
        write(head, ending: ending, into: &out) { !isFraming($0) }
    }

    /// A 101: `Upgrade` is kept, `Connection` says so.
    static func writeUpgrade(_ head: ResponseHead, into out: inout ByteBuffer) {
        write(head, ending: "connection: upgrade\r\n\r\n", into: &out) { name in
            !isFraming(name) && !(name.utf8.count == 14 && name.isEqualIgnoringCase(to: "content-length"))
        }
    }

    /// The last chunk with trailers, if any.
    static func writeEnd(_ trailers: HTTPHeaders?, into out: inout ByteBuffer) {
        out.writeStaticString("0\r\n")
        if let trailers {
            for (name, value) in trailers { out.writeString("\(name): \(value)\r\n") }
        }
        out.writeStaticString("\r\n")
    }

    private static func write(
        _ head: ResponseHead, ending: StaticString, into out: inout ByteBuffer, keeps: (String) -> Bool
    ) {
        let status = statusLine(head.status)
        var size = status.utf8.count &+ ending.utf8CodeUnitCount
        for (name, value) in head.headers { size &+= name.utf8.count &+ value.utf8.count &+ 4 }
        for block in head.blocks { size &+= block.bytes.readableBytes }
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var writer = MemoryWriter(memory)
            writer.put(status)
            for (name, value) in head.headers where keeps(name) {
                writer.put(name)
                writer.put(": ")
                writer.put(value)
                writer.put("\r\n")
            }
            for block in head.blocks { block.bytes.withUnsafeReadableBytes { writer.put($0) } }
            writer.put(ending)
            return writer.count
        }
    }

    private static func statusLine(_ status: HTTPResponseStatus) -> String {
        status == .ok ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
    }

    private static func isFraming(_ name: String) -> Bool {
        switch name.utf8.count {
        case 10: name.isEqualIgnoringCase(to: "connection") || name.isEqualIgnoringCase(to: "keep-alive")
        case 17: name.isEqualIgnoringCase(to: "transfer-encoding")
        default: false
        }
    }
}

/// Copies texts one behind the other into memory; what doesn't fit is left out, never written beyond the end.
private struct MemoryWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    mutating func put(_ text: StaticString) {
        text.withUTF8Buffer { put(UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let start = memory.baseAddress, bytes.count <= memory.count &- count
        else { return }
        (start + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }
}
