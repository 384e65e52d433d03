internal import CNIOLLHTTP
internal import Kernel
internal import NIOCore
internal import NIOHTTP1

/// What llhttp's callbacks write to. It stays in one place in memory, and llhttp holds its address.
struct HTTP1ParserState {
    typealias Place = UnsafeMutablePointer<HTTP1ParserState>
    typealias Parser = UnsafeMutablePointer<llhttp_t>

    private let isForRequests: Bool
    private let limits: HTTP1Parser.Limits
    /// The message at hand answers HEAD.
    var skipsBody = false
    /// Why a callback refused.
    private(set) var flaw: HTTP1Flaw?

    /// What is being read, and for whom; only while it is.
    private var input = ByteBuffer()
    private var base: UnsafeRawPointer?
    private var receiver: (any HTTP1Receiver)?

    // The message at hand
    private var target: [UInt8] = []
    private var fields = FieldList()
    private var isInformational = false
    private var fieldBytes = 0
    private var headBytes = 0
    private var fieldCount = 0

    // The line at hand
    private enum Part { case none, name, value }
    private var part = Part.none
    private var lineStart = 0
    private var valueStart = 0
    /// Where the last piece of a value ended: one that goes on elsewhere was folded over two lines.
    private var pieceEnd: UnsafeRawPointer?
    private var goesOn = false

    init(_ kind: HTTP1Parser.Kind, _ limits: HTTP1Parser.Limits) {
        isForRequests = kind == .requests
        self.limits = limits
    }

    mutating func begin(_ input: ByteBuffer, at base: UnsafeRawPointer?, _ receiver: any HTTP1Receiver) {
        self.input = input
        self.base = base
        self.receiver = receiver
        pieceEnd = goesOn ? base : nil
    }

    mutating func end() {
        goesOn = pieceEnd != nil && pieceEnd == base?.advanced(by: input.readableBytes)
        input = HTTP1ParserState.nothing
        base = nil
        receiver = nil
    }

    private static let nothing = ByteBuffer()

    // MARK: - Fields

    private mutating func messageBegins() -> CInt {
        target.removeAll(keepingCapacity: true)
        fields = FieldList(reservingBytes: 960, lines: 16)
        fieldBytes = 0
        headBytes = 0
        fieldCount = 0
        part = .none
        return 0
    }

    private mutating func target(_ bytes: UnsafeRawBufferPointer) -> CInt {
        guard grows(by: bytes.count) else { return refuse(.tooLarge) }
        target.append(contentsOf: bytes)
        return 0
    }

    private mutating func name(_ bytes: UnsafeRawBufferPointer) -> CInt {
        if part != .name {
            part = .name
            lineStart = fields.used
            fieldBytes = 0
            fieldCount &+= 1
            guard fieldCount <= limits.fieldCount else { return refuse(.tooLarge) }
        }
        guard grows(by: bytes.count) else { return refuse(.tooLarge) }
        fields.append(bytes)
        return 0
    }

    private mutating func value(_ bytes: UnsafeRawBufferPointer) -> CInt {
        if part == .name {
            guard nameEnds() else { return -1 }
        } else if bytes.baseAddress != pieceEnd {
            // llhttp refuses these, too; but if ever it didn't, two lines must not become one.
            return refuse(.malformed("a folded value"))
        }
        guard grows(by: bytes.count) else { return refuse(.tooLarge) }
        fields.append(bytes)
        pieceEnd = bytes.baseAddress?.advanced(by: bytes.count)
        return 0
    }

    private mutating func nameEnds() -> Bool {
        // llhttp lets a name of no length pass.
        guard fields.used > lineStart else {
            flaw = .malformed("a field without a name")
            return false
        }
        fields.append(0x3A, 0x20)
        valueStart = fields.used
        fieldBytes = 0
        part = .value
        return true
    }

    private mutating func lineEnds() -> CInt {
        if part == .name { guard nameEnds() else { return -1 } }
        fields.endLine(start: lineStart, value: valueStart)
        part = .none
        pieceEnd = nil
        return 0
    }

    private mutating func grows(by count: Int) -> Bool {
        fieldBytes &+= count
        headBytes &+= count
        return fieldBytes <= limits.fieldBytes && headBytes <= limits.headBytes
    }

    private mutating func refuse(_ why: HTTP1Flaw) -> CInt {
        flaw = why
        return -1
    }

    private mutating func takeFields() -> FieldList {
        var taken = FieldList()
        swap(&taken, &fields)
        return taken
    }

    // MARK: - Messages: whoever is told may do anything but feed this parser

    private static func headEnds(_ place: Place, _ parser: Parser) -> CInt {
        guard parser.pointee.http_major == 1 else { return place.pointee.refuse(.version) }
        guard let receiver = place.pointee.receiver else { return -1 }
        let status = Int(parser.pointee.status_code)
        place.pointee.isInformational = !place.pointee.isForRequests && status < 200 && status != 101
        let head = HTTP1Head(
            method: place.pointee.isForRequests ? method(parser.pointee.method) : .GET,
            target: String(decoding: place.pointee.target, as: UTF8.self),
            status: place.pointee.isForRequests ? .ok : HTTPResponseStatus(statusCode: status),
            version: HTTPVersion(major: 1, minor: Int(parser.pointee.http_minor)),
            isKeepAlive: c_nio_llhttp_should_keep_alive(parser) != 0, fields: place.pointee.takeFields())
        receiver.received(head)
        guard !place.pointee.isForRequests else { return 0 }
        // llhttp would believe a length that these can't have (RFC 9112 §6.3).
        let isBare = status < 200 || status == 204 || status == 304 || place.pointee.skipsBody
        return isBare ? 1 : 0
    }

    private static func body(_ place: Place, _ bytes: UnsafeRawBufferPointer) -> CInt {
        guard let receiver = place.pointee.receiver, let base = place.pointee.base, let start = bytes.baseAddress,
            let slice = place.pointee.input.getSlice(
                at: place.pointee.input.readerIndex &+ base.distance(to: start), length: bytes.count)
        else { return -1 }
        receiver.receivedBody(slice)
        return 0
    }

    private static func messageEnds(_ place: Place, _ parser: Parser) -> CInt {
        // https://github.com/nodejs/llhttp/issues/202
        parser.pointee.content_length = 0
        guard !place.pointee.isInformational else { return 0 }
        guard let receiver = place.pointee.receiver else { return -1 }
        let trailers = place.pointee.takeFields()
        receiver.receivedEnd(trailers.count > 0 ? trailers : nil)
        let isOne = place.pointee.isForRequests || parser.pointee.upgrade != 0
        return isOne ? 0 : CInt(truncatingIfNeeded: HPE_PAUSED.rawValue)
    }

    private static func method(_ number: UInt8) -> HTTPMethod {
        switch llhttp_method(rawValue: llhttp_method.RawValue(number)) {
        case HTTP_GET: .GET
        case HTTP_POST: .POST
        case HTTP_HEAD: .HEAD
        case HTTP_PUT: .PUT
        case HTTP_DELETE: .DELETE
        case HTTP_PATCH: .PATCH
        case HTTP_OPTIONS: .OPTIONS
        case let other: HTTPMethod(rawValue: String(cString: c_nio_llhttp_method_name(other)))
        }
    }

    // MARK: - llhttp

    private static func place(_ parser: Parser?) -> Place? {
        parser?.pointee.data?.assumingMemoryBound(to: HTTP1ParserState.self)
    }

    /// What llhttp calls: in C's way, which captures nothing.
    static var callbacks: llhttp_settings_t {
        var settings = llhttp_settings_t()
        c_nio_llhttp_settings_init(&settings)
        settings.on_message_begin = { HTTP1ParserState.place($0)?.pointee.messageBegins() ?? -1 }
        settings.on_url = { HTTP1ParserState.place($0)?.pointee.target(.init(start: $1, count: $2)) ?? -1 }
        settings.on_header_field = { HTTP1ParserState.place($0)?.pointee.name(.init(start: $1, count: $2)) ?? -1 }
        settings.on_header_value = { HTTP1ParserState.place($0)?.pointee.value(.init(start: $1, count: $2)) ?? -1 }
        settings.on_header_value_complete = { HTTP1ParserState.place($0)?.pointee.lineEnds() ?? -1 }
        settings.on_headers_complete = { parser in
            guard let parser, let place = HTTP1ParserState.place(parser) else { return -1 }
            return HTTP1ParserState.headEnds(place, parser)
        }
        settings.on_body = { parser, bytes, count in
            guard let place = HTTP1ParserState.place(parser) else { return -1 }
            return HTTP1ParserState.body(place, .init(start: bytes, count: count))
        }
        settings.on_message_complete = { parser in
            guard let parser, let place = HTTP1ParserState.place(parser) else { return -1 }
            return HTTP1ParserState.messageEnds(place, parser)
        }
        return settings
    }
}
