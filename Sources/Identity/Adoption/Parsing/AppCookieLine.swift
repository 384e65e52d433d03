import Kernel

/// One `Set-Cookie` of the app, taken apart as far as binding it to a session needs (RFC 6265 §5.2).
struct AppCookieLine: Sendable, Equatable {
    let name: String
    let value: String
    /// What stands behind the value, its first `;` included, byte for byte.
    let attributes: String
    let path: String?
    let domain: String?
    /// It takes the cookie away.
    let isRemoval: Bool

    /// nil for what is no cookie at all.
    init?(_ line: String) {
        let bytes = line.utf8
        let end = bytes.firstIndex(of: 0x3B) ?? bytes.endIndex
        // can't trap: `end` is an index of the same text.
        let pair = Substring(bytes[..<end])
        // can't trap: as above.
        attributes = String(Substring(bytes[end...]))
        guard let equals = pair.utf8.firstIndex(of: 0x3D) else { return nil }
        // can't trap: `equals` is an index of the same text.
        name = String(Substring(pair.utf8[..<equals]).trimming { $0 == " " || $0 == "\t" })
        // can't trap: as above.
        value = String(Substring(pair.utf8[equals...].dropFirst()).trimming { $0 == " " || $0 == "\t" })
        guard !name.isEmpty else { return nil }
        var found: [String: String] = [:]
        for attribute in attributes.split(separator: ";") {
            let halves = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = halves.first.map { $0.lowercased().trimming { $0 == " " } } ?? ""
            // can't trap: a dictionary.
            found[String(key)] = halves.count == 2 ? halves.last.map { String($0.trimming { $0 == " " }) } : ""
        }
        // can't trap: a dictionary.
        path = found["path"].flatMap { AppCookieLine.isHarmless($0) ? $0 : nil }
        // can't trap: a dictionary.
        domain = found["domain"].flatMap { AppCookieLine.isHarmless($0) ? $0 : nil }
        // can't trap: a dictionary.
        let age = found["max-age"].flatMap { Int($0) }
        // can't trap: a dictionary.
        let isPast = age == nil && (found["expires"]?.contains(" 1970") ?? false)
        isRemoval = (age.map { $0 <= 0 } ?? false) || isPast || value.isEmpty || value == "\"\""
    }

    private static func isHarmless(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3B }
    }

    /// The same line with another value.
    func with(value: String) -> String { "\(name)=\(value)\(attributes)" }

    /// What takes a cookie of this name and scope out of a browser.
    static func removal(of name: String, path: String?, domain: String?) -> String {
        let scope = domain.map { "; Domain=\($0)" } ?? ""
        let prefixed = name.hasPrefix("__") ? "; Secure" : ""
        return "\(name)=; Path=\(path ?? "/")\(scope); Max-Age=0; HttpOnly; SameSite=Lax\(prefixed)"
    }
}
