public import Kernel
internal import NIOHTTP1
public import Web

/// Sets the security headers on every response and takes the banners away; the app's own stay by a declared rule.
public struct ResponseHeadersStage: GatewayStage {
    public let name = "ResponseHeaders"
    public let control = "protection.headers"
    public let mode: ControlMode
    public let phases: StagePhases = .respond
    private struct Line: Sendable {
        let field: KnownField
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
        let fields: FieldSet
        init(_ lines: [Line], hsts: Line?) {
            http = HeaderBlock(lines.map { ($0.name, $0.value) })
            https = HeaderBlock((lines + [hsts].compactMap { $0 }).map { ($0.name, $0.value) })
            var fields = FieldSet(.strictTransportSecurity)
            for line in lines { fields.insert(line.field) }
            self.fields = fields
        }
    }
    private let minimumAge: Int
    private let protectsCaching: Bool
    /// `app` for an app that frames itself.
    private let framedApp: [Line]

    public init(_ settings: Settings) {
        mode = settings.mode
        protectsCaching = settings.protectsCaching
        hsts = settings.hsts.value.map {
            Line(field: .strictTransportSecurity, name: "Strict-Transport-Security", value: $0)
        }
        minimumAge = settings.hsts == .gradual || settings.hsts == .off ? 0 : 31_536_000
        let common = ResponseHeadersStage.common(settings)
        own = [Line(field: .contentSecurityPolicy, name: "Content-Security-Policy", value: ContentPolicy.own)] + common
        app = ResponseHeadersStage.policies(settings) + common
        framedApp = app.map { Line(field: $0.field, name: $0.name, value: $0.framedValue) }
        appBlocks = Blocks(app, hsts: hsts)
        ownBlocks = Blocks(own, hsts: hsts)
    }

    private static func policies(_ settings: Settings) -> [Line] {
        switch settings.policyMode {
        case .enforce:
            return [Line(field: .contentSecurityPolicy, name: "Content-Security-Policy", value: settings.policy)]
        case .reportOnly:
            let baseline = settings.policyBaseline.map {
                Line(field: .contentSecurityPolicy, name: "Content-Security-Policy", value: $0)
            }
            let report = Line(
                field: .contentSecurityPolicyReportOnly, name: "Content-Security-Policy-Report-Only",
                value: settings.policy)
            return [baseline, report].compactMap { $0 }
        case .off: return []
        }
    }

    private static func common(_ settings: Settings) -> [Line] {
        var lines = [
            Line(field: .contentTypeOptions, name: "X-Content-Type-Options", value: "nosniff"),
            Line(field: .frameOptions, name: "X-Frame-Options", value: "DENY"),
            Line(field: .xssProtection, name: "X-XSS-Protection", value: settings.xssProtection),
            Line(field: .referrerPolicy, name: "Referrer-Policy", value: settings.referrerPolicy),
            Line(field: .permissionsPolicy, name: "Permissions-Policy", value: settings.permissionsPolicy),
            Line(field: .openerPolicy, name: "Cross-Origin-Opener-Policy", value: settings.openerPolicy),
            Line(field: .resourcePolicy, name: "Cross-Origin-Resource-Policy", value: settings.resourcePolicy),
        ]
        if let embedder = settings.embedderPolicy {
            lines.append(Line(field: .embedderPolicy, name: "Cross-Origin-Embedder-Policy", value: embedder))
        }
        return lines
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        head.fields.remove(.banner)
        var kept = FieldSet()
        var personal = AppSaid()
        if head.fields.has(anyOf: SecurityHeaders.judged) {
            dropWeak(&head, exchange.externalScheme)
            for position in head.fields.indices {
                guard let field = head.fields.known(at: position), SecurityHeaders.judged.contains(field) else {
                    continue
                }
                kept.insert(field)
                if field == .setCookie && ResponseHeadersStage.isPersonalCookie(head.fields.value(at: position)) {
                    personal.setsCookie = true
                }
                if field == .frameOptions
                    && head.fields.withValue(at: position, { $0.first.map { $0 | 0x20 == 0x73 } == true })
                {
                    personal.framesItself = true
                }
                if field == .cacheControl && ResponseHeadersStage.isShared(head.fields.value(at: position)) {
                    personal.isShared = true
                }
            }
        }
        let isApp = exchange.responseOrigin == .upstream
        if protectsCaching, !kept.contains(.cacheControl) || personal.isShared,
            isPersonal(personal, exchange.request, head.fields)
        {
            head.fields.set(.cacheControl, "Cache-Control", "no-store, private")
        }
        if kept.isDisjoint(with: isApp ? appBlocks.fields : ownBlocks.fields), !personal.framesItself,
            exchange.policy?.isPublicToOrigins != true
        {
            if exchange.externalScheme == .https {
                head.attach(isApp ? appBlocks.https : ownBlocks.https)
            } else {
                head.attach(isApp ? appBlocks.http : ownBlocks.http)
            }
            return .pass
        }
        // A policy of the app's own is all that it wants to hear about.
        if kept.contains(.contentSecurityPolicy) { kept.insert(.contentSecurityPolicyReportOnly) }
        setEach(isApp ? personal.framesItself ? framedApp : app : own, kept, exchange, &head)
        return .pass
    }

    /// Line by line, where the app has said something of its own.
    private func setEach(
        _ lines: [Line], _ kept: FieldSet, _ exchange: borrowing Exchange, _ head: inout ResponseHead
    ) {
        for line in lines where !kept.contains(line.field) {
            if line.field == .resourcePolicy, exchange.policy?.isPublicToOrigins == true {
                head.fields.add(line.field, line.name, "cross-origin")
            } else {
                head.fields.add(line.field, line.name, line.value)
            }
        }
        if exchange.externalScheme == .https, let hsts, !kept.contains(.strictTransportSecurity) {
            head.fields.add(hsts.field, hsts.name, hsts.value)
        }
    }

    private struct AppSaid {
        var setsCookie = false
        var framesItself = false
        /// `Cache-Control` lets shared caches keep it: a mistake on what is one person's (RFC 9111 §5.2.2.9).
        var isShared = false
    }

    private static func isShared(_ value: String) -> Bool {
        value.listMembers.contains { member in
            member.isEqualIgnoringCase(to: "public") || String(member).hasPrefixIgnoringCase("s-maxage")
        }
    }

    /// Over plain HTTP an app's own HSTS means nothing (RFC 6797 §7.2) and goes.
    private func keeps(_ field: KnownField, _ value: String, _ scheme: Scheme) -> Bool {
        if field == .strictTransportSecurity, scheme != .https { return false }
        return SecurityHeaders.keeps(field, value, minimumAge: minimumAge)
    }

    /// Takes out the app's fields that say less than they must.
    private func dropWeak(_ head: inout ResponseHead, _ scheme: Scheme) {
        for position in head.fields.indices {
            guard let field = head.fields.known(at: position), !keeps(field, head.fields.value(at: position), scheme)
            else { continue }
            head.fields.removeAll { name, value in
                KnownField(fieldName: name).map { !keeps($0, value, scheme) } ?? false
            }
            return
        }
    }

    private func isPersonal(_ response: AppSaid, _ request: RequestHead, _ fields: borrowing FieldList) -> Bool {
        if response.setsCookie { return true }
        guard request.fields.has(anyOf: ResponseHeadersStage.telling),
            fields.withFirst(.contentType, { ResponseHeadersStage.isDocument($0) }) == true
        else { return false }
        if request.has(.authorization) { return true }
        guard request.has(.cookie) else { return false }
        return request.values(.cookie).contains { line in
            line.split(separator: ";").contains { pair in
                SessionCookie.isLikely(pair.prefix(while: { $0 != "=" }).trimming(while: { $0 == " " }))
            }
        }
    }

    /// Fields of a request without which its answer is nobody's own.
    private static let telling = FieldSet(.authorization, .cookie)

    private static func isPersonalCookie(_ value: String) -> Bool {
        SessionCookie.isLikely(value.prefix(while: { $0 != "=" }).trimming(while: { $0 == " " }))
    }

    private static func isDocument(_ type: UnsafeRawBufferPointer) -> Bool {
        type.hasPrefixIgnoringCase("text/html")
            || type.hasPrefixIgnoringCase("application/json")
            || type.hasPrefixIgnoringCase("application/problem+json") || type.hasPrefixIgnoringCase("application/xhtml")
    }
}
