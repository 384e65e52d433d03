/// The framing that requests and responses share, read leniently: tests must see what was really sent.
struct RawFraming {
    /// Index after the blank line that ends the head, with the head's lines without their ends.
    static func head(_ bytes: [UInt8]) -> (lines: [[UInt8]], end: Int)? {
        var lines: [[UInt8]] = []
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            var line = Array(bytes[start..<index])
            if line.last == 0x0D { line.removeLast() }
            start = index + 1
            if line.isEmpty {
                // Blank lines before a message are no end of it.
                if lines.isEmpty { continue }
                return (lines, start)
            }
            lines.append(line)
        }
        return nil
    }

    /// A chunked body from `start`: its bytes, the trailer lines and the index after it; nil while it is incomplete.
    static func chunked(_ bytes: [UInt8], from start: Int) -> (body: [UInt8], trailers: [[UInt8]], end: Int)? {
        var body: [UInt8] = []
        var position = start
        while let (line, next) = self.line(bytes, from: position) {
            let digits = line.prefix { $0 != 0x3B && $0 != 0x20 }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else { return nil }
            position = next
            if size == 0 { return trailers(bytes, from: position).map { (body, $0.lines, $0.end) } }
            guard bytes.count >= position + size + 2 else { return nil }
            body += bytes[position..<position + size]
            position += size + 2
        }
        return nil
    }

    private static func trailers(_ bytes: [UInt8], from start: Int) -> (lines: [[UInt8]], end: Int)? {
        var lines: [[UInt8]] = []
        var position = start
        while let (line, next) = self.line(bytes, from: position) {
            position = next
            if line.isEmpty { return (lines, position) }
            lines.append(line)
        }
        return nil
    }

    private static func line(_ bytes: [UInt8], from start: Int) -> (line: [UInt8], next: Int)? {
        guard start <= bytes.count, let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
        var line = Array(bytes[start..<end])
        if line.last == 0x0D { line.removeLast() }
        return (line, end + 1)
    }

    /// The value of a header line with this name, without the spaces around it.
    static func value(_ name: String, in lines: some Sequence<[UInt8]>) -> String? {
        values(name, in: lines).first
    }

    static func values(_ name: String, in lines: some Sequence<[UInt8]>) -> [String] {
        lines.compactMap { line in
            guard let colon = line.firstIndex(of: 0x3A) else { return nil }
            guard String(decoding: line[..<colon], as: UTF8.self).lowercased() == name.lowercased() else { return nil }
            let value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
            return String(decoding: value, as: UTF8.self).trimmingTrailingSpaces()
        }
    }
}

extension String {
    func trimmingTrailingSpaces() -> String {
        var text = self
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

/// A request exactly as a server received it.
public struct RawRequest: Sendable, Equatable {
    public let method: String
    /// The target's bytes as they came.
    public let target: String
    public let version: String
    /// Every header line byte for byte, without its line end.
    public let headerLines: [[UInt8]]
    /// The body without its framing.
    public let body: [UInt8]
    public let trailerLines: [[UInt8]]
    public let isChunked: Bool

    /// The first value of a header.
    public func value(_ name: String) -> String? { RawFraming.value(name, in: headerLines) }
    public func values(_ name: String) -> [String] { RawFraming.values(name, in: headerLines) }

    /// Reads one request from the front of `bytes`, with the number of bytes that it took; nil while it is incomplete.
    public static func parse(_ bytes: [UInt8]) -> (RawRequest, Int)? {
        guard let (lines, end) = RawFraming.head(bytes), let first = lines.first else { return nil }
        let parts = first.split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts.count > 1 ? Array(parts[1]) : []
        let split = rest.lastIndex(of: 0x20)
        let target = split.map { Array(rest[..<$0]) } ?? rest
        let version = split.map { Array(rest[($0 + 1)...]) } ?? []
        let headers = Array(lines.dropFirst())
        let chunked = RawFraming.value("transfer-encoding", in: headers) != nil
        var body: [UInt8] = []
        var trailers: [[UInt8]] = []
        var length = end
        if chunked {
            guard let whole = RawFraming.chunked(bytes, from: end) else { return nil }
            (body, trailers, length) = whole
        } else if let size = RawFraming.value("content-length", in: headers).flatMap({ Int($0) }), size > 0 {
            guard bytes.count >= end + size else { return nil }
            body = Array(bytes[end..<end + size])
            length = end + size
        }
        let request = RawRequest(
            method: String(decoding: parts[0], as: UTF8.self), target: String(decoding: target, as: UTF8.self),
            version: String(decoding: version, as: UTF8.self), headerLines: headers, body: body,
            trailerLines: trailers, isChunked: chunked)
        return (request, length)
    }
}

/// A response as a client received it.
public struct RawResponse: Sendable, Equatable {
    public let version: String
    public let status: Int
    public let headerLines: [[UInt8]]
    public let body: [UInt8]
    public let trailerLines: [[UInt8]]
    /// Statuses of the informational responses before it.
    public let informational: [Int]
    /// Its framing was kept to the end; false when the connection closed before.
    public let isComplete: Bool

    public func value(_ name: String) -> String? { RawFraming.value(name, in: headerLines) }
    public func values(_ name: String) -> [String] { RawFraming.values(name, in: headerLines) }
    public var text: String { String(decoding: body, as: UTF8.self) }
    /// Whether the server said that it will close the connection.
    public var announcesClose: Bool { value("connection")?.lowercased() == "close" }

    /// Reads one response from the front of `bytes`, informational ones before it included, with the number of bytes
    /// that it took; nil while it is incomplete. With `isClosed`, what there is counts as all there will be.
    public static func parse(_ bytes: [UInt8], method: String, isClosed: Bool) -> (RawResponse, Int)? {
        var informational: [Int] = []
        var start = 0
        while true {
            guard let (lines, headEnd) = RawFraming.head(Array(bytes[start...])), let first = lines.first else {
                return nil
            }
            let words = String(decoding: first, as: UTF8.self).split(separator: " ", maxSplits: 2)
            guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { return nil }
            let end = start + headEnd
            if (100...199).contains(status), status != 101 {
                informational.append(status)
                start = end
                continue
            }
            let headers = Array(lines.dropFirst())
            guard let content = content(bytes, from: end, status: status, headers, method: method, isClosed: isClosed)
            else { return nil }
            let response = RawResponse(
                version: String(words[0]), status: status, headerLines: headers, body: content.body,
                trailerLines: content.trailers, informational: informational, isComplete: content.isComplete)
            return (response, content.end)
        }
    }

    private struct Content {
        var body: [UInt8] = []
        var trailers: [[UInt8]] = []
        var end: Int
        var isComplete = true
    }

    private static func content(
        _ bytes: [UInt8], from start: Int, status: Int, _ headers: [[UInt8]], method: String, isClosed: Bool
    ) -> Content? {
        if method == "HEAD" || status == 204 || status == 304 || status == 101 { return Content(end: start) }
        let rest = Content(body: Array(bytes[start...]), end: bytes.count, isComplete: false)
        if RawFraming.value("transfer-encoding", in: headers) != nil {
            guard let whole = RawFraming.chunked(bytes, from: start) else { return isClosed ? rest : nil }
            return Content(body: whole.body, trailers: whole.trailers, end: whole.end)
        }
        if let length = RawFraming.value("content-length", in: headers).flatMap({ Int($0) }) {
            guard bytes.count >= start + length else { return isClosed ? rest : nil }
            return Content(body: Array(bytes[start..<start + length]), end: start + length)
        }
        return isClosed ? Content(body: Array(bytes[start...]), end: bytes.count) : nil
    }
}
