public import Kernel

/// An address with the name that mail programs show for it (RFC 5322 §3.4).
public struct Mailbox: Sendable, Equatable {
    public let address: MailAddress
    public let name: String?

    public init(_ address: MailAddress, name: String? = nil) {
        self.address = address
        self.name = name.flatMap { $0.isEmpty ? nil : $0 }
    }
}
