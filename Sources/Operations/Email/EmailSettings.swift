public import Kernel

/// What the outbox may send, to whom how often, and how long it remembers.
public struct EmailSettings: Sendable, Equatable {
    /// Whom mails come from; its domain is that of their Message-IDs.
    public var from: Mailbox
    public var replyTo: MailAddress?
    /// As mails call it.
    public var productName: String
    /// Mails to one recipient in any hour.
    public var perRecipient = 10
    /// Mails of one template to one recipient in any hour.
    public var perTemplate = 3
    /// A mail that a limit would hold back longer than this is refused.
    public var longestDelay: Duration = .seconds(86_400)
    public var policy = DeliveryPolicy()
    /// How long a mail's address, subject and body are kept after it has ended: they hold personal links.
    public var keepsBodies: Duration = .seconds(3 * 86_400)
    /// How long a mail's traces are kept after it has ended.
    public var keepsRecords: Duration = .seconds(90 * 86_400)

    public init(from: Mailbox, productName: String) {
        self.from = from
        self.productName = productName
    }
}
