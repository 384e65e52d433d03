import Kernel

/// Where links in mails lead: `public-url`, never a request's `Host`.
public struct LinkBase: Sendable, Hashable {
    /// `https://app.example.com`, without a slash at its end.
    public let text: String
    public let host: String

    /// From `public-url`, which the configuration has checked; nil when it isn't `http(s)://HOST[:PORT]`.
    public init?(_ url: String) {
        let url = url.hasSuffix("/") ? String(url.dropLast()) : url
        guard let scheme = ["https://", "http://"].first(where: url.hasPrefix) else { return nil }
        let authority = url.dropFirst(scheme.count)
        guard !authority.isEmpty, authority.utf8.count <= 300,
            authority.utf8.allSatisfy({ byte in
                byte.isASCIILetter || byte.isASCIIDigit || [0x2D, 0x2E, 0x3A, 0x5B, 0x5D].contains(byte)
            })
        else { return nil }
        text = url
        host =
            authority.hasPrefix("[")
            ? String(authority.prefix(while: { $0 != "]" })) + "]" : String(authority.prefix(while: { $0 != ":" }))
    }

    func address(of link: MailLink) -> String { text + link.path }
}
