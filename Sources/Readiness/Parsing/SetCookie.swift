/// A cookie as an answer set it, attributes included (RFC 6265bis §4.1).
struct SetCookie: Sendable, Equatable {
    let name: String
    let value: String
    let isSecure: Bool
    let isHTTPOnly: Bool
    /// `strict`, `lax`, `none`; nil when absent.
    let sameSite: String?
    /// Whether the answer takes the cookie away (`Max-Age=0` or an empty value).
    let isRemoval: Bool

    init?(field: String) {
        // can't trap: the whole of a collection
        var parts = field.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmed)[...]
        guard let pair = parts.popFirst() else { return nil }
        let name = pair.prefix { $0 != "=" }
        guard !name.isEmpty, name.count < pair.count else { return nil }
        var secure = false
        var httpOnly = false
        var site: String?
        var removal = false
        for part in parts.prefix(20) {
            let key = part.prefix { $0 != "=" }
            let value = part.dropFirst(key.count).dropFirst().trimmed.lowercased()
            switch key.trimmed.lowercased() {
            case "secure": secure = true
            case "httponly": httpOnly = true
            case "samesite": site = value
            case "max-age": removal = (Int(value) ?? 1) <= 0
            default: break
            }
        }
        self.name = name.trimmed
        self.value = pair.dropFirst(name.count).dropFirst().trimmed
        self.isSecure = secure
        self.isHTTPOnly = httpOnly
        self.sameSite = site
        self.isRemoval = removal || self.value.isEmpty || self.value == "\"\""
    }

    /// Whether the name looks like the key to somebody's session rather than a preference.
    var looksLikeSession: Bool {
        let lower = name.lowercased()
        return ["sess", "sid", "auth", "token", "jwt", "login", "remember"].contains { lower.contains($0) }
            && !lower.contains("csrf") && !lower.contains("xsrf")
    }
}
