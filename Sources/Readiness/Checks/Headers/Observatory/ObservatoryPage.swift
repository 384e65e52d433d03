/// What the Observatory's rules look at: an app's start page and what the checks saw around it.
struct ObservatoryPage: Sendable {
    typealias Judgement = ObservatoryGrade.Judgement

    /// Where the page was asked for.
    var site: SiteURL?
    var isHTTPS = true
    var fields: [HeaderField] = []
    var cookies: [SetCookie] = []
    /// Whether plain http leads to https; nil when there is no plain listener.
    var redirects: Bool?
    /// Whether any origin is allowed with credentials.
    var sharesWithAnyOrigin = false
    /// The page's tags; nil when it is no HTML.
    var scan: PageScan?

    private func all(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name }.map(\.value) }
    private func first(_ name: String) -> String? { all(name).first.map { $0.trimmed.lowercased() } }
    private func inPage(_ name: String) -> [String] {
        scan?.equivalents.filter { $0.name == name }.map(\.content) ?? []
    }

    var contentPolicy: ObservatoryPolicy {
        ObservatoryPolicy(
            fields: all("content-security-policy"), inPage: inPage("content-security-policy"), isHTTPS: isHTTPS)
    }

    /// Six months, or the 180 days that many sites take for six months.
    private static let sixMonths = 15_552_000

    /// Strict-Transport-Security, and whether it holds for half a year.
    private var strictTransport: (judgement: Judgement, holds: Bool) {
        guard isHTTPS else { return (.init("no HTTPS, so no Strict-Transport-Security", -20), false) }
        guard let field = first("strict-transport-security") else {
            return (.init("no Strict-Transport-Security", -20), false)
        }
        let age = field.split(separator: ";").map(\.trimmed).first { $0.hasPrefix("max-age") }
        let seconds = age.flatMap { Int($0.dropFirst(7).drop { "= \"".contains($0) }.prefix { $0.isNumber }) }
        guard let seconds, !field.contains(",") else {
            return (.init("Strict-Transport-Security can't be read", -20), false)
        }
        if seconds < Self.sixMonths {
            return (.init("Strict-Transport-Security of less than six months", -10), false)
        }
        return (.init("Strict-Transport-Security", 0), true)
    }

    var transport: Judgement { strictTransport.judgement }

    var redirection: Judgement? {
        if !isHTTPS { return .init("plain http leads nowhere", -20) }
        return redirects == false ? .init("plain http doesn't lead to https", -20) : nil
    }

    /// The worst cookie decides. It knows sessions by `login` and `sess` in their names, anti-CSRF tokens by `csrf`.
    var cookieJar: Judgement? {
        let jar = cookies.filter { $0.name != "heroku-session-affinity" }
        guard !jar.isEmpty else { return nil }
        let hasHSTS = strictTransport.holds
        // From harmless to harmful, in the order that it gives them; points alone would not say which of two equals counts.
        func harm(_ cookie: SetCookie) -> (rank: Int, Judgement)? {
            let name = cookie.name.lowercased()
            let isSession = name.contains("login") || name.contains("sess")
            if isSession, !cookie.isSecure, !hasHSTS { return (7, .init("a session cookie without Secure", -40)) }
            if isSession, !cookie.isHTTPOnly { return (6, .init("a session cookie without HttpOnly", -30)) }
            if name.contains("csrf"), cookie.sameSite == nil {
                return (5, .init("an anti-CSRF cookie without SameSite", -20))
            }
            if let site = cookie.sameSite {
                let isUnknown = !["lax", "strict", "none"].contains(site)
                if isUnknown || (site == "none" && !cookie.isSecure) {
                    return (4, .init("a cookie with a SameSite that isn't valid", -20))
                }
            }
            guard !cookie.isSecure else { return nil }
            if isSession { return (3, .init("a session cookie without Secure, behind Strict-Transport-Security", -10)) }
            return hasHSTS
                ? (1, .init("a cookie without Secure, behind Strict-Transport-Security", -5))
                : (2, .init("a cookie without Secure", -20))
        }
        if let worst = jar.compactMap(harm).max(by: { $0.rank < $1.rank }) { return worst.1 }
        return jar.allSatisfy { $0.sameSite != nil } ? .init("cookies with Secure, HttpOnly and SameSite", 5) : nil
    }

    var contentType: Judgement? {
        first("x-content-type-options") == "nosniff" ? nil : .init("no X-Content-Type-Options: nosniff", -5)
    }

    func framing(_ policy: ObservatoryPolicy) -> Judgement? {
        if policy.names("frame-ancestors") { return .init("framing decided by frame-ancestors", 5) }
        let field = first("x-frame-options") ?? ""
        if ["deny", "sameorigin"].contains(field) || field.hasPrefix("allow-from") { return nil }
        return .init("framing is not restricted", -20)
    }

    /// The last value that is known counts; one in the page comes after those of the headers.
    var referrer: Judgement? {
        let values = all("referrer-policy") + inPage("referrer-policy")
        guard !values.isEmpty else { return nil }
        let good = ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"]
        let bad = ["origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"]
        let named = values.flatMap { $0.split(separator: ",").map { $0.trimmed.lowercased() } }
        guard let last = named.last(where: { good.contains($0) || bad.contains($0) }) else {
            return .init("a Referrer-Policy that says nothing known", -5)
        }
        return .init("Referrer-Policy \(last)", good.contains(last) ? 5 : -5)
    }

    var resourcePolicy: Judgement? {
        guard let field = first("cross-origin-resource-policy") else { return nil }
        switch field {
        case "same-origin", "same-site": return .init("Cross-Origin-Resource-Policy", 10)
        case "cross-origin": return nil
        default: return .init("a Cross-Origin-Resource-Policy that says nothing known", -5)
        }
    }

    var sharing: Judgement? { sharesWithAnyOrigin ? .init("any origin may read with credentials", -50) : nil }

    /// Scripts of other sites by their address as written: https or not, with an integrity attribute or without.
    var integrity: Judgement? {
        guard let scan, !scan.sources.isEmpty else { return nil }
        var worst: Judgement?
        var isForeign = false
        var hasOwnIntegrity = false
        func note(_ judgement: Judgement) {
            if judgement.points < worst?.points ?? 0 { worst = judgement }
        }
        for script in scan.sources {
            let address = script.address.trimmed.lowercased()
            let isSecure = address.hasPrefix("https://")
            let isWhole = isSecure || address.hasPrefix("http://")
            if !address.hasPrefix("//"), !isWhole || isOwn(script.address) {
                if script.hasIntegrity, isSecure || (!isWhole && isHTTPS) { hasOwnIntegrity = true }
                continue
            }
            isForeign = true
            switch (script.hasIntegrity, isSecure) {
            case (true, true): break
            case (true, false): note(.init("scripts of other hosts, not asked for by https", -20))
            case (false, true): note(.init("scripts of other hosts without integrity", -5))
            case (false, false): note(.init("scripts of other hosts, neither by https nor with integrity", -50))
            }
        }
        if let worst { return worst }
        return isForeign || hasOwnIntegrity ? .init("scripts with integrity", 5) : nil
    }

    /// Whether an address is of this page's site: its last two labels are the same.
    private func isOwn(_ address: String) -> Bool {
        guard let site, let other = SiteURL(address.trimmed) else { return false }
        func domain(_ host: String) -> [Substring] {
            let labels = host.lowercased().split(separator: ".")
            // An address of numbers is one whole.
            return labels.last?.allSatisfy(\.isNumber) == true ? labels : labels.suffix(2)
        }
        return domain(site.host) == domain(other.host)
    }
}
