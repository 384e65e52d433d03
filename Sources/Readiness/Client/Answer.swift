/// What came back: everything that a probe may judge, bounded.
struct Answer: Sendable {
    /// How the answer ended.
    enum Ending: Sendable, Equatable {
        case complete
        /// We stopped reading: the body went past our bound or the time was up.
        case cutByUs(String)
        /// The other side stopped before its own framing said so.
        case brokenOff
    }

    /// Why an answer is cut whose end didn't come in time.
    static let timeWasUp = "the time was up"

    var status: Int
    var reason: String
    var version: String
    var fields: [HeaderField]
    /// At most 1 MiB of the body, as it came (never inflated).
    var body: [UInt8]
    var bodyBytes: Int
    var ending: Ending
    var interim: [Int]
    /// Bytes of the request's body that had left when the answer was complete.
    var bodyBytesSent: Int
    var milliseconds: Double
    /// When the byte left that was held back until everybody was ready; nil where nothing was held.
    var releasedAt: ContinuousClock.Instant?
    /// When the last byte that we read was there.
    var endedAt: ContinuousClock.Instant?

    func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    func first(_ name: String) -> String? { all(name).first }

    /// The media type without parameters, in lower case; empty when there is none.
    var mediaType: String {
        (first("content-type") ?? "").prefix { $0 != ";" }.trimmed.lowercased()
    }

    var isHTML: Bool { mediaType == "text/html" || mediaType == "application/xhtml+xml" }
    /// HTML that a browser shows and doesn't keep as a file.
    var isShownPage: Bool {
        isHTML && !(first("content-disposition")?.trimmed.lowercased().hasPrefix("attachment") ?? false)
    }
    var isJSON: Bool { mediaType == "application/json" || mediaType.hasSuffix("+json") }
    var isSuccess: Bool { (200..<300).contains(status) }
    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
    var bodyText: String { text(of: body) }
    var json: JSONValue? { body.isEmpty ? nil : JSONValue(bytes: body) }
    var cookies: [SetCookie] { all("set-cookie").prefix(50).compactMap(SetCookie.init(field:)) }
    var limits: RateLimitFields { RateLimitFields(fields) }

    /// An error that was caught and dressed by somebody: it carries a request id, by which it can be looked up. (What it
    /// must not show is asked apart.)
    var isHandledError: Bool { status >= 500 && requestID != nil && (isJSON || isHTML || mediaType == "text/plain") }

    /// The request id that the answer carries, under any of its usual names.
    var requestID: String? {
        for name in ["x-request-id", "request-id", "x-correlation-id", "x-trace-id"] {
            if let value = first(name), !value.isEmpty { return value }
        }
        return nil
    }
}

/// Why there is no answer.
enum ClientFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case connect(String)
    case tls(String)
    case timedOut(String)
    case closedWithoutAnswer
    case fault(AnswerFault)
    case io(String)

    var description: String {
        switch self {
        case .connect(let why): "could not connect: \(why)"
        case .tls(let why): "TLS handshake failed: \(why)"
        case .timedOut(let what): "no complete answer in time (\(what))"
        case .closedWithoutAnswer: "the connection was closed without an answer"
        case .fault(.notHTTP(let line)): "the answer is no HTTP: \(line)"
        case .fault(.headTooLarge(let count)): "the answer's head went past 64 KiB (\(count) bytes read)"
        case .fault(.badFraming(let what)): "the answer's framing is broken: \(what)"
        case .io(let why): "the connection broke: \(why)"
        }
    }
}
