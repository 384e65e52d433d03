internal import Kernel
internal import NIOHTTP1
internal import Web

/// What no parser may read in two ways: the rules that hold whatever the mode. Pure: a head in, a problem or none out.
enum RequestShape {
    static func problem(_ reason: ReasonID, _ status: Int, _ title: String, _ detail: String? = nil) -> Problem {
        // Framing or the head itself is in doubt, so nothing more may be read from this connection.
        Problem(reason, status: status, title: title, detail: detail, closesConnection: true)
    }

    static func framing(_ head: RequestHead) -> Problem? {
        guard head.fields.has(anyOf: framingFields) else { return nil }
        let lengths = head.count(.contentLength)
        let codings = head.count(.transferEncoding)
        if lengths > 0 && codings > 0 {
            return problem(
                "request-shape.both-lengths", 400, "The request declares its length in two ways.",
                "Send Content-Length or Transfer-Encoding, not both.")
        }
        if lengths > 1 {
            return problem("request-shape.duplicate-length", 400, "The request declares its length more than once.")
        }
        if lengths == 1, FieldSyntax.contentLength(head.first(.contentLength) ?? "") == nil {
            return problem(
                "request-shape.bad-length", 400, "The declared length is no number.",
                "Content-Length must be up to 15 decimal digits.")
        }
        if codings > 0 {
            if isHTTP10(head) {
                return problem("request-shape.coding-in-http10", 400, "HTTP/1.0 has no Transfer-Encoding.")
            }
            if codings > 1 || head.first(.transferEncoding)?.isEqualIgnoringCase(to: "chunked") != true {
                return problem(
                    "request-shape.unknown-coding", 501, "This transfer coding is not supported.",
                    "Transfer-Encoding must be exactly `chunked`.")
            }
        }
        return nil
    }

    static let framingFields = FieldSet(.contentLength, .transferEncoding)

    /// HTTP/1.0 and older: neither `Host` nor `Transfer-Encoding` exist there.
    private static func isHTTP10(_ head: RequestHead) -> Bool {
        head.version.major < 1 || (head.version.major == 1 && head.version.minor < 1)
    }

    static func host(_ head: RequestHead) -> Problem? {
        let hosts = head.count(.host)
        if hosts > 1 { return problem("request-shape.duplicate-host", 400, "The request names more than one host.") }
        if hosts == 0, !isHTTP10(head) {
            return problem("request-shape.missing-host", 400, "The request names no host.")
        }
        return nil
    }

    static func method(_ head: RequestHead) -> Problem? {
        switch head.method {
        case .GET, .HEAD, .POST, .PUT, .PATCH, .DELETE, .OPTIONS: return nil
        default: break
        }
        let name = head.method.rawValue
        if name.isEmpty || name.utf8.count > 64 || !name.utf8.allSatisfy(\.isTokenCharacter) {
            return problem("request-shape.bad-method", 400, "The method is no token.")
        }
        if head.method == .CONNECT {
            return problem("request-shape.connect", 405, "This server opens no tunnels.", "CONNECT is not served here.")
        }
        return nil
    }

    static func target(_ flaw: TargetFlaw) -> Problem {
        let (reason, title): (ReasonID, String) =
            switch flaw {
            case .empty: ("request-shape.empty-target", "The request target is empty.")
            case .asteriskForm: ("request-shape.asterisk-form", "The target `*` is not served here.")
            case .authorityForm: ("request-shape.authority-form", "The request target must begin with `/`.")
            case .absoluteForm: ("request-shape.absolute-form", "The request target must be a path, not a URL.")
            case .forbiddenByte: ("request-shape.target-bytes", "The request target has bytes that must be encoded.")
            case .badPercentEncoding: ("request-shape.bad-percent", "The request target is wrongly percent-encoded.")
            case .nul: ("request-shape.nul", "The request target has an encoded NUL.")
            case .dotSegment: ("request-shape.dot-segment", "The path has a `..` segment.")
            case .overlongUTF8: ("request-shape.overlong", "The path is encoded in an invalid way.")
            }
        return problem(reason, 400, title)
    }

    static func fields(_ flaw: FieldFlaw) -> Problem {
        switch flaw {
        case .name: problem("request-shape.field-name", 400, "A header field's name is no token.")
        case .value: problem("request-shape.field-value", 400, "A header field's value has control characters.")
        case .encoding: problem("request-shape.bad-encoding", 400, "A header field's value is not valid UTF-8.")
        }
    }

    /// Fields that ask for something that only works when every hop agrees.
    static func negotiation(_ head: RequestHead) -> Problem? {
        if head.has(.http2Settings) || (head.has(.upgrade) && asksForH2C(head)) {
            return problem(
                "request-shape.h2c", 400, "Upgrading to unencrypted HTTP/2 is not served here.",
                "Speak HTTP/1.1, or HTTP/2 over TLS.")
        }
        if head.has(.expect) {
            if head.count(.expect) > 1 || head.first(.expect)?.isEqualIgnoringCase(to: "100-continue") != true {
                return problem("request-shape.expectation", 417, "This expectation can't be met.")
            }
        }
        if head.has(.trailer) {
            for line in head.values(.trailer)
            where line.listMembers.contains(where: {
                HeaderHygiene.isForbiddenTrailer(String($0))
            }) {
                return problem(
                    "request-shape.trailer", 400, "The announced trailer fields may not be sent after the body.")
            }
        }
        return nil
    }

    private static func asksForH2C(_ head: RequestHead) -> Bool {
        head.values(.upgrade).contains { line in
            line.listMembers.contains { $0.isEqualIgnoringCase(to: "h2c") || $0.hasPrefix("h2c") }
        }
    }
}
