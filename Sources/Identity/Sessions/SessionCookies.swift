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
    static func isOurs(_ name: some StringProtocol) -> Bool { String(name).withBytes { isOurs($0) } }

    /// As above, for a name as it came.
    static func isOurs(_ name: UnsafeRawBufferPointer) -> Bool {
        // Nearly all that comes is the app's, and told by its first letter.
        guard let first = name.first, first == 0x73 || first == 0x5F else { return false }
        let isPrefixed = hostPrefix.withUnsafeBytes { name.hasPrefix($0) }
        let plain = UnsafeRawBufferPointer(rebasing: name.dropFirst(isPrefixed ? hostPrefix.count : 0))
        return ours.contains { ours in
            ours.count == plain.count && ours.withUnsafeBytes { plain.isEqual(to: $0) }
        } || secureHint.withUnsafeBytes { name.isEqual(to: $0) }
    }

    private static let hostPrefix = Array("__Host-".utf8)
    private static let ours = [session, device, step, provider, hint].map { Array($0.utf8) }
    private static let secureHint = Array(("__Secure-" + hint).utf8)
    private static let plainSession = Array(session.utf8)
    private static let secureSession = hostPrefix + plainSession

    /// The name of the session's cookie, for whoever reads bytes.
    static func sessionName(isSecure: Bool) -> [UInt8] { isSecure ? secureSession : plainSession }
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

    /// What stands up to the next semicolon, without spaces before it; nil at the end.
    mutating func nextPart() -> Substring.UTF8View? {
        guard !rest.isEmpty else { return nil }
        let end = CookiePairs.index(of: 0x3B, in: rest) ?? rest.endIndex
        let part = rest[..<end]
        rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
        return part.drop { $0 == 0x20 || $0 == 0x09 }
    }

    mutating func next() -> (name: Substring, value: Substring)? {
        while let trimmed = nextPart() {
            guard let equals = CookiePairs.index(of: 0x3D, in: trimmed) else { continue }
            let value = CookiePairs.withoutSpaceBehind(trimmed[trimmed.index(after: equals)...])
            return (Substring(trimmed[..<equals]), Substring(value))
        }
        return nil
    }

    /// The first such byte: in the text's own memory, which is several times as fast as by the text's indices.
    static func index(of byte: UInt8, in text: Substring.UTF8View) -> Substring.UTF8View.Index? {
        guard let offset = text.withContiguousStorageIfAvailable({ $0.firstIndex(of: byte) }) else {
            return text.firstIndex(of: byte)
        }
        return offset.map { text.index(text.startIndex, offsetBy: $0) }
    }

    static func withoutSpaceBehind(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text
        while text.last == 0x20 || text.last == 0x09 { text = text.dropLast() }
        return text
    }
}
