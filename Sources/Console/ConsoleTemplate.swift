import Kernel
import Mustache

/// The one template that every page is made with, parsed at start.
public struct ConsoleTemplate: Sendable {
    private let template: MustacheTemplate

    /// - Throws: Mustache's own error for a template of ours that is wrong.
    public init() throws {
        MustacheContentTypes.register(ConsoleHTML(), named: ConsoleHTML.name)
        template = try MustacheTemplate(string: ConsoleMarkup.page)
    }

    public func html(_ page: ConsolePage, in frame: ConsoleFrame) -> String {
        template.render(ConsoleContext(frame: frame, current: page.current).page(page))
    }
}

/// Text for HTML, scalar by scalar: Mustache's own escaping goes by whole characters and lets a quotation mark pass that has a
/// combining accent behind it. What would steer a terminal or turn the reading direction is shown as what it isn't: a
/// replacement character.
struct ConsoleHTML: MustacheContentType {
    static let name = "CONSOLE-HTML"

    func escapeText(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            plain.append(ConsoleHTML.isInert(scalar) ? scalar : "\u{FFFD}")
        }
        return String(plain).escapedForHTML
    }

    private static func isInert(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: true
        case 0..<0x20, 0x7F...0x9F: false
        // Marks, embeddings, overrides and isolates of direction; line and paragraph separators.
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: false
        default: true
        }
    }
}

/// A page as the template asks for it. Every name is there in every context: a missing one would be looked for further out.
struct ConsoleContext {
    let frame: ConsoleFrame
    let current: String
    /// More of one field than this is cut in tables: somebody else may have chosen it.
    static let longest = 400

    typealias Values = [String: Any]

    func page(_ page: ConsolePage) -> Values {
        [
            "title": page.title, "lead": text(page.lead), "site": frame.site, "version": frame.version,
            "who": text(frame.who), "role": frame.role, "token": frame.token,
            "navigation": frame.who == nil ? [] : frame.navigation.map(group),
            "alert": page.alert.map { ["title": $0.title, "detail": text($0.detail)] as Values } ?? false,
            "done": text(page.done), "isBare": frame.who == nil,
            "blocks": page.blocks.enumerated().map { block($0.element, number: $0.offset) },
        ]
    }

    /// False for nothing, so that a section of that name stays out.
    private func text(_ text: String?) -> Any {
        guard let text, !text.isEmpty else { return false }
        return text
    }

    private func group(_ group: (name: String, entries: [ConsoleFrame.Entry])) -> Values {
        [
            "name": group.name,
            "entries": group.entries.map { entry in
                ["path": entry.path, "label": entry.label, "isCurrent": entry.path == current] as Values
            },
        ]
    }

    private static let kinds = [
        "heading", "text", "tiles", "facts", "table", "form", "filter", "acts", "code", "empty", "pages",
    ]

    private func block(_ block: ConsoleBlock, number: Int) -> Values {
        var values: Values = [:]
        for kind in ConsoleContext.kinds { values[kind] = false }
        switch block {
        case .heading(let text): values["heading"] = ["words": text] as Values
        case .text(let text): values["text"] = ["words": text] as Values
        case .code(let text): values["code"] = ["words": text] as Values
        case .tiles(let tiles): values["tiles"] = ["items": tiles.map(tile)] as Values
        case .facts(let facts):
            values["facts"] =
                ["items": facts.map { ["name": $0.label, "cell": cell($0.cell, label: $0.label)] as Values }] as Values
        case .table(let table): values["table"] = self.table(table, number: number)
        case .form(let form): values["form"] = self.form(form, number: "\(number)")
        case .filter(let form): values["filter"] = self.form(form, number: "\(number)")
        case .acts(let forms):
            values["acts"] =
                ["items": forms.enumerated().map { form($0.element, number: "\(number)-\($0.offset)") }] as Values
        case .empty(let words, let command):
            values["empty"] = ["words": words, "command": text(command)] as Values
        case .pages(let first, let next):
            values["pages"] = ["first": text(first), "next": text(next)] as Values
        }
        return values
    }

    private func tile(_ tile: ConsoleTile) -> Values {
        [
            "label": tile.label, "value": tile.value, "hint": text(tile.hint), "tone": tile.tone.rawValue,
            "link": text(tile.link), "isPlain": tile.link == nil,
        ]
    }

    private func table(_ table: ConsoleTable, number: Int) -> Values {
        [
            "caption": table.caption, "columns": table.columns.map { ["name": $0] as Values },
            "rows": table.rows.enumerated().map { place, row in
                ["cells": zip(table.columns, row).map { cell($1, label: $0, number: "\(number)-\(place)") }] as Values
            },
        ]
    }

    /// - Parameter number: tells fields of this cell's forms from those of other rows.
    private func cell(_ cell: ConsoleCell, label: String, number: String = "0") -> Values {
        let words = ConsoleContext.cut(cell.text)
        let isPlain = !cell.isBadge && !cell.isCode && cell.link == nil
        return [
            "column": label, "words": words, "plain": isPlain ? text(words) : false, "hint": text(cell.hint),
            "link": text(cell.link), "isLinkCode": cell.isCode, "tone": cell.tone.rawValue,
            "badge": cell.isBadge && cell.link == nil, "code": cell.isCode && cell.link == nil,
            "acts": cell.acts.enumerated().map { form($0.element, number: "\(number)-\($0.offset)") },
        ]
    }

    private func form(_ form: ConsoleForm, number: String) -> Values {
        [
            "action": form.action, "button": form.button, "label": text(form.label), "weight": form.weight.rawValue,
            "token": frame.token, "isMultipart": form.fields.contains { $0.kind == .file },
            "hidden": form.fields.filter { $0.kind == .hidden }.map { ["name": $0.name, "value": $0.value] as Values },
            "fields": form.fields.filter { $0.kind != .hidden }.map { field($0, number: number) },
        ]
    }

    private func field(_ field: ConsoleField, number: String) -> Values {
        let id = "\(field.name)-\(number)"
        return [
            "id": id, "name": field.name, "label": field.label, "hint": text(field.hint), "hintID": "\(id)-hint",
            "type": field.kind.rawValue, "value": field.value, "autocomplete": field.autocomplete,
            "isRequired": field.isRequired, "isSelect": field.kind == .select, "isRadio": field.kind == .radio,
            "isArea": field.kind == .area,
            "isInput": ![.select, .radio, .area].contains(field.kind),
            "choices": field.choices.enumerated().map { index, choice in
                [
                    "isFocused": field.isFocused && index == 0, "name": field.name, "value": choice.value,
                    "label": choice.label, "hint": false,
                    "isChosen": choice.value == field.value,
                    "key": field.kind == .radio ? text(choice.value.first.map { String($0) }) : false,
                ] as Values
            },
        ]
    }

    static func cut(_ text: String) -> String {
        guard text.unicodeScalars.count > longest else { return text }
        return String(text.unicodeScalars.prefix(longest)) + "…"
    }
}
