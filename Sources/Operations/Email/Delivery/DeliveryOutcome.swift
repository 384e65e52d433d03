/// How one try to hand a mail over ended.
public enum DeliveryOutcome: Sendable, Equatable {
    /// The server has taken it: from here it is the server's.
    case accepted
    /// The server said no to this mail.
    case refused(SMTPReply, at: DeliveryStage)
    /// It never came to this mail: no connection, no greeting, a timeout, a 421. Another mail would have fared alike.
    case unreachable(reason: String)
    /// Our settings or the server's certificate: nothing will be sent until somebody mends it.
    case misconfigured(reason: String)
    /// The whole mail was handed over and no answer came: it may be under way.
    case uncertain(reason: String)
}

/// How far an exchange had come.
public enum DeliveryStage: Int, Sendable, Comparable {
    case connection, greeting, authentication, sender, recipient, content
    public static func < (a: DeliveryStage, b: DeliveryStage) -> Bool { a.rawValue < b.rawValue }
}

/// The port to whatever takes mails: SMTP, or a test.
public protocol MailTransport: Sendable {
    /// Hands one mail over. Never throws: how it ended is the outcome.
    func deliver(_ envelope: Envelope) async -> DeliveryOutcome
}
