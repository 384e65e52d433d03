public import Kernel

/// The port to outgoing mail: a mail exists exactly when the transaction of its cause does.
///
/// It stands here and not in `Kernel` because it names a `Transaction`; `Operations` has the outbox behind it.
public protocol Mailer: Sendable {
    /// Takes a mail; it leaves after COMMIT.
    ///
    /// Whether it is sent at once, later or not at all (limits, suppression) isn't told, so that no caller can answer
    /// differently for different people: an operator sees it in the outbox.
    /// - Throws: when the mail's fields aren't those of its template, which is a defect of the caller.
    func send(_ mail: MailMessage, in db: Transaction) throws
}
