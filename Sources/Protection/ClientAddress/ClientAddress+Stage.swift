public import Kernel
public import Web

/// Says who is really asking: the peer, or whom a trusted hop names. Has no mode: everything after it counts by it.
public struct ClientAddressStage: GatewayStage {
    public let name = "ClientAddress"
    public let control = "protection.client-address"
    public let mode = ControlMode.enforce
    public let phases: StagePhases
    private let trusted: [IPNetwork]

    public init(_ settings: Settings) {
        trusted = settings.trustedHops
        // With nobody to believe, the peer is the client, as the exchange has it from the start.
        phases = trusted.isEmpty ? [] : .receive
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard !trusted.isEmpty, let peer = exchange.connection.peer, isTrusted(peer) else { return .proceed }
        let claims = exchange.request
        let hops =
            claims.has(.xForwardedFor)
            ? ForwardedFor.hops(xForwardedFor: claims.values(.xForwardedFor))
            : ForwardedFor.hops(forwarded: claims.values(.forwarded))
        exchange.clientAddress = ForwardedFor.client(peer: peer, hops: hops, isTrusted: isTrusted)
        let proto =
            claims.values(.xForwardedProto).last?.listMembers.last
            ?? ForwardedFor.proto(forwarded: claims.values(.forwarded))
        if let proto {
            if proto.isEqualIgnoringCase(to: "https") {
                exchange.externalScheme = .https
            } else if proto.isEqualIgnoringCase(to: "http") {
                exchange.externalScheme = .http
            }
        }
        return .proceed
    }

    private func isTrusted(_ address: IPAddress) -> Bool { trusted.contains { $0.contains(address) } }
}
