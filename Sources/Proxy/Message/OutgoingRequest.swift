import NIOCore
import NIOHTTP1
import Web

/// A request as it goes to the app: the client's own bytes, with framing decided by us.
struct OutgoingRequest {
    /// How the body's end is told (RFC 9112 §6).
    enum Framing: Equatable {
        /// Neither length nor coding was given: none comes over HTTP/1.1; over HTTP/2 one may.
        case undecided
        case length(Int)
        case chunked
    }

    let method: HTTPMethod
    let target: String
    let fields: FieldList
    let isUpgrade: Bool
    let expectsContinue: Bool
    /// Whether to send the head without waiting for a first byte of the body.
    let announcesBody: Bool
    var framing: Framing

    /// Safe to send a second time (RFC 9110 §9.2.2).
    var isIdempotent: Bool {
        switch method {
        case .GET, .HEAD, .OPTIONS, .TRACE, .PUT, .DELETE: !isUpgrade
        default: false
        }
    }

    /// nil when the head's framing is in doubt. `RequestShape` refuses such a request before; this is the last look.
    init?(_ request: RequestHead, isUpgrade: Bool) {
        self.method = request.method
        self.target = request.target
        self.fields = request.fields
        self.isUpgrade = isUpgrade
        self.expectsContinue = request.has(.expect)
        switch (request.has(.transferEncoding), request.count(.contentLength)) {
        case (true, 0):
            framing = .chunked
        case (false, 0):
            framing = .undecided
        case (false, 1):
            guard let length = request.first(.contentLength).flatMap(OutgoingRequest.length) else { return nil }
            framing = .length(length)
        default:
            return nil
        }
        switch framing {
        case .length(let length): announcesBody = length > 0
        case .chunked: announcesBody = true
        case .undecided: announcesBody = request.version.major >= 2 && !OutgoingRequest.rarelyHasBody(request.method)
        }
    }

    private static func rarelyHasBody(_ method: HTTPMethod) -> Bool {
        switch method {
        case .GET, .HEAD, .OPTIONS, .TRACE, .DELETE: true
        default: false
        }
    }

    /// Digits only, no sign, no space.
    private static func length(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
