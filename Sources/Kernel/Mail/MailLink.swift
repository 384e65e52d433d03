/// A link that a mail may carry: a path of our own, put behind `public-url` where the mail is written.
///
/// Nobody who makes a mail can name a host, so no mail can lead to one that a request's `Host` or a person chose.
/// (ASVS 5.0 V1.2.2)
public struct MailLink: Sendable, Hashable {
    /// Begins with one `/`; visible ASCII without quotes, `<`, `>`, `\`, at most 1,500 bytes.
    public let path: String

    /// nil when the path isn't such a path: what is personal in it is percent-encoded by whoever makes it.
    public init?(path: String) {
        guard path.hasPrefix("/"), !path.hasPrefix("//"), path.utf8.count <= 1500,
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !MailLink.refused.contains($0) })
        else { return nil }
        self.path = path
    }

    private static let refused = Set("\"'<>\\^`{|}".utf8)
}
