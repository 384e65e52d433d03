public import Kernel
internal import NIOHTTP1
public import Web

/// Sends whoever came over plain HTTP to the same place over HTTPS, with 308 so that the method stays.
public struct HTTPSRedirectStage: GatewayStage {
    public let name = "HTTPSRedirect"
    public let control = "protection.https"
    public let mode: ControlMode
    public let phases: StagePhases
    private let publicOrigin: WebOrigin?
    private let port: Int?

    public init(_ settings: Settings, edge: EdgeFacts) {
        publicOrigin = edge.publicOrigin?.scheme == .https ? edge.publicOrigin : nil
        port = edge.tlsPort
        let hasPlace = publicOrigin != nil || port != nil
        mode = settings.redirects ? settings.mode : .off
        phases = hasPlace && settings.redirects ? .receive : []
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard exchange.externalScheme == .http, exchange.connection.door == .public else { return .proceed }
        guard let authority = authority(exchange.request.first(.host)) else { return .proceed }
        let location = "https://\(authority)\(exchange.request.target)"
        var head = ResponseHead(status: .permanentRedirect)
        head.headers.add(name: "Location", value: location)
        head.headers.add(name: "Cache-Control", value: "no-store")
        return .answer(Response(head, reason: "https.redirect"))
    }

    /// Where to: the TLS listener on the host that was asked for, else the public URL.
    private func authority(_ host: String?) -> String? {
        if let publicOrigin, port == nil || host.flatMap(HostName.init)?.host == publicOrigin.host {
            return String(publicOrigin.text.dropFirst(8))
        }
        guard let port, let name = host.flatMap(HostName.init) else { return nil }
        let bare = name.address?.family == .v6 ? "[\(name.host)]" : name.host
        return port == 443 ? bare : "\(bare):\(port)"
    }
}
