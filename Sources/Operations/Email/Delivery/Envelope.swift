public import Kernel

/// A mail ready for a server: who it is from and for (RFC 5321), and its bytes.
public struct Envelope: Sendable {
    public let from: MailAddress
    public let to: MailAddress
    /// With CRLF line ends, not dot-stuffed.
    public let content: [UInt8]

    public init(from: MailAddress, to: MailAddress, content: [UInt8]) {
        self.from = from
        self.to = to
        self.content = content
    }
}
