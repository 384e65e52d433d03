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

    public init(_ settings: Settings) {
        passesMethodOverride = settings.passesMethodOverride
        kept = FieldNameTable(settings.keptClaims)
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        let named = connectionNamed(exchange.request)
        let isUpgrade = exchange.isWebSocketUpgrade
        let forwardedHost = exchange.request.first(.host)
        var droppedClaim = false
        var droppedOverride = false
        exchange.request.removeAll { name, value in
            if !named.isEmpty, named.contains(where: { name.isEqualIgnoringCase(to: $0) }) { return true }
            guard let fate = HeaderHygiene.fate(of: name) else { return false }
            switch fate {
            case .claim:
                if kept.contains(name) { return false }
                droppedClaim = true
                return true
            case .hop: return true
            case .upgrade, .connection: return !isUpgrade
            case .te: return !value.isEqualIgnoringCase(to: "trailers")
            case .methodOverride:
                if passesMethodOverride { return false }
                droppedOverride = true
                return true
            }
        }
        if droppedClaim { exchange.note("headers.claim-dropped") }
        if droppedOverride { exchange.note("headers.method-override-dropped") }
        if let client = exchange.clientAddress {
            exchange.request.append(
                .xForwardedFor, "X-Forwarded-For",
                client == exchange.connection.peer ? exchange.connection.peerText : client.description)
        }
        exchange.request.append(.xForwardedProto, "X-Forwarded-Proto", exchange.externalScheme.rawValue)
        if let forwardedHost { exchange.request.append(.xForwardedHost, "X-Forwarded-Host", forwardedHost) }
        return .proceed
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
        let lines = head.fields.lines
        for position in lines.indices where HeaderHygieneStage.isOurs(lines[position]) {
            head.fields.removeAll { name, value in
                HeaderHygieneStage.isOurs(FieldList.Line(name: name, value: value, known: KnownField(fieldName: name)))
            }
            break
        }
        return .pass
    }

    private static let hopFields = FieldSet(.keepAlive, .proxyConnection, .proxyAuthenticate)

    /// Fields and cookies with our own names: the app can't set them.
    private static func isOurs(_ line: borrowing FieldList.Line) -> Bool {
        switch line.known {
        case .setCookie:
            line.value.hasPrefixIgnoringCase("__host-seaworthy") || line.value.hasPrefixIgnoringCase("seaworthy_")
        case nil: line.name.hasPrefixIgnoringCase("x-seaworthy-")
        default: false
        }
    }
}
