import TestKit
import Testing

/// An odd but legal request, in parts: what goes over the wire and what the app must find.
struct LegalRequest: Sendable, CustomTestStringConvertible {
    struct Field: Sendable, Equatable {
        let name: String
        let value: String
        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
    enum Framing: Sendable, Equatable {
        /// No body at all.
        case none
        case length
        /// Chunks of these sizes over and over, with an extension on each.
        case chunked(sizes: [Int], extension: String = "")
    }
    /// How the bytes arrive.
    enum Pace: Sendable { case whole, byteByByte, inThirds }

    let name: String
    var method = "GET"
    var target = "/"
    var version = "HTTP/1.1"
    var fields: [Field] = []
    /// Between method, target and version; a recipient may take several spaces for one (RFC 9112 section 3).
    var gap = " "
    /// Between a field's name and its value.
    var separator = ": "
    /// After a field's value: optional white space, which is no part of the value.
    var padding = ""
    var body: [UInt8] = []
    var framing = Framing.none
    var trailers: [Field] = []
    var pace = Pace.whole
    /// Bytes before the request line: one empty line is allowed (RFC 9112 section 2.2).
    var before = ""

    init(_ name: String) { self.name = name }

    var testDescription: String { name }

    /// All of it as sent. `marker` lets the upstream's copy be found again.
    func wire(marker: String) -> [UInt8] {
        var head = "\(before)\(method)\(gap)\(target)\(gap)\(version)\r\nHost: 127.0.0.1\(padding)\r\n"
        for field in [Field("X-Row", marker)] + fields {
            head += "\(field.name)\(separator)\(field.value)\(padding)\r\n"
        }
        switch framing {
        case .none: return Array("\(head)\r\n".utf8)
        case .length: return Array("\(head)Content-Length: \(body.count)\(padding)\r\n\r\n".utf8) + body
        case .chunked(let sizes, let ext):
            let end = trailers.map { "\($0.name): \($0.value)\r\n" }.joined()
            return Array("\(head)Transfer-Encoding: chunked\(padding)\r\n\r\n".utf8) + chunks(sizes, ext)
                + Array("\(end)\r\n".utf8)
        }
    }

    private func chunks(_ sizes: [Int], _ ext: String) -> [UInt8] {
        var wire: [UInt8] = []
        var rest = body[...]
        var turn = 0
        while !rest.isEmpty {
            let chunk = rest.prefix(max(1, sizes[turn % sizes.count]))
            // Digits in either case and with leading zeros are legal.
            let size = String(chunk.count, radix: 16, uppercase: turn % 2 == 0)
            wire += Array("\(turn % 3 == 2 ? "00" : "")\(size)\(ext)\r\n".utf8) + chunk + [0x0D, 0x0A]
            rest = rest.dropFirst(chunk.count)
            turn += 1
        }
        return wire + Array("0\(ext)\r\n".utf8)
    }

    /// The pieces in which it is sent.
    func pieces(marker: String) -> [[UInt8]] {
        let bytes = wire(marker: marker)
        switch pace {
        case .whole: return [bytes]
        case .byteByByte: return bytes.map { [$0] }
        case .inThirds:
            let third = bytes.count / 3
            return [Array(bytes[..<third]), Array(bytes[third..<2 * third]), Array(bytes[(2 * third)...])]
        }
    }

    /// Header fields that the gateway documents to add; framing is compared apart.
    static let added: Set<String> = [
        "x-request-id", "traceparent", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via",
        "content-length",
        "transfer-encoding",
    ]

    /// Compares what the app received with what was sent.
    func expect(_ seen: RawRequest, marker: String) {
        #expect(seen.method == method)
        #expect(Array(seen.target.utf8) == Array(target.utf8))
        let kept = seen.headerLines.map(LegalRequest.field).filter {
            !LegalRequest.added.contains($0.name.lowercased())
        }
        #expect(
            kept == [Field("Host", "127.0.0.1"), Field("X-Row", marker)] + fields.filter { $0.name != "Connection" })
        #expect(seen.body == body, "\(seen.body.count) bytes of body instead of \(body.count)")
        #expect(seen.trailerLines.map(LegalRequest.field) == trailers)
        switch framing {
        case .none: #expect(!seen.isChunked && (seen.value("content-length") ?? "0") == "0")
        case .length: #expect(seen.value("content-length") == "\(body.count)" && !seen.isChunked)
        case .chunked: #expect(seen.isChunked && seen.value("content-length") == nil)
        }
    }

    /// Name and value of a line; the white space around the value is no part of it (RFC 9110 section 5.5).
    private static func field(_ line: [UInt8]) -> Field {
        let parts = line.split(separator: 0x3A, maxSplits: 1, omittingEmptySubsequences: false)
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let value = (parts.count > 1 ? parts[1] : []).drop(while: blank).reversed().drop(while: blank).reversed()
        return Field(String(decoding: parts[0], as: UTF8.self), String(decoding: Array(value), as: UTF8.self))
    }
}
