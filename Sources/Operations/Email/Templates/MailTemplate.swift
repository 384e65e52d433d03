public import Kernel

/// A kind of mail: what it needs, how it may be held back, and its words in each language.
public struct MailTemplate: Sendable {
    /// What happens to a mail that is over a recipient's limit.
    public enum Excess: String, Sendable {
        /// It leaves when the limit allows it again.
        case delay
        /// It is not sent: the person has the earlier ones, and more of them would only help whoever asks for them.
        case refuse
    }

    public let id: MailTemplateID
    /// By name; all but `optional` must be given, and nothing else.
    public let fields: [String: MailField.Kind]
    public let optional: Set<String>
    /// A notice can be unsubscribed from; the other mails belong to something that the person or the law asked for.
    public let isNotice: Bool
    /// Sent even to somebody who complained about mails, though not to a mailbox that doesn't exist.
    public let isEssential: Bool
    public let excess: Excess
    /// How long after its cause it makes sense to deliver it.
    public let usefulFor: Duration
    /// By language.
    public let texts: [String: MailText]

    public init(
        _ id: MailTemplateID, fields: [String: MailField.Kind], optional: Set<String> = [], isNotice: Bool = false,
        isEssential: Bool = false, excess: Excess, usefulFor: Duration, texts: [String: MailText]
    ) {
        self.id = id
        self.fields = fields
        self.optional = optional
        self.isNotice = isNotice
        self.isEssential = isEssential
        self.excess = excess
        self.usefulFor = usefulFor
        self.texts = texts
    }
}

/// A mail's words in one language. Each is a Mustache template over the fields, without markup: both parts of the mail
/// are made from it, the HTML part escapes what comes out.
public struct MailText: Sendable {
    public struct Button: Sendable {
        public let label: String
        /// The name of a `link` field.
        public let link: String
        public init(_ label: String, link: String) {
            self.label = label
            self.link = link
        }
    }

    public struct Fact: Sendable {
        public let label: String
        public let value: String
        public init(_ label: String, _ value: String) {
            self.label = label
            self.value = value
        }
    }

    public let subject: String
    /// What inboxes show behind the subject.
    public let preview: String
    public let heading: String
    public let paragraphs: [String]
    public let facts: [Fact]
    public let button: Button?
    /// What stands below the button, smaller.
    public let notes: [String]

    public init(
        subject: String, preview: String, heading: String, paragraphs: [String], facts: [Fact] = [],
        button: Button? = nil, notes: [String] = []
    ) {
        self.subject = subject
        self.preview = preview
        self.heading = heading
        self.paragraphs = paragraphs
        self.facts = facts
        self.button = button
        self.notes = notes
    }
}
