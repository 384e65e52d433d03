import NIOCore
import NIOHTTP1
import Web

/// Writes a head in one pass: order, case and bytes as the client sent them, hop-by-hop fields left out.
///
/// Fields that the client named in `Connection` are not looked at here: by now some of them are ours, and a client
/// must not be able to strike those. Header hygiene drops what it named before adding any.
extension OutgoingRequest {
    /// Appends the head, the empty line included. False when a byte of it could end a line or a field early (CR, LF,
    /// NUL and other controls): then nothing of `buffer` may be sent.
    func encodeHead(into buffer: inout ByteBuffer, bodyFollows: Bool) -> Bool {
        let method = self.method.rawValue
        let size = method.utf8.count &+ target.utf8.count &+ 128 &+ fields.wireSize
        var isClean = true
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
            var writer = HeadWriter(bytes)
            writer.token(method)
            writer.raw(" ")
            writer.visible(target)
            writer.raw(" HTTP/1.1\r\n")
            write(into: &writer, bodyFollows: bodyFollows)
            writer.raw("\r\n")
            isClean = writer.isClean
            return writer.isClean ? writer.count : 0
        }
        return isClean
    }

    /// Fields about this connection or about framing are handled here; all others go on as they are.
    private func write(into writer: inout HeadWriter, bodyFollows: Bool) {
        let saidCoding: Bool
        if fields.isPlain, !fields.has(anyOf: OutgoingRequest.special), keepsLength || !fields.has(.contentLength) {
            writer.lines(fields, without: OutgoingRequest.hop)
            saidCoding = false
        } else {
            saidCoding = writeEach(into: &writer)
        }
        if isUpgrade { writer.raw("Connection: Upgrade\r\n") }
        if framing == .chunked, !saidCoding { writer.raw("Transfer-Encoding: chunked\r\n") }
        if framing == .undecided, !bodyFollows, expectsLength { writer.raw("Content-Length: 0\r\n") }
    }

    /// Fields that may have to be left out or written otherwise.
    private static let special = FieldSet(.transferEncoding, .upgrade, .te)
    /// Fields that are never passed on.
    private static let hop = FieldSet(.connection, .keepAlive, .http2Settings, .proxyConnection)

    /// Line by line; true when it wrote a transfer coding.
    private func writeEach(into writer: inout HeadWriter) -> Bool {
        var saidCoding = false
        for position in fields.indices {
            switch fields.known(at: position) {
            case .contentLength: if keepsLength { writer.line(fields, position) }
            case .transferEncoding:
                if framing == .chunked, !saidCoding {
                    writer.field(fields.name(at: position), "chunked")
                    saidCoding = true
                }
            case .upgrade:
                if isUpgrade { writer.line(fields, position) }
            case .te:
                // Trailers pass through us; other codings would be between us and the app.
                if fields.value(at: position) == "trailers" { writer.line(fields, position) }
            case let known?: if !OutgoingRequest.hop.contains(known) { writer.line(fields, position) }
            case nil: writer.line(fields, position)
            }
        }
        return saidCoding
    }

    private var keepsLength: Bool { if case .length = framing { true } else { false } }

    /// Methods that a server may refuse with 411 without a length; HTTP/1.1 clients have said it, if they meant it.
    private var expectsLength: Bool { announcesBody }
}
