public import Kernel

/// A mail in words: what the outbox keeps and the console previews.
public struct RenderedMail: Sendable, Equatable {
    public let subject: String
    public let text: String
    public let html: String
    /// The greeted person, for `To`.
    public let name: String?
    /// The whole address, for `List-Unsubscribe`.
    public let unsubscribe: String?
}

/// Why a mail can't be made: a defect of whoever caused it.
public struct MailDefect: Error, Sendable, Equatable, CustomStringConvertible {
    public let template: MailTemplateID
    public let detail: String
    public var description: String { "mail “\(template.rawValue)”: \(detail)" }

    init(_ template: MailTemplateID, _ detail: String) {
        self.template = template
        self.detail = detail
    }
}

/// What the layouts are filled with.
struct MailPage: Sendable {
    struct Fact: Sendable {
        let label: String
        let value: String
    }
    struct Button: Sendable {
        let label: String
        let address: String
        let hint: String
    }
    let language: String
    let product: String
    let subject: String
    let preview: String
    let heading: String
    let greeting: String
    let paragraphs: [String]
    let facts: [Fact]
    let hasFacts: Bool
    let button: Button?
    let notes: [String]
    let footer: String
    let unsubscribe: Button?
}
