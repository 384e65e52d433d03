internal import Kernel
internal import NIOHTTP1
internal import Web

/// Which cookies carry a session, by their name, and which attributes they lack.
enum SessionCookie {
    /// Words that names of session cookies contain, as frameworks and people choose them.
    private static let words = ["sess", "sid", "auth", "token", "jwt", "login", "remember", "identity", "credential"]
    /// Words of cookies that scripts must read: double-submit tokens.
    private static let readable = ["csrf", "xsrf"]

    /// Whether a cookie of this name is likely to hold a session. `__Host-` and `__Secure-` count as said outright.
    static func isLikely(_ name: Substring) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 128 else { return false }
        let folded = name.lowercased()
        if readable.contains(where: { folded.contains($0) }) { return false }
        return folded.hasPrefix("__host-") || words.contains { folded.contains($0) }
    }

    /// The `Set-Cookie` value with what is missing, or nil when nothing is. Attributes that the app wrote stay,
    /// `SameSite=None` included (an app that is embedded elsewhere needs it), but then `Secure` is a must.
    static func hardened(_ value: String, isSecure: Bool) -> String? {
        guard isLikely(value.prefix(while: { $0 != "=" }).trimming(while: { $0 == " " })) else { return nil }
        var hasSecure = false
        var hasHTTPOnly = false
        var hasSameSite = false
        for attribute in value.split(separator: ";").dropFirst() {
            let name = attribute.prefix(while: { $0 != "=" }).trimming(while: { $0 == " " })
            if name.isEqualIgnoringCase(to: "secure") { hasSecure = true }
            if name.isEqualIgnoringCase(to: "httponly") { hasHTTPOnly = true }
            if name.isEqualIgnoringCase(to: "samesite") { hasSameSite = true }
        }
        if (hasSecure || !isSecure) && hasHTTPOnly && hasSameSite { return nil }
        var result = value
        if !hasSecure && isSecure { result += "; Secure" }
        if !hasHTTPOnly { result += "; HttpOnly" }
        if !hasSameSite { result += "; SameSite=Lax" }
        return result
    }
}
