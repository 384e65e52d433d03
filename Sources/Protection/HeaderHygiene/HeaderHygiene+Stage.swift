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
                "X-Forwarded-For",
                client == exchange.connection.peer ? exchange.connection.peerText : client.description)
        }
        exchange.request.append("X-Forwarded-Proto", exchange.externalScheme.rawValue)
        if let forwardedHost { exchange.request.append("X-Forwarded-Host", forwardedHost) }
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

    private static let hopFields = FieldNameTable(["keep-alive", "proxy-connection", "proxy-authenticate"])

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard exchange.responseOrigin == .upstream else { return .pass }
        let isOurs = { (name: String, value: String) -> Bool in
            switch name.utf8.first {
            case 0x58, 0x78: name.hasPrefixIgnoringCase("x-seaworthy-")
            case 0x53, 0x73:
                name.isEqualIgnoringCase(to: "set-cookie")
                    && (value.hasPrefixIgnoringCase("__host-seaworthy") || value.hasPrefixIgnoringCase("seaworthy_"))
            case 0x4B, 0x6B, 0x50, 0x70: HeaderHygieneStage.hopFields.contains(name)
            default: false
            }
        }
        if head.headers.contains(where: { isOurs($0.name, $0.value) }) {
            head.headers = HTTPHeaders(head.headers.filter { !isOurs($0.name, $0.value) }.map { ($0.name, $0.value) })
        }
        return .pass
    }
}
