import NIOCore
import NIOHTTP1

/// Writes a head in one pass: order, case and bytes as the client sent them, hop-by-hop fields left out.
///
/// Fields that the client named in `Connection` are not looked at here: by now some of them are ours, and a client
/// must not be able to strike those. Header hygiene drops what it named before adding any.
extension OutgoingRequest {
    /// Appends the head, the empty line included. False when a byte of it could end a line or a field early (CR, LF,
    /// NUL and other controls): then nothing of `buffer` may be sent.
    func encodeHead(into buffer: inout ByteBuffer, bodyFollows: Bool) -> Bool {
        let method = self.method.rawValue
        var size = method.utf8.count &+ target.utf8.count &+ 128
        for (name, value) in headers { size &+= name.utf8.count &+ value.utf8.count &+ 4 }
        var isClean = true
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
            var writer = HeadWriter(bytes)
            writer.token(method)
            writer.raw(" ")
            writer.visible(target)
            writer.raw(" HTTP/1.1\r\n")
            fields(into: &writer, bodyFollows: bodyFollows)
            writer.raw("\r\n")
            isClean = writer.isClean
            return writer.isClean ? writer.count : 0
        }
        return isClean
    }

    private func fields(into writer: inout HeadWriter, bodyFollows: Bool) {
        var saidCoding = false
        for (name, value) in headers {
            switch RequestField(name) {
            case .endToEnd:
                writer.field(name, value)
            case .contentLength:
                if case .length = framing { writer.field(name, value) }
            case .transferEncoding:
                if framing == .chunked, !saidCoding {
                    writer.field(name, "chunked")
                    saidCoding = true
                }
            case .upgrade:
                if isUpgrade { writer.field(name, value) }
            case .te:
                // Trailers pass through us; other codings would be between us and the app.
                if value == "trailers" { writer.field(name, value) }
            case .hopByHop:
                break
            }
        }
        if isUpgrade { writer.raw("Connection: Upgrade\r\n") }
        if framing == .chunked, !saidCoding { writer.raw("Transfer-Encoding: chunked\r\n") }
        if framing == .undecided, !bodyFollows, expectsLength { writer.raw("Content-Length: 0\r\n") }
    }

    /// Methods that a server may refuse with 411 without a length; HTTP/1.1 clients have said it, if they meant it.
    private var expectsLength: Bool { announcesBody }
}

/// What becomes of a request's field on its way to the app.
private enum RequestField {
    case endToEnd, hopByHop, contentLength, transferEncoding, upgrade, te

    init(_ name: String) {
        // Lengths first: nearly every field is told apart by its length alone.
        switch name.utf8.count {
        case 2: self = name.isField("te") ? .te : .endToEnd
        case 7: self = name.isField("upgrade") ? .upgrade : .endToEnd
        case 10: self = name.isField("connection") || name.isField("keep-alive") ? .hopByHop : .endToEnd
        case 14:
            self =
                name.isField("content-length") ? .contentLength : name.isField("http2-settings") ? .hopByHop : .endToEnd
        case 16: self = name.isField("proxy-connection") ? .hopByHop : .endToEnd
        case 17: self = name.isField("transfer-encoding") ? .transferEncoding : .endToEnd
        default: self = .endToEnd
        }
    }
}

extension String {
    /// Whether this is the field of that lower-case name, in any case.
    func isField(_ lowercased: StaticString) -> Bool {
        lowercased.withUTF8Buffer { wanted in
            utf8.elementsEqual(wanted) { byte, other in
                (byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte) == other
            }
        }
    }
}
