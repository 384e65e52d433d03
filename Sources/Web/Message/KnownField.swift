internal import Kernel

/// The header fields that stages ask for: one pass over a message's head says which line is which.
///
/// Adding a case here is all that it takes to have a field known; at most 128.
public enum KnownField: UInt8, CaseIterable, Sendable {
    case host, origin, cookie, authorization, accept, expect, upgrade, connection, forwarded, te, trailer, referer
    case contentLength, contentType, contentEncoding, transferEncoding, acceptEncoding, secFetchSite, secFetchMode,
        secFetchDest
    case accessControlRequestMethod, accessControlRequestHeaders, xRequestID, traceparent, tracestate
    case xForwardedFor, xForwardedProto, xForwardedHost, methodOverride, secWebSocketKey, secWebSocketVersion,
        secWebSocketProtocol
    case xAPIKey
    case userAgent, via, keepAlive, http2Settings, proxyConnection, proxyAuthenticate, proxyAuthenticationInfo
    case date, vary, etag, setCookie, cacheControl, acceptRanges, contentRange
    /// Digests of the very bytes of a body.
    case contentMD5, contentDigest, reprDigest, digest
    case accessControlAllowOrigin, accessControlAllowCredentials
    case contentSecurityPolicy, contentSecurityPolicyReportOnly, strictTransportSecurity, contentTypeOptions
    case frameOptions, xssProtection, referrerPolicy, permissionsPolicy
    case openerPolicy, resourcePolicy, embedderPolicy
    /// Names what a server is made of: `Server` and its like, under one case.
    case banner

    /// The field's name in lower case.
    public var name: String {
        switch self {
        case .host: "host"
        case .origin: "origin"
        case .cookie: "cookie"
        case .authorization: "authorization"
        case .accept: "accept"
        case .expect: "expect"
        case .upgrade: "upgrade"
        case .connection: "connection"
        case .forwarded: "forwarded"
        case .te: "te"
        case .trailer: "trailer"
        case .referer: "referer"
        case .contentLength: "content-length"
        case .contentType: "content-type"
        case .contentEncoding: "content-encoding"
        case .transferEncoding: "transfer-encoding"
        case .acceptEncoding: "accept-encoding"
        case .secFetchSite: "sec-fetch-site"
        case .secFetchMode: "sec-fetch-mode"
        case .secFetchDest: "sec-fetch-dest"
        case .accessControlRequestMethod: "access-control-request-method"
        case .accessControlRequestHeaders: "access-control-request-headers"
        case .xRequestID: "x-request-id"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .xForwardedHost: "x-forwarded-host"
        case .methodOverride: "x-http-method-override"
        case .secWebSocketKey: "sec-websocket-key"
        case .secWebSocketVersion: "sec-websocket-version"
        case .secWebSocketProtocol: "sec-websocket-protocol"
        case .xAPIKey: "x-api-key"
        case .userAgent: "user-agent"
        case .via: "via"
        case .keepAlive: "keep-alive"
        case .http2Settings: "http2-settings"
        case .proxyConnection: "proxy-connection"
        case .proxyAuthenticate: "proxy-authenticate"
        case .proxyAuthenticationInfo: "proxy-authentication-info"
        case .date: "date"
        case .vary: "vary"
        case .etag: "etag"
        case .setCookie: "set-cookie"
        case .cacheControl: "cache-control"
        case .acceptRanges: "accept-ranges"
        case .contentRange: "content-range"
        case .contentMD5: "content-md5"
        case .contentDigest: "content-digest"
        case .reprDigest: "repr-digest"
        case .digest: "digest"
        case .accessControlAllowOrigin: "access-control-allow-origin"
        case .accessControlAllowCredentials: "access-control-allow-credentials"
        case .contentSecurityPolicy: "content-security-policy"
        case .contentSecurityPolicyReportOnly: "content-security-policy-report-only"
        case .strictTransportSecurity: "strict-transport-security"
        case .contentTypeOptions: "x-content-type-options"
        case .frameOptions: "x-frame-options"
        case .xssProtection: "x-xss-protection"
        case .referrerPolicy: "referrer-policy"
        case .permissionsPolicy: "permissions-policy"
        case .openerPolicy: "cross-origin-opener-policy"
        case .resourcePolicy: "cross-origin-resource-policy"
        case .embedderPolicy: "cross-origin-embedder-policy"
        case .banner: "server"
        }
    }

    /// Further names of `banner`.
    private static let banners = [
        "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "x-runtime", "x-version",
        "x-drupal-cache", "x-drupal-dynamic-cache",
    ]

    private static let table = FieldNameTable(
        KnownField.allCases.map { ($0.name, $0.rawValue) } + banners.map { ($0, KnownField.banner.rawValue) })

    /// As below, for a name that is bytes.
    init?(fieldName name: UnsafeRawBufferPointer) {
        guard let value = KnownField.table.value(of: name) else { return nil }
        self.init(rawValue: value)
    }

    /// The known field of this name in any case, or nil.
    public init?(fieldName name: String) {
        guard let value = KnownField.table.value(of: name) else { return nil }
        self.init(rawValue: value)
    }
}

/// Several known fields as one value: whether a head has any of them is one question.
public struct FieldSet: Sendable, Equatable {
    @usableFromInline var low: UInt64 = 0
    @usableFromInline var high: UInt64 = 0

    @inlinable public init() {}
    public init(_ fields: KnownField...) { for field in fields { insert(field) } }

    @inlinable
    public mutating func insert(_ field: KnownField) {
        let raw = field.rawValue
        if raw < 64 { low |= 1 &<< UInt64(raw) } else { high |= 1 &<< UInt64(raw &- 64) }
    }
    @inlinable
    public mutating func remove(_ field: KnownField) {
        let raw = field.rawValue
        if raw < 64 { low &= ~(1 &<< UInt64(raw)) } else { high &= ~(1 &<< UInt64(raw &- 64)) }
    }
    public mutating func formUnion(_ other: FieldSet) {
        low |= other.low
        high |= other.high
    }
    @inlinable
    public func contains(_ field: KnownField) -> Bool {
        let raw = field.rawValue
        return (raw < 64 ? low &>> UInt64(raw) : high &>> UInt64(raw &- 64)) & 1 != 0
    }
    @inlinable
    public func isDisjoint(with other: FieldSet) -> Bool { low & other.low | high & other.high == 0 }
    public func subtracting(_ other: FieldSet) -> FieldSet {
        var rest = self
        rest.low &= ~other.low
        rest.high &= ~other.high
        return rest
    }
}
