import HTTPTypes

/// The headers that the desk sends with every response, less what a flaw leaves out.
enum SecurityHeaders {
    static let strictTransportSecurity = "max-age=31536000; includeSubDomains; preload"

    /// Fifteen directives: nothing but our own style sheet, pictures and forms.
    static func contentSecurityPolicy(framing: Bool, flaws: FlawSelection) -> String {
        var directives = [
            "default-src 'none'", PageFlaws.hasScript(flaws) ? "script-src 'self'" : "script-src 'none'",
            "style-src 'self'", flaws.contains(.mixedContent) ? "img-src 'self' http: https:" : "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'", "media-src 'none'", "object-src 'none'", "frame-src 'none'", "worker-src 'none'",
            "manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "child-src 'none'",
        ]
        if !framing { directives.append("frame-ancestors 'none'") }
        return directives.joined(separator: "; ")
    }

    static let permissionsPolicy = [
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
    ].map { "\($0)=()" }.joined(separator: ", ")

    /// Name and value of each header for a response with `status`.
    static func fields(flaws: FlawSelection, isSecure: Bool, status: Int) -> [(name: String, value: String)] {
        if flaws.contains(.headersMissingOnErrors), status >= 400 { return [] }
        var fields: [(String, String)] = []
        if isSecure, !flaws.contains(.missingHSTS) {
            fields.append(("Strict-Transport-Security", strictTransportSecurity))
        }
        if !flaws.contains(.missingCSP) {
            let framing = flaws.contains(.missingFrameOptions)
            fields.append(("Content-Security-Policy", contentSecurityPolicy(framing: framing, flaws: flaws)))
        }
        if !flaws.contains(.missingNosniff) { fields.append(("X-Content-Type-Options", "nosniff")) }
        if !flaws.contains(.missingFrameOptions) { fields.append(("X-Frame-Options", "DENY")) }
        if !flaws.contains(.missingReferrerPolicy) {
            fields.append(("Referrer-Policy", "strict-origin-when-cross-origin"))
        }
        if !flaws.contains(.missingPermissionsPolicy) { fields.append(("Permissions-Policy", permissionsPolicy)) }
        if !flaws.contains(.missingCrossOriginPolicies) {
            fields.append(("Cross-Origin-Opener-Policy", "same-origin"))
            fields.append(("Cross-Origin-Resource-Policy", "same-origin"))
        }
        if !flaws.contains(.missingXSSProtection) { fields.append(("X-XSS-Protection", "1; mode=block")) }
        return fields
    }
}
