import Kernel
import NIOHTTP1
import Web

/// Bytes that were not HTTP, as problems: each becomes an exchange of its own, answered and recorded like any other.
enum HTTP1Malformation {
    /// The problem of what a parser refused.
    static func problem(for flaw: HTTP1Flaw) -> Problem {
        switch flaw {
        case .method:
            make(
                "request-shape.unknown-method", 501, "The request's method is not known.",
                "Use a method of the IANA HTTP method registry.")
        case .version:
            make("request-shape.version", 505, "The HTTP version is not supported.", "Use HTTP/1.1 or HTTP/2.")
        case .tooLarge:
            tooLarge
        case .contentLength:
            make(
                "request-shape.framing", 400, "The request's length is ambiguous.",
                "Send either one Content-Length or Transfer-Encoding: chunked.")
        case .chunkSize:
            make(
                "request-shape.chunk", 400, "The request's chunked body is malformed.",
                "Chunk sizes are hexadecimal digits.")
        case .endedEarly:
            make("request-shape.incomplete", 400, "The request ended before it was complete.", nil)
        case .malformed:
            make(
                "request-shape.malformed", 400, "The request is not well-formed HTTP.",
                "It can't be read in one way only, so it isn't read at all.")
        }
    }

    static let headTooSlow = make(
        "request-shape.slow-head", 408, "The request's head took too long.", "Send it in one go.")
    static let bodyTooSlow = make(
        "request-shape.slow-body", 408, "The request's body stopped coming.", "Send it without long pauses.")
    private static let tooLarge = make(
        "request-shape.headers", 431, "The request's head is too large.", "Send fewer or shorter header fields.")

    private static func make(_ reason: ReasonID, _ status: Int, _ title: String, _ detail: String?) -> Problem {
        Problem(reason, status: status, title: title, detail: detail, closesConnection: true)
    }
}
