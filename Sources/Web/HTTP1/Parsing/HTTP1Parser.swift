internal import CNIOLLHTTP
public import NIOCore
internal import NIOHTTP1

/// Reads HTTP/1 messages out of a connection's bytes: SwiftNIO's parser (llhttp) with callbacks of our own, which put the
/// fields straight into a `FieldList`. What llhttp refuses is refused, what it lets pass is for `RequestShape` to judge.
///
/// Confined to one event loop. Bytes are never kept: what a head needs of them is copied out.
public final class HTTP1Parser {
    public enum Kind: Sendable { case requests, responses }

    public struct Limits: Sendable {
        /// Bytes of a name, a value or a target.
        public var fieldBytes: Int
        /// Bytes of a target and all names and values of a message, trailers included.
        public var headBytes: Int
        /// Lines of a message, trailers included.
        public var fieldCount: Int
        public init(fieldBytes: Int, headBytes: Int, fieldCount: Int) {
            self.fieldBytes = fieldBytes
            self.headBytes = headBytes
            self.fieldCount = fieldCount
        }
    }

    // Behind pointers, because C keeps their addresses; what the callbacks change is changed in place.
    private let parser: UnsafeMutablePointer<llhttp_t>
    private let settings: UnsafeMutablePointer<llhttp_settings_t>
    private let state: UnsafeMutablePointer<HTTP1ParserState>
    private var isOver = false

    public init(_ kind: Kind, limits: Limits) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: llhttp_t())
        settings = .allocate(capacity: 1)
        settings.initialize(to: HTTP1ParserState.callbacks)
        state = .allocate(capacity: 1)
        state.initialize(to: HTTP1ParserState(kind, limits))
        c_nio_llhttp_init(parser, kind == .requests ? HTTP_REQUEST : HTTP_RESPONSE, settings)
        parser.pointee.data = UnsafeMutableRawPointer(state)
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
        settings.deallocate()
        parser.deallocate()
    }

    /// Of responses: the next one answers HEAD, so it has no body whatever it says.
    public func expectsNoBody(_ isHead: Bool) { state.pointee.skipsBody = isHead }

    /// Reads on and tells `receiver` what is there. Must not be called from inside of itself.
    ///
    /// - Returns: how many bytes were read: all of them, except behind a message that switches protocols and behind every
    ///   final response, because the next belongs to another request.
    public func feed(_ input: ByteBuffer, to receiver: any HTTP1Receiver) throws(HTTP1Flaw) -> Int {
        guard !isOver, input.readableBytes > 0 else { return 0 }
        // Behind the last response.
        c_nio_llhttp_resume(parser)
        var read = input.readableBytes
        let code = input.withUnsafeReadableBytes { bytes in
            state.pointee.begin(input, at: bytes.baseAddress, receiver)
            let code = c_nio_llhttp_execute_swift(parser, bytes.baseAddress, bytes.count)
            if code != HPE_OK, let start = bytes.baseAddress, let end = c_nio_llhttp_get_error_pos(parser) {
                read = min(bytes.count, max(0, start.distance(to: UnsafeRawPointer(end))))
            }
            state.pointee.end()
            return code
        }
        switch code {
        case HPE_OK, HPE_PAUSED: break
        case HPE_PAUSED_UPGRADE: isOver = true
        default:
            isOver = true
            throw flaw(code)
        }
        return read
    }

    /// The connection's bytes have ended. A message that ends with its connection is whole now.
    public func finish(to receiver: any HTTP1Receiver) throws(HTTP1Flaw) {
        guard !isOver else { return }
        isOver = true
        state.pointee.begin(ByteBuffer(), at: nil, receiver)
        defer { state.pointee.end() }
        let code = c_nio_llhttp_finish(parser)
        if code != HPE_OK, code != HPE_PAUSED { throw flaw(code) }
    }

    private func flaw(_ code: llhttp_errno_t) -> HTTP1Flaw {
        if let flaw = state.pointee.flaw { return flaw }
        switch code {
        case HPE_INVALID_METHOD: return .method
        case HPE_INVALID_VERSION: return .version
        case HPE_UNEXPECTED_CONTENT_LENGTH, HPE_INVALID_CONTENT_LENGTH: return .contentLength
        case HPE_INVALID_CHUNK_SIZE: return .chunkSize
        case HPE_INVALID_EOF_STATE: return .endedEarly
        default: return .malformed(String(cString: c_nio_llhttp_errno_name(code)))
        }
    }
}
