import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// The single decisions of the front desk, in the order in which it asks them.
extension FrontDesk {
    private var flaws: FlawSelection { desk.flaws }

    /// Exactly one Host, and one that we answer for.
    func checkHost(_ request: Request) throws {
        // The framework takes the first Host as the authority and leaves a second one among the fields.
        guard let authority = request.head.authority, !authority.isEmpty,
            HTTPField.Name("Host").map({ request.headers[$0] == nil }) ?? true
        else { throw DeskError.malformed("malformed-host", "Send exactly one Host.") }
        if flaws.contains(.trustsHostHeader) { return }
        let name = AllowedHosts.name(of: authority)
        guard let name, desk.allowedHosts.contains(name) else {
            throw DeskError(.misdirectedRequest, "unknown-host", "This server doesn't answer for that host.")
        }
    }

    /// The path with its escapes decoded, without `..` in any reading.
    func judgePath(_ request: Request) throws -> String {
        let target = request.head.path ?? ""
        if request.method == .options, target == "*" { return "/" }
        guard target.hasPrefix("/") else { throw DeskError.malformed("malformed-target", "The target isn't a path.") }
        let raw = target.prefix { $0 != "?" }
        let query = target.dropFirst(raw.count).dropFirst()
        guard let path = PercentCoding.decode(raw, plusIsSpace: false), FormFields.parse(String(query)) != nil else {
            if flaws.contains(.traceOnBadEncoding) {
                throw DeskError.crash("decode", "invalid UTF-8 sequence in URL: String.init(validating:) returned nil")
            }
            throw DeskError.malformed("malformed-encoding", "The target's percent-encoding can't be read.")
        }
        if flaws.contains(.decodesDotDot) { return path }
        // A second reading, for whatever decodes twice.
        let again = PercentCoding.decode(path, plusIsSpace: false) ?? path
        let segments = again.split(whereSeparator: { $0 == "/" || $0 == "\\" })
        let hides = segments.contains { $0 == ".." || $0 == "." || $0.hasPrefix("..;") }
        guard !hides, !raw.lowercased().contains("%2f"), !raw.lowercased().contains("%5c"), !path.contains("\\") else {
            throw DeskError.malformed("malformed-path", "The path isn't in its plain form.")
        }
        return path
    }

    /// Methods that no route has.
    func checkMethod(_ request: Request) throws -> Response? {
        let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        if known.contains(request.method) { return nil }
        if request.method == .trace, flaws.contains(.traceEnabled) {
            var echo = "TRACE \(request.head.path ?? "/") HTTP/1.1\r\nHost: \(request.head.authority ?? "")\r\n"
            for field in request.headers { echo += "\(field.name.rawName): \(field.value)\r\n" }
            return Answer.text(echo, type: "message/http")
        }
        if request.method != .trace, flaws.contains(.anyMethod) {
            return Answer.text("OK\n", type: "text/plain; charset=utf-8")
        }
        throw DeskError(
            .methodNotAllowed, "method-not-allowed", "No route here takes that method.",
            headers: [.allow: routes.match(context(request))?.allow ?? "GET, HEAD"])
    }

    private func context(_ request: Request) -> String { String((request.head.path ?? "/").prefix { $0 != "?" }) }

    /// The plain listener only sends browsers to the TLS listener, when there is one.
    func secureRedirect(_ request: Request, _ context: DeskContext) -> Response? {
        guard let port = desk.tlsPort.value, !flaws.contains(.noHTTPSRedirect), !context.path.hasPrefix("/health/"),
            let authority = request.head.authority
        else { return nil }
        let name = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        let target = "https://\(name):\(port)\(request.head.path ?? "/")"
        return Answer.empty(.permanentRedirect, headers: [.location: target])
    }

    /// Whether a client that asks `Expect: 100-continue` may go on.
    static func mayContinue(contentLength: String?, flaws: FlawSelection) -> Bool {
        guard let contentLength, let length = Int(contentLength) else { return true }
        return length <= bodyLimit || flaws.contains(.unboundedBody)
    }

    /// The whole body, up to the limit.
    func collect(_ request: Request) async throws -> ByteBuffer {
        let tooLarge = DeskError(
            .contentTooLarge, "body-too-large", "A body may have up to \(Self.bodyLimit) bytes.")
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        let isUnbounded = flaws.contains(declared == nil ? .unboundedChunkedBody : .unboundedBody)
        if let declared, declared > Self.bodyLimit, !isUnbounded { throw tooLarge }
        var content = ByteBuffer()
        for try await part in request.body {
            let fits = content.readableBytes + part.readableBytes <= Self.bodyLimit
            guard fits || isUnbounded else { throw tooLarge }
            // A flawed desk takes in everything; what is over the limit is dropped, so that a demonstration survives it.
            if fits { content.writeImmutableBuffer(part) }
        }
        return content
    }

    /// Writes come from our own pages or from programs, never from another site.
    func checkCrossSite(_ request: Request, _ context: DeskContext) throws {
        if flaws.contains(.noCSRF) { return }
        let safe: [HTTPRequest.Method] = [.get, .head, .options]
        if safe.contains(request.method) { return }
        let refusal = DeskError(.forbidden, "cross-site-request", "Writes from other sites aren't taken.")
        if let site = request.headers[.fetchSite]?.lowercased() {
            // Browsers write this one themselves; no page can. It also holds behind a gateway that changes Host.
            guard site == "same-origin" || site == "none" else { throw refusal }
            if request.headers[.origin] != "null" { return }
        }
        guard let origin = request.headers[.origin] else { return }
        if let own = desk.configuration.publicURL, origin == own { return }
        guard let separator = origin.range(of: "://"), let authority = request.head.authority,
            origin[separator.upperBound...].lowercased() == authority.lowercased()
        else { throw refusal }
    }

    /// Malformed JSON is a 400 before any route looks at it.
    static func parseJSON(_ content: ByteBuffer, flaws: FlawSelection) throws -> JSONValue {
        guard content.readableBytes <= 262_144 else {
            throw DeskError.invalid("invalid-body", "A JSON document may have up to 262144 bytes.")
        }
        do {
            guard JSONDepth.isShallow(content.readableBytesView) else {
                throw DeskError.malformed("malformed-json", "The body is nested too deeply.")
            }
            return try JSONDecoder().decode(JSONValue.self, from: Data(content.readableBytesView))
        } catch {
            if flaws.contains(.traceOnBadJSON) {
                throw DeskError.crash(
                    "decodeBody", "DecodingError.dataCorrupted: the given data was not valid JSON",
                    sql: "INSERT INTO request_log (path, body) VALUES ($1, $2)")
            }
            throw DeskError.malformed("malformed-json", "The body isn't JSON.")
        }
    }
}

/// Nesting is bounded before the parser recurses: each level costs stack.
enum JSONDepth {
    static let limit = 64

    static func isShallow(_ bytes: some Sequence<UInt8>) -> Bool {
        var (depth, isText, isEscaped) = (0, false, false)
        for byte in bytes {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            if depth > limit { return false }
        }
        return true
    }
}

/// The host names that the desk answers for.
struct AllowedHosts: Sendable {
    private let names: Set<String>

    init(_ names: [String]) { self.names = Set(names.map { $0.lowercased() }) }

    func contains(_ name: String) -> Bool { names.contains(name.lowercased()) }

    /// The name in `host:port`; nil when it is malformed.
    static func name(of authority: String) -> String? {
        let isBracketed = authority.hasPrefix("[")
        let name = isBracketed ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        let rest = authority.dropFirst(name.count)
        guard !name.isEmpty, rest.isEmpty || (rest.first == ":" && UInt16(rest.dropFirst()) != nil) else { return nil }
        return String(name)
    }
}

/// Takes in a response's body, so that it can be packed as a whole.
final class BodyCollector: ResponseBodyWriter {
    private(set) var content = ByteBuffer()

    func write(_ buffer: ByteBuffer) async throws { content.writeImmutableBuffer(buffer) }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
