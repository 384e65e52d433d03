internal import Kernel
internal import Web

/// Which header fields of a stranger must not reach the app, and which of the app's must not leave.
public enum HeaderHygiene {
    /// What is to be done with a request's field.
    enum Fate: UInt8 {
        /// Only a trusted hop may say so: dropped and noted.
        case claim = 1
        /// Belongs to this connection only (RFC 9110 §7.6.1): dropped silently.
        case hop
        /// `Upgrade`: kept for a validated WebSocket upgrade.
        case upgrade
        /// `TE`: only `trailers` means something beyond this hop.
        case te
        /// Changes the method behind the policy's back.
        case methodOverride
        /// `Connection`: names further fields of this hop.
        case connection
    }

    private static let fates: [(name: String, value: UInt8)] = {
        let claims = [
            "forwarded", "x-real-ip", "true-client-ip", "x-client-ip", "client-ip", "x-cluster-client-ip",
            "cf-connecting-ip", "cf-connecting-ipv6", "fastly-client-ip", "x-appengine-user-ip",
            "x-envoy-external-address",
            "x-original-url", "x-rewrite-url", "x-original-uri", "x-original-method", "x-original-host", "x-host",
            "x-forwarded", "x-proxyuser-ip", "wl-proxy-client-ip", "proxy-client-ip", "x-proxy-user",
            // Identity: only a hop that signs people in may say who is calling.
            "remote-user", "x-remote-user", "remote-groups", "x-remote-groups", "x-remote-email", "x-remote-name",
            "x-user", "x-user-id", "x-user-email", "x-user-name", "x-username", "x-email", "x-groups", "x-roles",
            "x-auth-request-user", "x-auth-request-email", "x-auth-request-groups", "x-auth-request-preferred-username",
            "x-auth-user", "x-auth-email", "x-authenticated-user", "x-webauth-user", "x-webauth-email",
            "x-goog-authenticated-user-email", "x-goog-authenticated-user-id", "x-ms-client-principal",
            "x-ms-client-principal-id", "x-ms-client-principal-name", "x-amzn-oidc-identity", "x-amzn-oidc-data",
            "x-amzn-oidc-accesstoken", "x-consumer-username", "x-consumer-id", "x-authentik-username",
            "x-authentik-email", "x-authentik-groups", "x-pomerium-claim-email", "x-ssl-client-dn", "ssl-client-dn",
            "x-ssl-client-cert", "ssl-client-cert", "ssl-client-verify", "x-ssl-client-verify",
            "x-client-cert", "x-client-verify", "x-client-dn", "client-cert", "client-cert-chain",
        ]
        let hops = ["keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate", "http2-settings"]
        let overrides = ["x-http-method-override", "x-http-method", "x-method-override"]
        return claims.map { ($0, Fate.claim.rawValue) } + hops.map { ($0, Fate.hop.rawValue) }
            + overrides.map { ($0, Fate.methodOverride.rawValue) }
            + [
                ("upgrade", Fate.upgrade.rawValue), ("te", Fate.te.rawValue),
                ("connection", Fate.connection.rawValue),
            ]
    }()
    private static let table = FieldNameTable(fates, foldsAliases: true)
    private static let reservedPrefixes = ["x-forwarded-", "x-seaworthy-", "x-auth-request-", "x-ms-client-principal-"]

    /// Known fields that pass untouched: their names need no second look.
    static let passing: FieldSet = {
        var passing = FieldSet()
        for field in KnownField.allCases where field != .banner && fate(of: field.name) == nil { passing.insert(field) }
        return passing
    }()

    /// The fate of a request's field of this name, in any case and any alias by `_` or `.`; nil: it passes untouched.
    static func fate(of name: String) -> Fate? {
        var name = name
        return name.withUTF8 { fate(of: UnsafeRawBufferPointer($0)) }
    }

    /// As for a `String`.
    static func fate(of name: UnsafeRawBufferPointer) -> Fate? {
        // Every name that has a fate begins with one of these; most fields are turned away by their first byte.
        switch name.first {
        case 0x58, 0x78: if hasReservedPrefix(name) { return .claim }
        case 0x43, 0x63, 0x46, 0x66, 0x48, 0x68, 0x4B, 0x6B, 0x50, 0x70, 0x52, 0x72, 0x53, 0x73, 0x54, 0x74, 0x55,
            0x75, 0x57, 0x77:
            break
        default: return nil
        }
        return table.value(of: name).flatMap(Fate.init(rawValue:))
    }

    private static func hasReservedPrefix(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count > 12 else { return false }
        return reservedPrefixes.contains { prefix in
            var mine = name.makeIterator()
            for byte in prefix.utf8 {
                guard let next = mine.next() else { return false }
                let folded = next == 0x5F || next == 0x2E ? 0x2D : next.asciiLowercased
                if folded != byte { return false }
            }
            return true
        }
    }

    private static let trailerBans = FieldNameTable(
        [
            "content-length", "transfer-encoding", "host", "connection", "trailer", "content-encoding", "content-type",
            "content-range", "content-disposition", "authorization", "cookie", "set-cookie", "cache-control", "expect",
            "max-forwards", "pragma", "range", "te", "upgrade", "if-match", "if-none-match", "if-modified-since",
            "if-unmodified-since", "if-range", "origin", "referer", "sec-fetch-site", "sec-fetch-mode",
            "sec-fetch-dest", "sec-websocket-key", "x-request-id", "traceparent", "tracestate", "x-csrf-token",
            "location", "date", "expires", "age", "vary", "retry-after", "www-authenticate", "proxy-authenticate",
        ], foldsAliases: true)

    /// Whether a trailer field of this name must not pass (RFC 9110 §6.5.1): framing, routing, authentication,
    /// request modifiers, and everything that a stranger may not claim in the head either.
    public static func isForbiddenTrailer(_ name: String) -> Bool {
        name.isEmpty || !name.utf8.allSatisfy(\.isTokenCharacter) || trailerBans.contains(name)
            || fate(of: name) != nil
    }
}
