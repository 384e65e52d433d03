public import NIOHTTP1

/// The header fields that stages ask for: each has a slot in the index that one pass over a request's headers fills.
///
/// Adding a case here is all that it takes to have a field indexed.
public enum KnownField: UInt8, CaseIterable, Sendable {
    case host, origin, cookie, authorization, accept, expect, upgrade, connection, forwarded, te, trailer, referer
    case contentLength, contentType, contentEncoding, transferEncoding, acceptEncoding, secFetchSite, secFetchMode,
        secFetchDest
    case accessControlRequestMethod, accessControlRequestHeaders, xRequestID, traceparent, tracestate
    case xForwardedFor, xForwardedProto, xForwardedHost, methodOverride, secWebSocketKey, secWebSocketVersion
    case userAgent, via, keepAlive, http2Settings

    /// The field's name in lower case.
    public var name: String {
        switch self {
        case .host: "host"
        case .origin: "origin"
        case .cookie: "cookie"
        case .authorization: "authorization"
        case .accept: "accept"
        case .expect: "expect"
        case .upgrade: "upgrade"
        case .connection: "connection"
        case .forwarded: "forwarded"
        case .te: "te"
        case .trailer: "trailer"
        case .referer: "referer"
        case .contentLength: "content-length"
        case .contentType: "content-type"
        case .contentEncoding: "content-encoding"
        case .transferEncoding: "transfer-encoding"
        case .acceptEncoding: "accept-encoding"
        case .secFetchSite: "sec-fetch-site"
        case .secFetchMode: "sec-fetch-mode"
        case .secFetchDest: "sec-fetch-dest"
        case .accessControlRequestMethod: "access-control-request-method"
        case .accessControlRequestHeaders: "access-control-request-headers"
        case .xRequestID: "x-request-id"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .xForwardedHost: "x-forwarded-host"
        case .methodOverride: "x-http-method-override"
        case .secWebSocketKey: "sec-websocket-key"
        case .secWebSocketVersion: "sec-websocket-version"
        case .userAgent: "user-agent"
        case .via: "via"
        case .keepAlive: "keep-alive"
        case .http2Settings: "http2-settings"
        }
    }
}

/// The scheme by which a request reached this listener.
public enum Scheme: String, Sendable { case http, https }

/// A request's head as it came, whatever the protocol version; the names' case and the order are kept.
public struct RequestHead: Sendable {
    public let method: HTTPMethod
    /// The request target byte for byte: origin form, or what else the client sent.
    public let target: String
    public let version: HTTPVersion
    public let scheme: Scheme
    public private(set) var headers: HTTPHeaders
    private var index: FieldIndex

    public init(method: HTTPMethod, target: String, version: HTTPVersion, scheme: Scheme, headers: HTTPHeaders) {
        self.method = method
        self.target = target
        self.version = version
        self.scheme = scheme
        self.headers = headers
        self.index = FieldIndex(headers)
    }

    /// The first value of a field, without a pass over the headers.
    public func first(_ field: KnownField) -> String? {
        let position = index.position(field)
        guard position >= 0 else { return nil }
        return headers[headers.index(headers.startIndex, offsetBy: position)].value
    }

    /// How many lines of this field came.
    public func count(_ field: KnownField) -> Int { index.count(field) }

    public func has(_ field: KnownField) -> Bool { index.count(field) > 0 }

    /// Every value of a field in order; looks only when there is more than one line.
    public func values(_ field: KnownField) -> [String] {
        switch index.count(field) {
        case 0: []
        case 1: first(field).map { [$0] } ?? []
        default: headers[field.name]
        }
    }

    /// Adds a line at the end.
    public mutating func append(_ name: String, _ value: String) {
        headers.add(name: name, value: value)
        index.note(name, at: headers.count &- 1)
    }

    /// Takes the white space around values off: it is no part of them (RFC 9110 §5.5).
    public mutating func trimValues() {
        headers = HTTPHeaders(
            headers.map { name, value in
                let start = value.utf8.drop { $0 == 0x20 || $0 == 0x09 }
                return (name, String(Substring(start.prefix(upTo: RequestHead.end(of: start)))))
            })
    }

    private static func end(of value: Substring.UTF8View) -> Substring.UTF8View.Index {
        value.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { value.index(after: $0) } ?? value.startIndex
    }

    /// Takes out every line that `unwanted` accepts (name, value) and says whether there was one.
    @discardableResult
    public mutating func removeAll(where unwanted: (String, String) -> Bool) -> Bool {
        guard headers.contains(where: { unwanted($0.name, $0.value) }) else { return false }
        var kept = HTTPHeaders()
        kept.reserveCapacity(headers.count)
        for (name, value) in headers where !unwanted(name, value) { kept.add(name: name, value: value) }
        headers = kept
        index = FieldIndex(kept)
        return true
    }
}

/// Positions of the known fields in the headers.
struct FieldIndex: Sendable {
    private var positions = InlineArray<48, Int32>(repeating: -1)
    private var counts = InlineArray<48, UInt16>(repeating: 0)

    init(_ headers: HTTPHeaders) {
        var position = 0
        for (name, _) in headers {
            note(name, at: position)
            position &+= 1
        }
    }

    func position(_ field: KnownField) -> Int { Int(positions[Int(field.rawValue)]) }
    func count(_ field: KnownField) -> Int { Int(counts[Int(field.rawValue)]) }

    mutating func note(_ name: String, at position: Int) {
        guard let field = KnownField(fieldName: name) else { return }
        let slot = Int(field.rawValue)
        if counts[slot] == 0 { positions[slot] = Int32(truncatingIfNeeded: position) }
        if counts[slot] < .max { counts[slot] &+= 1 }
    }
}

extension KnownField {
    /// Known fields by the length of their names: a request's header is compared with two or three candidates at most.
    private static let byLength: [[(StaticName, KnownField)]] = {
        var table = [[(StaticName, KnownField)]](repeating: [], count: 40)
        for field in KnownField.allCases { table[field.name.utf8.count].append((StaticName(field.name), field)) }
        return table
    }()

    /// The known field of this name in any case, or nil.
    init?(fieldName name: String) {
        let length = name.utf8.count
        guard length < KnownField.byLength.count else { return nil }
        let candidates = KnownField.byLength[length]
        guard !candidates.isEmpty else { return nil }
        var name = name
        let found = name.withUTF8 { bytes -> KnownField? in
            for (known, field) in candidates where known.matches(bytes) { return field }
            return nil
        }
        guard let found else { return nil }
        self = found
    }

    /// A lower-case name as bytes.
    private struct StaticName {
        private let bytes: [UInt8]
        init(_ name: String) { bytes = Array(name.utf8) }
        /// `other` has as many bytes.
        func matches(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
            // The last byte first: names of one length mostly differ there.
            guard let last = bytes.last, let otherLast = other.last, last == otherLast | 0x20 || last == otherLast
            else { return false }
            return bytes.elementsEqual(other) { known, byte in
                known == (byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
            }
        }
    }
}
