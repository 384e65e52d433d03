public import Kernel
import Mustache

/// All templates, parsed at start: one that doesn't parse, or names a field that its mail hasn't, stops the start.
public struct MailTemplates: Sendable {
    private struct Compiled: Sendable {
        let template: MailTemplate
        /// By language.
        let texts: [String: CompiledText]
    }

    private let compiled: [MailTemplateID: Compiled]
    private let layout: MustacheTemplate
    /// The product's name, as `email.product-name` has it.
    public let product: String
    public let base: LinkBase

    /// - Throws: `MailDefect`, or Mustache's own error, for a template of ours that is wrong.
    public init(product: String, base: LinkBase, adding own: [MailTemplate] = []) throws {
        guard LineText.isSafe(product), !product.isEmpty, product.unicodeScalars.count <= 60 else {
            throw MailDefect("layout", "the product's name must be 1 to 60 characters on one line")
        }
        MustacheContentTypes.register(MailHTML(), named: MailHTML.name)
        layout = try MustacheTemplate(string: MailLayout.html)
        self.product = product
        self.base = base
        var compiled: [MailTemplateID: Compiled] = [:]
        for template in MailTemplates.builtIn + own {
            guard compiled[template.id] == nil else { throw MailDefect(template.id, "there are two of this id") }
            guard template.texts["en"] != nil else { throw MailDefect(template.id, "English is missing") }
            compiled[template.id] = Compiled(
                template: template, texts: try template.texts.mapValues { try CompiledText($0, of: template) })
        }
        self.compiled = compiled
    }

    public var ids: [MailTemplateID] { compiled.keys.sorted { $0.rawValue < $1.rawValue } }

    public func template(_ id: MailTemplateID) -> MailTemplate? { compiled[id]?.template }

    /// Writes a mail.
    ///
    /// - Throws: `MailDefect` when its fields aren't its template's, or a value can't stand in a mail.
    public func render(_ mail: MailMessage) throws(MailDefect) -> RenderedMail {
        guard let entry = compiled[mail.template] else { throw MailDefect(mail.template, "there is no such template") }
        try check(mail, entry.template)
        let tag = MailLanguage.nearest(to: mail.language, among: entry.texts.keys)
        guard let texts = entry.texts[tag] else { throw MailDefect(mail.template, "English is missing") }
        let language = MailLanguage.all[tag] ?? .english
        var values: [String: String] = ["product": product]
        for (name, field) in mail.fields { values[name] = written(field, language) }
        let page = texts.page(
            values, language: language, product: product,
            unsubscribe: mail.unsubscribe.map { base.address(of: $0) })
        guard LineText.isSafe(page.subject), page.subject.unicodeScalars.count <= 300 else {
            throw MailDefect(mail.template, "its subject is too long")
        }
        return RenderedMail(
            subject: page.subject, text: MailLayout.text(page), html: layout.render(page), name: values["name"],
            unsubscribe: page.unsubscribe?.address)
    }

    private func check(_ mail: MailMessage, _ template: MailTemplate) throws(MailDefect) {
        for (name, kind) in template.fields {
            guard let field = mail.fields[name] else {
                if template.optional.contains(name) { continue }
                throw MailDefect(mail.template, "the field “\(name)” is missing")
            }
            guard field.kind == kind else { throw MailDefect(mail.template, "“\(name)” must be a \(kind.rawValue)") }
            if case .text(let text) = field {
                guard LineText.isSafe(text), text.unicodeScalars.count <= 500, text.utf8.count <= 2000 else {
                    throw MailDefect(
                        mail.template, "“\(name)” has a control character or line break, or is over 500 characters")
                }
            }
        }
        if let other = mail.fields.keys.sorted().first(where: { template.fields[$0] == nil }) {
            throw MailDefect(mail.template, "it has no field “\(other)”")
        }
        guard template.isNotice == (mail.unsubscribe != nil) else {
            throw MailDefect(
                mail.template, template.isNotice ? "a notice wants `unsubscribe`" : "only a notice has `unsubscribe`")
        }
    }

    /// nil for a name that we don't repeat.
    private func written(_ field: MailField, _ language: MailLanguage) -> String? {
        switch field {
        case .text(let text): text
        case .name(let name): PersonName.presentable(name)
        case .link(let link): base.address(of: link)
        case .time(let time): language.time(time)
        case .duration(let span): language.duration(span)
        case .number(let number): "\(number)"
        }
    }
}

/// A language's words of a template, parsed.
private struct CompiledText: Sendable {
    let subject: MustacheTemplate
    let preview: MustacheTemplate
    let heading: MustacheTemplate
    let paragraphs: [MustacheTemplate]
    let facts: [(label: MustacheTemplate, value: MustacheTemplate)]
    let button: (label: MustacheTemplate, link: String)?
    let notes: [MustacheTemplate]

    init(_ text: MailText, of template: MailTemplate) throws {
        func parse(_ words: String) throws -> MustacheTemplate {
            for match in words.matches(of: #/\{\{\s*([^}]*)\}\}/#) {
                guard let tag = match.1.wholeMatch(of: #/[#^\/]?([a-z]+)\s*/#) else {
                    throw MailDefect(template.id, "“{{\(match.1)}}” isn't a plain field")
                }
                guard tag.1 == "product" || template.fields[String(tag.1)] != nil else {
                    throw MailDefect(template.id, "“{{\(tag.1)}}” is no field of it")
                }
            }
            // Words, not markup: the layout escapes what comes out of them.
            return try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + words)
        }
        subject = try parse(text.subject)
        preview = try parse(text.preview)
        heading = try parse(text.heading)
        paragraphs = try text.paragraphs.map(parse)
        facts = try text.facts.map { (try parse($0.label), try parse($0.value)) }
        button = try text.button.map { button in
            guard template.fields[button.link] == .link else {
                throw MailDefect(template.id, "the button's “\(button.link)” is no link")
            }
            return (try parse(button.label), button.link)
        }
        notes = try text.notes.map(parse)
    }

    func page(
        _ values: [String: String], language: MailLanguage, product: String, unsubscribe: String?
    ) -> MailPage {
        MailPage(
            language: language.tag, product: product, subject: subject.render(values), preview: preview.render(values),
            heading: heading.render(values), greeting: language.greeting(values["name"]),
            paragraphs: paragraphs.map { $0.render(values) },
            facts: facts.map { .init(label: $0.label.render(values), value: $0.value.render(values)) },
            hasFacts: !facts.isEmpty,
            button: button.flatMap { button in
                values[button.link].map {
                    .init(label: button.label.render(values), address: $0, hint: language.linkHint)
                }
            },
            notes: notes.map { $0.render(values) }, footer: language.footer(product),
            unsubscribe: unsubscribe.map { .init(label: language.unsubscribe, address: $0, hint: "") })
    }
}

/// Escapes scalar by scalar: Mustache's own escaping goes by whole characters and lets a quotation mark pass that has a
/// combining accent behind it.
struct MailHTML: MustacheContentType {
    static let name = "MAIL-HTML"

    func escapeText(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
