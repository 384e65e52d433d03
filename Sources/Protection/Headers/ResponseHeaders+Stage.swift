public import Kernel
internal import NIOHTTP1
public import Web

/// Sets the security headers on every response and takes the banners away; the app's own stay by a declared rule.
public struct ResponseHeadersStage: GatewayStage {
    public let name = "ResponseHeaders"
    public let control = "protection.headers"
    public let mode: ControlMode
    public let phases: StagePhases = .respond
    private typealias Seen = SecurityHeaders.Seen
    private struct Line: Sendable {
        let field: Seen
        let name: String
        let value: String
        /// For an app that says `X-Frame-Options: SAMEORIGIN`: `frame-ancestors` would overrule it.
        var framedValue: String { value.replacing("frame-ancestors 'none'", with: "frame-ancestors 'self'") }
    }
    private let app: [Line]
    private let own: [Line]
    private let hsts: Line?
    /// All lines at once, for the usual response that has none of them.
    private let appBlocks: Blocks
    private let ownBlocks: Blocks
    private struct Blocks: Sendable {
        let http: HeaderBlock
        let https: HeaderBlock
        /// The fields that the blocks set.
        let fields: Seen
        init(_ lines: [Line], hsts: Line?) {
            http = HeaderBlock(lines.map { ($0.name, $0.value) })
            https = HeaderBlock((lines + [hsts].compactMap { $0 }).map { ($0.name, $0.value) })
            fields = Seen(lines.map(\.field) + [.hsts])
        }
    }
    private let minimumAge: Int
    private let protectsCaching: Bool
    /// `app` for an app that frames itself.
    private let framedApp: [Line]

    public init(_ settings: Settings) {
        mode = settings.mode
        protectsCaching = settings.protectsCaching
        hsts = settings.hsts.value.map { Line(field: .hsts, name: "Strict-Transport-Security", value: $0) }
        minimumAge = settings.hsts == .gradual || settings.hsts == .off ? 0 : 31_536_000
        let common = ResponseHeadersStage.common(settings)
        own = [Line(field: .csp, name: "Content-Security-Policy", value: ContentPolicy.own)] + common
        app = ResponseHeadersStage.policies(settings) + common
        framedApp = app.map { Line(field: $0.field, name: $0.name, value: $0.framedValue) }
        appBlocks = Blocks(app, hsts: hsts)
        ownBlocks = Blocks(own, hsts: hsts)
    }

    private static func policies(_ settings: Settings) -> [Line] {
        switch settings.policyMode {
        case .enforce: return [Line(field: .csp, name: "Content-Security-Policy", value: settings.policy)]
        case .reportOnly:
            let baseline = settings.policyBaseline.map {
                Line(field: .csp, name: "Content-Security-Policy", value: $0)
            }
            let report = Line(
                field: .cspReportOnly, name: "Content-Security-Policy-Report-Only", value: settings.policy)
            return [baseline, report].compactMap { $0 }
        case .off: return []
        }
    }

    private static func common(_ settings: Settings) -> [Line] {
        var lines = [
            Line(field: .nosniff, name: "X-Content-Type-Options", value: "nosniff"),
            Line(field: .frame, name: "X-Frame-Options", value: "DENY"),
            Line(field: .xss, name: "X-XSS-Protection", value: settings.xssProtection),
            Line(field: .referrer, name: "Referrer-Policy", value: settings.referrerPolicy),
            Line(field: .permissions, name: "Permissions-Policy", value: settings.permissionsPolicy),
            Line(field: .coop, name: "Cross-Origin-Opener-Policy", value: settings.openerPolicy),
            Line(field: .corp, name: "Cross-Origin-Resource-Policy", value: settings.resourcePolicy),
        ]
        if let embedder = settings.embedderPolicy {
            lines.append(Line(field: .coep, name: "Cross-Origin-Embedder-Policy", value: embedder))
        }
        return lines
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        var kept: Seen = []
        var personal = AppSaid()
        var unwanted = false
        for (name, value) in head.headers {
            guard let bit = SecurityHeaders.names.value(of: name) else { continue }
            let field = Seen(rawValue: 1 << UInt32(bit))
            if field == .banner || !keeps(field, value, exchange.externalScheme) {
                unwanted = true
            } else {
                kept.insert(field)
                if field == .setCookie && isPersonalCookie(value) { personal.setsCookie = true }
                if field == .frame && value.utf8.first.map({ $0 | 0x20 == 0x73 }) == true {
                    personal.framesItself = true
                }
                if field == .cacheControl && isShared(value) { personal.isShared = true }
                if field == .contentType { personal.isDocument = isDocument(value) }
            }
        }
        if unwanted { dropUnwanted(&head, exchange.externalScheme) }
        let isApp = exchange.responseOrigin == .upstream
        if protectsCaching, !kept.contains(.cacheControl) || personal.isShared, isPersonal(personal, exchange.request) {
            head.headers.replaceOrAdd(name: "Cache-Control", value: "no-store, private")
        }
        let blocks = isApp ? appBlocks : ownBlocks
        if kept.isDisjoint(with: blocks.fields), !personal.framesItself, exchange.policy?.isPublicToOrigins != true {
            head.attach(exchange.externalScheme == .https ? blocks.https : blocks.http)
            return .pass
        }
        // A policy of the app's own is all that it wants to hear about.
        if kept.contains(.csp) { kept.insert(.cspReportOnly) }
        setEach(isApp ? personal.framesItself ? framedApp : app : own, kept, exchange, &head)
        return .pass
    }

    /// Line by line, where the app has said something of its own.
    private func setEach(
        _ lines: [Line], _ kept: Seen, _ exchange: borrowing Exchange, _ head: inout ResponseHead
    ) {
        head.headers.reserveCapacity(head.headers.count &+ lines.count &+ 6)
        for line in lines where !kept.contains(line.field) {
            if line.field == .corp, exchange.policy?.isPublicToOrigins == true {
                head.headers.add(name: line.name, value: "cross-origin")
            } else {
                head.headers.add(name: line.name, value: line.value)
            }
        }
        if exchange.externalScheme == .https, let hsts, !kept.contains(.hsts) {
            head.headers.add(name: hsts.name, value: hsts.value)
        }
    }

    private struct AppSaid {
        var setsCookie = false
        var isDocument = false
        var framesItself = false
        /// `Cache-Control` lets shared caches keep it: a mistake on what is one person's (RFC 9111 §5.2.2.9).
        var isShared = false
    }

    private func isShared(_ value: String) -> Bool {
        value.listMembers.contains { member in
            member.isEqualIgnoringCase(to: "public") || String(member).hasPrefixIgnoringCase("s-maxage")
        }
    }

    /// Over plain HTTP an app's own HSTS means nothing (RFC 6797 §7.2) and goes.
    private func keeps(_ field: SecurityHeaders.Seen, _ value: String, _ scheme: Scheme) -> Bool {
        if field == .hsts { return scheme == .https && SecurityHeaders.keeps(field, value, minimumAge: minimumAge) }
        return SecurityHeaders.keeps(field, value, minimumAge: minimumAge)
    }

    private func dropUnwanted(_ head: inout ResponseHead, _ scheme: Scheme) {
        var kept: [(String, String)] = []
        kept.reserveCapacity(head.headers.count &+ 8)
        for (name, value) in head.headers {
            if let bit = SecurityHeaders.names.value(of: name) {
                let field = Seen(rawValue: 1 << UInt32(bit))
                if field == .banner || !keeps(field, value, scheme) { continue }
            }
            kept.append((name, value))
        }
        head.headers = HTTPHeaders(kept)
    }

    private func isPersonal(_ response: AppSaid, _ request: RequestHead) -> Bool {
        if response.setsCookie { return true }
        guard response.isDocument else { return false }
        if request.has(.authorization) { return true }
        guard request.has(.cookie) else { return false }
        return request.values(.cookie).contains { line in
            line.split(separator: ";").contains { pair in
                SessionCookie.isLikely(pair.prefix(while: { $0 != "=" }).trimming(while: { $0 == " " }))
            }
        }
    }

    private func isPersonalCookie(_ value: String) -> Bool {
        SessionCookie.isLikely(value.prefix(while: { $0 != "=" }).trimming(while: { $0 == " " }))
    }

    private func isDocument(_ type: String) -> Bool {
        type.hasPrefixIgnoringCase("text/html") || type.hasPrefixIgnoringCase("application/json")
            || type.hasPrefixIgnoringCase("application/problem+json") || type.hasPrefixIgnoringCase("application/xhtml")
    }
}
