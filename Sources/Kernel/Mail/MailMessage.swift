/// A mail as whoever causes it sees it: to whom, which template, and the template's fields. Never markup.
///
/// Rooms make it with the template's own function (`MailMessage.passwordReset(to:…)`), and hand it to the `Mailer` of
/// `Store` in the transaction of its cause.
public struct MailMessage: Sendable, Equatable {
    public let to: MailAddress
    public let template: MailTemplateID
    public let fields: [String: MailField]
    /// A BCP 47 tag; the nearest language that the template has is taken.
    public var language = "en"
    /// Where one stops mails of this kind: wanted by templates that are notices, refused by the others.
    public var unsubscribe: MailLink?
    /// A second mail with the same key is not sent, as long as the first is remembered.
    public var idempotencyKey: String?

    public init(to: MailAddress, template: MailTemplateID, fields: [String: MailField]) {
        self.to = to
        self.template = template
        self.fields = fields
    }
}

/// The stable id of a template, such as `password-reset`.
public struct MailTemplateID: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
}

/// A field's value: the template's language decides how it is written.
public enum MailField: Sendable, Equatable {
    /// One line, at most 500 characters, that we or an operator wrote.
    case text(String)
    /// What a person calls themselves: left out where it looks like an advertisement, because strangers choose it.
    case name(String)
    case link(MailLink)
    case time(Timestamp)
    case duration(Duration)
    case number(Int)

    public enum Kind: String, Sendable { case text, name, link, time, duration, number }

    public var kind: Kind {
        switch self {
        case .text: .text
        case .name: .name
        case .link: .link
        case .time: .time
        case .duration: .duration
        case .number: .number
        }
    }
}
