public import Kernel
import NIOHTTP1
import Web

/// Cookies of ours: how they are called, written and read.
///
/// Over HTTPS they have the prefix `__Host-`, so that no sibling host and no plain page can set them (RFC 6265bis §4.1.3.2).
/// Plain HTTP, which only development serves, has other names: neither counts where the other is meant.
/// (ASVS 5.0 V3.3.1, V3.3.3, V3.3.4, V7.2.2)
public struct SessionCookies: Sendable {
    /// What holds the session.
    static let session = "seaworthy-session"
    /// What makes a browser one that its account knows.
    static let device = "seaworthy-device"
    /// What holds a sign-in that is half done.
    static let step = "seaworthy-step"
    /// What binds a sign-in at a provider to the browser that began it.
    static let provider = "seaworthy-provider"
    /// What the sign-out at a provider asks for.
    static let hint = "seaworthy-provider-hint"
    /// Half of the token against cross-site requests; only our own pages get it.
    public static let token = "csrf_token"

    /// Whether the client spoke HTTPS to us or to a trusted hop.
    let isSecure: Bool
    let ownPrefix: String

    public init(isSecure: Bool, ownPrefix: String) {
        self.isSecure = isSecure
        self.ownPrefix = ownPrefix
    }

    func name(_ plain: String) -> String { isSecure ? "__Host-" + plain : plain }

    /// `Set-Cookie` of the session; it ends with the browser or with the session, whatever is first.
    func session(_ secret: OneTimeSecret) -> String { line(SessionCookies.session, secret.text.reveal()) }

    /// Kept for half a year: it opens nothing by itself.
    func device(_ secret: String) -> String { line(SessionCookies.device, secret, maxAge: 180 * 86_400) }

    /// As `device(_:)`, for a browser that a mailed link has let in.
    public func known(_ device: Secret) -> String { self.device(device.reveal()) }

    /// Kept for ten minutes, as long as it is good.
    func step(_ secret: OneTimeSecret) -> String { line(SessionCookies.step, secret.text.reveal(), maxAge: 600) }
    func stepRemoval() -> String { line(SessionCookies.step, "", maxAge: 0) }

    public func sessionRemoval() -> String { line(SessionCookies.session, "", maxAge: 0) }

    private func line(_ name: String, _ value: String, maxAge: Int? = nil) -> String {
        "\(self.name(name))=\(value); Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
            + (maxAge.map { "; Max-Age=\($0)" } ?? "")
    }

    public func token(_ value: String) -> String {
        "\(SessionCookies.token)=\(value); Path=\(ownPrefix); SameSite=Strict" + (isSecure ? "; Secure" : "")
    }

    /// The secret of our session cookie, where one came that can be one.
    func session(in lines: [String]) -> Substring? { secret(SessionCookies.session, lines) }
    func device(in lines: [String]) -> Substring? { secret(SessionCookies.device, lines) }
    /// Kept as long as a sign-in at a provider may take; two of them at a time share it.
    func provider(_ secret: String) -> String { line(SessionCookies.provider, secret, maxAge: 600) }
    public func provider(in lines: [String]) -> String? { secret(SessionCookies.provider, lines).map(String.init) }

    /// Goes to our sign-out alone, so that other requests don't carry it; for that it can't have the prefix `__Host-`.
    func hint(_ value: String, for span: Duration) -> String { hintLine(value, seconds: span.components.seconds) }
    public func hintRemoval() -> String { hintLine("", seconds: 0) }

    private var hintName: String { isSecure ? "__Secure-" + SessionCookies.hint : SessionCookies.hint }

    private func hintLine(_ value: String, seconds: Int64) -> String {
        "\(hintName)=\(value); Path=\(ownPrefix)/sign-out; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
            + "; Max-Age=\(seconds)"
    }

    func hint(in lines: [String]) -> Substring? {
        for line in lines {
            for (name, value) in CookiePairs(line) where name == hintName && SealedCookie.isOne(value) { return value }
        }
        return nil
    }

    func step(in lines: [String]) -> Substring? { secret(SessionCookies.step, lines) }

    private func secret(_ plain: String, _ lines: [String]) -> Substring? {
        let wanted = name(plain)
        for line in lines {
            guard line.utf8.count >= wanted.utf8.count else { continue }
            for (name, value) in CookiePairs(line) where name == wanted && OneTimeSecret.isPlausible(value) {
                return value
            }
        }
        return nil
    }

    /// Every value of the token's cookie.
    public static func tokens(in lines: [String]) -> [Substring] {
        lines.flatMap { line in CookiePairs(line).filter { $0.name == token }.map(\.value) }
    }

    /// Whether a cookie of this name is ours: such never reach the app, and the app can't set them.
    static func isOurs(_ name: some StringProtocol) -> Bool {
        let plain = name.hasPrefix("__Host-") ? name.dropFirst(7) : name[...]
        return plain == session || plain == device || plain == step || plain == provider
            || plain == hint || name == "__Secure-" + hint
    }

    /// A `Cookie` value without ours; nil when nothing is left, the same text when there was none.
    static func withoutOurs(_ line: String) -> String? {
        guard CookiePairs(line).contains(where: { isOurs($0.name) }) else { return line }
        let kept = line.split(separator: ";").filter { part in
            let name = part.prefix { $0 != "=" }.trimming { $0 == " " }
            return !isOurs(name)
        }
        let text = kept.map { $0.trimming { $0 == " " } }.joined(separator: "; ")
        return text.isEmpty ? nil : text
    }
}

extension SessionCookies {
    /// Takes out what the app sets by a name of ours, and says so.
    static func takeOurs(outOf head: inout ResponseHead, _ exchange: inout Exchange) {
        guard exchange.responseOrigin == .upstream, head.fields.has(.setCookie) else { return }
        let isTaken = head.fields.removeAll { name, value in
            name.isEqualIgnoringCase(to: "set-cookie")
                && isOurs(value.prefix { $0 != "=" }.trimming { $0 == " " || $0 == "\t" })
        }
        if isTaken { exchange.note("sign-in.cookie-of-ours", detail: "The app set a cookie by a name of ours.") }
    }
}

/// The pairs of a `Cookie` value (RFC 6265 §5.4), by bytes.
struct CookiePairs: Sequence, IteratorProtocol {
    private var rest: Substring.UTF8View

    init(_ line: String) { rest = line[...].utf8 }

    mutating func next() -> (name: Substring, value: Substring)? {
        while !rest.isEmpty {
            let part = rest.prefix { $0 != 0x3B }
            rest = rest[part.endIndex...].dropFirst()
            let trimmed = part.drop { $0 == 0x20 || $0 == 0x09 }
            guard let equals = trimmed.firstIndex(of: 0x3D) else { continue }
            var value = trimmed[equals...].dropFirst()
            while value.last == 0x20 || value.last == 0x09 { value = value.dropLast() }
            return (Substring(trimmed[..<equals]), Substring(value))
        }
        return nil
    }
}
