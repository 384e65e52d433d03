public import Kernel
internal import NIOHTTP1
public import Web

/// Refuses what can be read in two ways (always) and what is too large, too many or no known method (with a mode).
public struct RequestShapeStage: GatewayStage {
    public let name = "RequestShape"
    public let control = "protection.request-shape"
    public let mode: ControlMode
    public let phases: StagePhases = .receive
    private let settings: Settings
    private let methods: Set<String>
    private let allowsCommonMethods: Bool
    private let bodyProblem: Problem
    /// `off` keeps the ambiguity rules: they have no mode.
    private let hasLimits: Bool

    public init(_ settings: Settings) {
        self.settings = settings
        mode = settings.mode == .off ? .enforce : settings.mode
        hasLimits = settings.mode != .off
        methods = Set(settings.methods)
        allowsCommonMethods = methods.contains("GET") && methods.contains("POST")
        bodyProblem = Problem(
            "request-shape.body-size", status: 413, title: "The request's body is too large.",
            detail: "At most \(settings.bodyLimit) bytes are accepted.", closesConnection: true)
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        if exchange.isMalformed, let malformation = exchange.malformation {
            return exchange.refuseAmbiguity(malformation)
        }
        let isPlain = exchange.request.fields.notePlain()
        let section = FieldSyntax.judge(exchange.request.fields, isPlain: isPlain)
        if section.isPadded { exchange.request.trimValues() }
        if let problem = ambiguity(exchange.request) { return exchange.refuseAmbiguity(problem) }
        if let flaw = section.flaw { return exchange.refuseAmbiguity(RequestShape.fields(flaw)) }
        do throws(TargetFlaw) {
            exchange.target = try TargetReader.read(exchange.request.target)
        } catch {
            return exchange.refuseAmbiguity(RequestShape.target(error))
        }
        if let problem = RequestShape.negotiation(exchange.request) { return exchange.refuseAmbiguity(problem) }
        if exchange.request.has(.upgrade) {
            switch WebSocketUpgrade(exchange.request) {
            case .none: break
            case .wellFormed: exchange.isWebSocketUpgrade = true
            case .malformed(let what):
                return exchange.refuseAmbiguity(
                    RequestShape.problem(
                        "request-shape.websocket", 400, "The WebSocket upgrade is malformed.", what))
            }
        }
        return hasLimits ? limits(section, &exchange) : .proceed
    }

    private func ambiguity(_ head: RequestHead) -> Problem? {
        RequestShape.method(head) ?? RequestShape.framing(head) ?? RequestShape.host(head)
    }

    private func limits(_ section: FieldSyntax.Section, _ exchange: inout Exchange) -> Verdict {
        if section.count > settings.headerCount {
            let problem = Problem(
                "request-shape.header-count", status: 431, title: "The request has too many header fields.",
                detail: "At most \(settings.headerCount) are accepted.", closesConnection: true)
            if let refusal = exchange.object(to: problem) { return refusal }
        }
        if section.bytes > settings.headerBytes {
            let problem = Problem(
                "request-shape.header-size", status: 431, title: "The request's header section is too large.",
                detail: "At most \(settings.headerBytes) bytes are accepted.", closesConnection: true)
            if let refusal = exchange.object(to: problem) { return refusal }
        }
        if exchange.request.target.utf8.count > settings.targetLength {
            let problem = Problem(
                "request-shape.target-length", status: 414, title: "The request target is too long.",
                detail: "At most \(settings.targetLength) bytes are accepted.", closesConnection: true)
            if let refusal = exchange.object(to: problem) { return refusal }
        }
        if !exchange.target.isPlain || exchange.target.query != nil,
            exchange.request.target.withBytes({ $0.contains(0x25) }), let problem = encoding(exchange.target),
            let refusal = exchange.object(to: problem)
        {
            return refusal
        }
        if let problem = methodProblem(exchange.request.method), let refusal = exchange.object(to: problem) {
            return refusal
        }
        return body(&exchange)
    }

    private func body(_ exchange: inout Exchange) -> Verdict {
        guard settings.bodyLimit < .max else { return .proceed }
        if exchange.request.version.major == 1, !exchange.request.fields.has(anyOf: RequestShape.framingFields) {
            // HTTP/1 has no body without one of them (RFC 9112 §6.3): nothing to count.
            return .proceed
        }
        if let declared = exchange.request.first(.contentLength) {
            if declared == "0" { return .proceed }
            if let length = FieldSyntax.contentLength(declared), length > settings.bodyLimit {
                if let refusal = exchange.object(to: bodyProblem) { return refusal }
            }
        }
        exchange.limitBody(to: settings.bodyLimit, bodyProblem)
        return .proceed
    }

    /// Bytes beyond ASCII are UTF-8 or, unless that is required, of an older encoding; never ASCII in disguise. (In the
    /// path that is refused in every mode.)
    private func encoding(_ target: TargetReadings) -> Problem? {
        if settings.requiresUTF8, !isUTF8(target) {
            return Problem(
                "request-shape.not-utf8", status: 400, title: "The request target does not decode to UTF-8.",
                detail: "Percent-encoded bytes must be UTF-8.")
        }
        guard let query = target.query, query.utf8.contains(0x25),
            TargetReader.hasOverlongSequence(TargetReader.percentDecoded(Array(query.utf8)))
        else { return nil }
        return Problem(
            "request-shape.overlong-query", status: 400, title: "The query is encoded in an invalid way.",
            detail: "A character stands there in more bytes of UTF-8 than it needs.")
    }

    private func isUTF8(_ target: TargetReadings) -> Bool {
        for part in [target.path, target.query ?? ""] where part.utf8.contains(0x25) {
            let bytes = TargetReader.percentDecoded(Array(part.utf8))
            if String(validating: bytes, as: UTF8.self) == nil { return false }
        }
        return true
    }

    private func methodProblem(_ method: HTTPMethod) -> Problem? {
        if allowsCommonMethods {
            switch method {
            case .GET, .POST: return nil
            default: break
            }
        }
        if methods.contains(method.rawValue) { return nil }
        let isKnown = Settings.knownMethods.contains(method.rawValue)
        return Problem(
            "request-shape.method", status: isKnown ? 405 : 501,
            title: isKnown ? "This method is not served here." : "This method is unknown.",
            headers: isKnown ? [("Allow", settings.methods.joined(separator: ", "))] : [])
    }
}
