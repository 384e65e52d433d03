internal import Kernel
internal import NIOHTTP1
internal import Web

/// The security headers of a response, worked out once per configuration: name, value, and what the app may keep.
struct SecurityHeaders: Sendable {
    /// Fields of the app's that the merge looks at.
    static let judged = FieldSet(
        .contentSecurityPolicy, .contentSecurityPolicyReportOnly, .strictTransportSecurity, .contentTypeOptions,
        .frameOptions, .xssProtection, .referrerPolicy, .permissionsPolicy, .openerPolicy, .resourcePolicy,
        .embedderPolicy, .cacheControl, .setCookie)

    /// Whether a value that the app set for this field is valid and at least as strict as it must be to stay.
    ///
    /// | field | the app's value stays when it is |
    /// |---|---|
    /// | Content-Security-Policy | any |
    /// | Strict-Transport-Security | max-age of a year or more (any max-age while ours is gradual) |
    /// | X-Content-Type-Options | `nosniff` |
    /// | X-Frame-Options | `DENY` or `SAMEORIGIN` |
    /// | X-XSS-Protection | `0` or `1; mode=block` |
    /// | Referrer-Policy | a list whose last known token isn't `unsafe-url` |
    /// | Permissions-Policy | any |
    /// | Cross-Origin-Opener-Policy | `same-origin`, `same-origin-allow-popups`, `noopener-allow-popups` |
    /// | Cross-Origin-Resource-Policy | `same-origin`, `same-site`, `cross-origin` |
    /// | Cross-Origin-Embedder-Policy | any |
    static func keeps(_ field: KnownField, _ value: String, minimumAge: Int) -> Bool {
        switch field {
        case .contentSecurityPolicy, .permissionsPolicy: return !value.isEmpty
        case .strictTransportSecurity: return maxAge(value).map { $0 >= minimumAge } ?? false
        case .contentTypeOptions: return value.isEqualIgnoringCase(to: "nosniff")
        case .frameOptions: return value.isEqualIgnoringCase(to: "deny") || value.isEqualIgnoringCase(to: "sameorigin")
        case .xssProtection: return value == "0" || value.lowercased().filter { $0 != " " } == "1;mode=block"
        case .referrerPolicy:
            let known = value.listMembers.map { $0.lowercased() }.filter { referrerPolicies.contains($0) }
            return known.last.map { $0 != "unsafe-url" } ?? false
        case .openerPolicy:
            let policy = value.split(separator: ";").first.map { $0.trimming(while: { $0 == " " }).lowercased() }
            return ["same-origin", "same-origin-allow-popups", "noopener-allow-popups"].contains(policy ?? "")
        case .resourcePolicy: return ["same-origin", "same-site", "cross-origin"].contains(value.lowercased())
        default: return true
        }
    }

    private static let referrerPolicies: Set<String> = [
        "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
        "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
    ]

    /// The `max-age` of a Strict-Transport-Security value (RFC 6797 §6.1.1).
    static func maxAge(_ value: String) -> Int? {
        for directive in value.split(separator: ";") {
            let parts = directive.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let name = parts.first, let given = parts.last,
                name.trimming(while: { $0 == " " }).isEqualIgnoringCase(to: "max-age")
            else { continue }
            return Int(given.trimming(while: { $0 == " " || $0 == "\"" }))
        }
        return nil
    }
}

/// The Content-Security-Policies that we know ourselves.
public enum ContentPolicy {
    /// For the app's pages: 16 directives, no inline script, no plugin, no foreign frame, base or form target.
    static let strict = [
        "default-src 'self'", "script-src 'self'", "script-src-attr 'none'", "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self'", "media-src 'self' blob:",
        "object-src 'none'", "frame-src 'self'", "child-src 'self'", "worker-src 'self' blob:", "manifest-src 'self'",
        "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    /// What can be enforced on pages that were never written for a policy: no plugin and no base address from elsewhere,
    /// no foreign frame around them (as X-Frame-Options says, too). Nothing about scripts, styles, images and forms.
    static let baseline = ["object-src 'self'", "base-uri 'self'", "frame-ancestors 'none'"].joined(separator: "; ")

    /// For our own pages and problem documents: nothing is loaded from anywhere.
    public static let own = [
        "default-src 'none'", "script-src 'none'", "script-src-attr 'none'", "style-src 'self'", "img-src 'self'",
        "font-src 'self'", "connect-src 'self'", "media-src 'none'", "object-src 'none'", "frame-src 'none'",
        "worker-src 'none'", "manifest-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    /// Features that no ordinary app needs and that a script which got in would like to have.
    static let permissions = [
        "accelerometer", "browsing-topics", "camera", "display-capture",
        "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi",
        "payment", "serial", "usb", "xr-spatial-tracking",
    ].map { "\($0)=()" }.joined(separator: ", ")
}
