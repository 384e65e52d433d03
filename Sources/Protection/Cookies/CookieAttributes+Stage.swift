public import Kernel
internal import NIOHTTP1
public import Web

/// Gives the app's session cookies the attributes that it forgot.
public struct CookieAttributesStage: GatewayStage {
    public let name = "CookieAttributes"
    public let control = "protection.cookies"
    public let mode: ControlMode
    public let phases: StagePhases = .respond
    private let exempt: Set<String>

    public init(_ settings: Settings) {
        mode = settings.mode
        exempt = Set(settings.exempt)
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard head.fields.has(.setCookie) else { return .pass }
        let isSecure = exchange.externalScheme == .https
        var changed = false
        for (name, value) in head.headers where isCookie(name) && hardened(value, isSecure) != nil {
            changed = true
            break
        }
        guard changed else { return .pass }
        var headers = HTTPHeaders()
        headers.reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            headers.add(name: name, value: isCookie(name) ? hardened(value, isSecure) ?? value : value)
        }
        head.headers = headers
        return .pass
    }

    private func isCookie(_ name: String) -> Bool {
        name.utf8.count == 10 && name.isEqualIgnoringCase(to: "set-cookie")
    }

    private func hardened(_ value: String, _ isSecure: Bool) -> String? {
        if !exempt.isEmpty, exempt.contains(String(value.prefix(while: { $0 != "=" }))) { return nil }
        return SessionCookie.hardened(value, isSecure: isSecure)
    }
}
