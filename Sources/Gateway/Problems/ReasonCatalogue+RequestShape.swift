/// What the request's own shape is refused for.
extension ReasonCatalogue {
    private static let size = "protection.request-shape"

    static let requestShape: [Reason] = framing + targets + fields + limits

    private static let framing: [Reason] = [
        Reason(
            "request-shape.both-lengths", .refusal([400]), "The request declares its length in two ways.",
            "Content-Length and Transfer-Encoding together are how requests are smuggled past a gateway. " + everyMode,
            client: "Send Content-Length or Transfer-Encoding, not both."),
        Reason(
            "request-shape.duplicate-length", .refusal([400]), "The request declares its length more than once.",
            "Several Content-Length fields may be read as several lengths. " + everyMode,
            client: "Send Content-Length once."),
        Reason(
            "request-shape.bad-length", .refusal([400]), "The declared length is no number.",
            "Content-Length is something other than up to 15 decimal digits. " + everyMode,
            client: "Send the body's length in bytes, digits only."),
        Reason(
            "request-shape.coding-in-http10", .refusal([400]), "HTTP/1.0 has no Transfer-Encoding.",
            "What an HTTP/1.0 request with Transfer-Encoding means, nobody knows for sure. " + everyMode,
            client: "Speak HTTP/1.1, or send Content-Length."),
        Reason(
            "request-shape.unknown-coding", .refusal([501]), "This transfer coding is not supported.",
            "Transfer-Encoding is something other than exactly `chunked`. " + everyMode,
            client: "Send `Transfer-Encoding: chunked` once, or Content-Length. Compress with Content-Encoding."),
        Reason(
            "request-shape.duplicate-host", .refusal([400]), "The request names more than one host.",
            "Gateway and app could each believe another one. " + everyMode, client: "Send Host once."),
        Reason(
            "request-shape.missing-host", .refusal([400]), "The request names no host.",
            "HTTP/1.1 asks for a Host field (RFC 9112 §3.2).", client: "Send Host."),
        Reason(
            "request-shape.host", .refusal([400]), "The request names two hosts.",
            "In HTTP/2, `:authority` and `host` differ. " + everyMode, client: "Send `:authority` only."),
        Reason(
            "request-shape.bad-method", .refusal([400]), "The method is no token.",
            "A method is made of letters, digits and a few marks, at most 64.", client: "Send a registered method."),
        Reason(
            "request-shape.connect", .refusal([405]), "This server opens no tunnels.",
            "CONNECT is for proxies, which this isn't to its clients.", client: "Ask for the resource itself."),
        Reason(
            "request-shape.h2c", .refusal([400]), "Upgrading to unencrypted HTTP/2 is not served here.",
            "`Upgrade: h2c` opens a way past every check, when an app behind takes it. " + everyMode,
            client: "Speak HTTP/1.1, or HTTP/2 over TLS."),
        Reason(
            "request-shape.expectation", .refusal([417]), "This expectation can't be met.",
            "The only expectation that HTTP knows is `100-continue`.", client: "Leave Expect out."),
        Reason(
            "request-shape.trailer", .refusal([400]),
            "The announced trailer fields may not be sent after the body.",
            "Framing, routing, credentials and everything that only a trusted hop may say has no place in trailers.",
            client: "Send these fields before the body."),
        Reason(
            "request-shape.websocket", .refusal([400]), "The WebSocket upgrade is malformed.",
            "An upgrade must be GET, HTTP/1.1, version 13, with a 16-byte key and no body (RFC 6455 §4.2.1).",
            client: "Use a WebSocket library; the document's detail says what is missing."),
    ]

    private static let targets: [Reason] = [
        Reason(
            "request-shape.empty-target", .refusal([400]), "The request target is empty.",
            "There is nothing between method and version.", client: "Ask for a path, `/` at least."),
        Reason(
            "request-shape.asterisk-form", .refusal([400]), "The target `*` is not served here.",
            "`OPTIONS *` asks the server itself, which has nothing to say.", client: "Ask for a path."),
        Reason(
            "request-shape.authority-form", .refusal([400]), "The request target must begin with `/`.",
            "`host:port` is a target for CONNECT only.", client: "Ask for a path."),
        Reason(
            "request-shape.absolute-form", .refusal([400]), "The request target must be a path, not a URL.",
            "A whole URL is what proxies are asked for; its host and the Host field could differ. " + everyMode,
            client: "Send the path, and the host in Host. Don't configure this server as a proxy."),
        Reason(
            "request-shape.target-bytes", .refusal([400]), "The request target has bytes that must be encoded.",
            "Blanks, controls, `#`, backslash and bytes beyond ASCII don't stand in a URL as such (RFC 3986 §2).",
            client: "Percent-encode them."),
        Reason(
            "request-shape.bad-percent", .refusal([400]), "The request target is wrongly percent-encoded.",
            "A `%` isn't followed by two hexadecimal digits. " + everyMode, client: "Write `%` itself as `%25`."),
        Reason(
            "request-shape.nul", .refusal([400]), "The request target has an encoded NUL.",
            "`%00` in a path ends it for some programs and not for others. " + everyMode,
            client: "Leave it out; in a query it passes."),
        Reason(
            "request-shape.dot-segment", .refusal([400]), "The path has a `..` segment.",
            "`..`, however encoded, leads some programs elsewhere than others. " + everyMode,
            client: "Resolve the path before sending it, as browsers do."),
        Reason(
            "request-shape.overlong", .refusal([400]), "The path is encoded in an invalid way.",
            "A character stands there in more bytes of UTF-8 than it needs, or behind C0 or C1, which lenient decoders "
                + "read as `.`, `/` or another character of ASCII. " + everyMode,
            client: "Encode paths in UTF-8.",
            owner: "Paths in Latin-1 pass unless they have `À` or `Á` in them: link to them in UTF-8."),
        Reason(
            "request-shape.overlong-query", .refusal([400]), "The query is encoded in an invalid way.",
            "A character stands there in more bytes of UTF-8 than it needs.", client: "Encode it in UTF-8.",
            owner: "Observe instead of enforcing, if a client can't be mended.", key: "\(size).mode"),
        Reason(
            "request-shape.not-utf8", .refusal([400]), "The request target does not decode to UTF-8.",
            "Percent-encoded bytes are of an older encoding, and this gateway was told to ask for UTF-8.",
            client: "Encode in UTF-8.", owner: "Set it to false for an app that takes Latin-1.", key: "\(size).utf8"),
    ]

    private static let fields: [Reason] = [
        Reason(
            "request-shape.field-name", .refusal([400]), "A header field's name is no token.",
            "Names are letters, digits and a few marks. " + everyMode, client: "Rename the field."),
        Reason(
            "request-shape.field-value", .refusal([400]), "A header field's value has control characters.",
            "CR, LF, NUL and folded lines can be read as other fields. " + everyMode,
            client: "Send values on one line, without controls."),
        Reason(
            "request-shape.bad-encoding", .refusal([400]), "A header field's value is not valid UTF-8.",
            "Its bytes could not be read, and would not reach the app as they came. " + everyMode,
            client: "Send ASCII or UTF-8."),
    ]

    private static let limits: [Reason] = [
        Reason(
            "request-shape.header-count", .refusal([431]), "The request has too many header fields.",
            "There are more fields than this gateway takes.", client: "Send fewer.",
            owner: "Raise the number.", key: "\(size).headers.count"),
        Reason(
            "request-shape.header-size", .refusal([431]), "The request's header section is too large.",
            "Mostly it is cookies that have piled up.", client: "Delete the site's cookies.",
            owner: "Keep less in cookies, or raise the size.", key: "\(size).headers.size"),
        Reason(
            "request-shape.headers", .refusal([431]), "The request's head is too large.",
            "It is larger than anything that can be configured.", client: "Send fewer or shorter header fields."),
        Reason(
            "request-shape.target-length", .refusal([414]), "The request target is too long.",
            "Path and query together are longer than this gateway takes.", client: "Send long data in a body.",
            owner: "Raise the length.", key: "\(size).target.length"),
        Reason(
            "request-shape.body-size", .refusal([413]), "The request's body is too large.",
            "It is over the limit of the gateway or of this route, declared or counted.", client: "Send less at once.",
            owner: "Raise the limit, or `body-limit` of the route in `routes`.", key: "\(size).body.limit"),
        Reason(
            "request-shape.method", .refusal([405, 501]), "This method is not served here.",
            "405: the method exists, but isn't in the list; `Allow` says which are. 501: there is no such method.",
            client: "Use one that `Allow` names.", owner: "Add the method to the list.", key: "\(size).methods"),
    ]

    /// What wasn't HTTP at all.
    static let malformed: [Reason] = [
        Reason(
            "request-shape.unknown-method", .refusal([501]), "The request's method is not known.",
            "The parser knows no such method.", client: "Use a method of the IANA HTTP method registry."),
        Reason(
            "request-shape.version", .refusal([505]), "The HTTP version is not supported.",
            "HTTP/1.0, 1.1 and 2 are served.", client: "Use HTTP/1.1 or HTTP/2."),
        Reason(
            "request-shape.framing", .refusal([400]), "The request's length is ambiguous.",
            "Where its body ends can be read in two ways. " + everyMode,
            client: "Send either one Content-Length or `Transfer-Encoding: chunked`."),
        Reason(
            "request-shape.chunk", .refusal([400]), "The request's chunked body is malformed.",
            "A chunk's size or end isn't where it should be. " + everyMode,
            client: "Chunk sizes are hexadecimal digits."
        ),
        Reason(
            "request-shape.incomplete", .refusal([400]), "The request ended before it was complete.",
            "The connection was closed in the middle.", client: "Send it again."),
        Reason(
            "request-shape.malformed", .refusal([400]), "The request is not well-formed HTTP.",
            "It can't be read in one way only, so it isn't read at all.",
            client: "Use an HTTP library; speak TLS only to the TLS port."),
        Reason(
            "request-shape.slow-head", .refusal([408]), "The request's head took too long.",
            "A connection that dribbles its head holds resources that others need.", client: "Send it in one go.",
            owner: "Give clients more time.", key: "limits.client.head"),
        Reason(
            "request-shape.slow-body", .refusal([408]), "The request's body stopped coming.",
            "Nothing came of it for too long.", client: "Send it without long pauses.",
            owner: "Give clients more time.", key: "limits.client.body-idle"),
    ]
}
