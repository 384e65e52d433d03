public import Kernel
internal import NIOHTTP1
public import Web

/// Drops what a stranger may not claim and says in its place what is so. Has no mode: identity must not be a claim.
/// All other fields keep their case, order and bytes.
public struct HeaderHygieneStage: GatewayStage {
    public let name = "HeaderHygiene"
    public let control = "protection.header-hygiene"
    public let mode = ControlMode.enforce
    public let phases: StagePhases = [.receive, .respond]
    private let passesMethodOverride: Bool
    private let kept: FieldNameTable
    /// Known fields that pass untouched: their names need no second look.
    private let passing = HeaderHygiene.passing

    public init(_ settings: Settings) {
        passesMethodOverride = settings.passesMethodOverride
        kept = FieldNameTable(settings.keptClaims)
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        if !exchange.request.fields.areAll(in: passing) { drop(&exchange) }
        tellApp(&exchange)
        return .proceed
    }

    /// Looks at each line.
    private func drop(_ exchange: inout Exchange) {
        let named = connectionNamed(exchange.request)
        let isUpgrade = exchange.isWebSocketUpgrade
        var droppedClaim = false
        var droppedOverride = false
        exchange.request.fields.removeLines { fields, position in
            if named.isEmpty, let known = fields.known(at: position), passing.contains(known) {
                return false
            }
            if !named.isEmpty, named.contains(where: { fields.name(at: position).isEqualIgnoringCase(to: $0) }) {
                return true
            }
            guard let fate = fields.withName(at: position, { HeaderHygiene.fate(of: $0) }) else { return false }
            switch fate {
            case .claim:
                if fields.withName(at: position, { kept.contains($0) }) { return false }
                droppedClaim = true
                return true
            case .hop: return true
            case .upgrade, .connection: return !isUpgrade
            case .te: return !fields.withValue(at: position) { $0.isEqualIgnoringCase(to: "trailers") }
            case .methodOverride:
                if passesMethodOverride { return false }
                droppedOverride = true
                return true
            }
        }
        dropConsoleCookies(&exchange)
        if droppedClaim { exchange.note("headers.claim-dropped") }
        if droppedOverride { exchange.note("headers.method-override-dropped") }
    }

    /// Says who asks, how, and for which host. All three hardly ever change on a connection.
    private func tellApp(_ exchange: inout Exchange) {
        let host = exchange.request.fields.position(of: .host)
        let scheme = exchange.externalScheme
        let isPeer = exchange.clientAddress == exchange.connection.peer
        if isPeer, let host, let memory = exchange.memory,
            memory.repeatTold(to: &exchange.request.fields, host: host, scheme)
        {
            return
        }
        let lines = HeaderHygieneStage.lines(exchange, host)
        if isPeer, let host, let memory = exchange.memory {
            exchange.request.fields.withValue(at: host) { memory.told(lines, of: $0, scheme) }
        }
        exchange.request.fields.add(contentsOf: lines)
    }

    private static func lines(_ exchange: borrowing Exchange, _ host: Int?) -> FieldList {
        var lines = FieldList()
        if let client = exchange.clientAddress {
            lines.add(
                .xForwardedFor, "X-Forwarded-For",
                client == exchange.connection.peer ? exchange.connection.peerText : client.description)
        }
        lines.add(.xForwardedProto, "X-Forwarded-Proto", exchange.externalScheme.rawValue)
        if let host { lines.add(.xForwardedHost, "X-Forwarded-Host", exchange.request.fields.value(at: host)) }
        return lines
    }

    /// Fields that `Connection` names belong to this hop, whatever they are called; framing and routing can't be
    /// named away (that would let a client remove what we rely on).
    private func connectionNamed(_ request: RequestHead) -> [String] {
        guard request.has(.connection) else { return [] }
        var names: [String] = []
        for line in request.values(.connection) {
            if line.isEqualIgnoringCase(to: "keep-alive") || line.isEqualIgnoringCase(to: "close") { continue }
            for member in line.listMembers.prefix(32) {
                let name = member.lowercased()
                if !HeaderHygieneStage.unnameable.contains(name) { names.append(name) }
            }
        }
        return names
    }

    private static let unnameable: Set<String> = [
        "close", "keep-alive", "upgrade", "te", "host", "content-length", "transfer-encoding", "content-type", "cookie",
        "authorization", "origin", "x-request-id", "traceparent", "tracestate", "sec-fetch-site", "accept-encoding",
        "content-encoding", "expect",
    ]

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard exchange.responseOrigin == .upstream else { return .pass }
        head.fields.remove(anyOf: HeaderHygieneStage.hopFields)
        for position in head.fields.indices where HeaderHygieneStage.isOurs(head.fields, position) {
            head.fields.removeLines { HeaderHygieneStage.isOurs($0, $1) }
            break
        }
        return .pass
    }

    private static let hopFields = FieldSet(.keepAlive, .proxyConnection, .proxyAuthenticate)

    /// Fields and cookies with our own names: the app can't set them.
    private static func isOurs(_ fields: borrowing FieldList, _ position: Int) -> Bool {
        switch fields.known(at: position) {
        case .setCookie:
            fields.withValue(at: position) {
                $0.hasPrefixIgnoringCase("__host-seaworthy") || $0.hasPrefixIgnoringCase("seaworthy_")
                    || $0.hasPrefixIgnoringCase("seaworthy-console")
            }
        case nil: fields.withName(at: position) { $0.hasPrefixIgnoringCase("x-seaworthy-") }
        default: false
        }
    }
}
