import Kernel

extension PlanReader {
    /// Headings are components (the first `#` the plan's title), items of lists and rows of tables are items; `name: value` in
    /// lines below an item belongs to it.
    mutating func markdown(_ lines: [String]) {
        var state = MarkdownState()
        for (index, raw) in lines.enumerated() {
            let number = index &+ 1
            let line = raw.trimming { $0 == " " || $0 == "\t" }
            let indent = raw.prefix { $0 == " " || $0 == "\t" }.reduce(0) { $0 &+ ($1 == "\t" ? 4 : 1) }
            if line.hasPrefix("```") || line.hasPrefix("~~~") {
                state.isCode.toggle()
                state.codeLine = number
                continue
            }
            if state.isCode { continue }
            if line.hasPrefix("#") {
                finish(&state)
                heading(String(line), number, &state)
            } else if line.hasPrefix("|") {
                row(String(line), number, &state)
            } else if let item = PlanReader.listItem(line) {
                state.columns = nil
                listed(item, indent, number, &state)
            } else {
                state.columns = nil
                other(String(line), indent, number, &state)
            }
        }
        finish(&state)
        if state.isCode { fault(state.codeLine, "a block of code that is never closed: what follows was not read") }
    }

    struct MarkdownState {
        var component = ""
        var hasTitle = false
        /// Of the plan, or of the component.
        var profiles: [String] = []
        var ownProfiles: [String] = []
        var draft: Draft?
        var indent = 0
        /// Names of the table's columns.
        var columns: [String]?
        var isCode = false
        var codeLine = 0
    }

    private mutating func finish(_ state: inout MarkdownState) {
        if let draft = state.draft { add(draft) }
        state.draft = nil
        state.columns = nil
    }

    private mutating func heading(_ line: String, _ number: Int, _ state: inout MarkdownState) {
        let depth = line.prefix { $0 == "#" }.count
        let text = String(line.drop { $0 == "#" }.trimming { $0 == " " || $0 == "#" || $0 == "*" })
        guard !text.isEmpty else { return fault(number, "a heading without words") }
        if depth == 1, !state.hasTitle {
            state.hasTitle = true
            title = String(text.prefix(120))
            return
        }
        state.component = text
        state.ownProfiles = []
    }

    /// What stands behind `- `, `* `, `+ ` or `1. `, without its box.
    private static func listItem(_ line: Substring) -> String? {
        var rest: Substring
        if let first = line.first, "-*+".contains(first), line.dropFirst().first == " " {
            rest = line.dropFirst(2)
        } else {
            let digits = line.prefix { $0.isASCII && $0.isNumber }
            guard (1...4).contains(digits.count), [".", ")"].contains(line.dropFirst(digits.count).first),
                line.dropFirst(digits.count &+ 1).first == " "
            else { return nil }
            rest = line.dropFirst(digits.count &+ 2)
        }
        rest = rest.drop { $0 == " " }
        for box in ["[ ]", "[x]", "[X]", "[-]"] where rest.hasPrefix(box) { rest = rest.dropFirst(3) }
        return String(rest.trimming { $0 == " " })
    }

    private mutating func listed(_ text: String, _ indent: Int, _ number: Int, _ state: inout MarkdownState) {
        if state.draft != nil, indent > state.indent {
            if detail(text, number, &state) { return }
            // A numbered or plain line below an item is one of its steps.
            append(text, to: \.steps, &state)
            return
        }
        if let names = PlanReader.after("profiles", text) { return declare(names, number, &state) }
        finish(&state)
        state.indent = indent
        var draft = Draft(line: number)
        draft.component = state.component
        draft.title = text.replacing("**", with: "")
        draft.profiles = state.ownProfiles.isEmpty ? state.profiles : state.ownProfiles
        state.draft = draft
    }

    private mutating func other(_ line: String, _ indent: Int, _ number: Int, _ state: inout MarkdownState) {
        if line.isEmpty { return }
        if let names = PlanReader.after("profiles", line), state.draft == nil || indent <= state.indent {
            return declare(names, number, &state)
        }
        guard state.draft != nil, indent > state.indent else { return }
        if !detail(line, number, &state) { append(line, to: \.steps, &state) }
    }

    private mutating func declare(_ names: String, _ number: Int, _ state: inout MarkdownState) {
        let found = profiles(names, number)
        if state.component.isEmpty { state.profiles = found } else { state.ownProfiles = found }
    }

    /// `url: /x` and the like; false for what is none of them.
    private mutating func detail(_ text: String, _ number: Int, _ state: inout MarkdownState) -> Bool {
        if let value = PlanReader.after("url", text) {
            state.draft?.url = String(value.trimming { $0 == "`" || $0 == "<" || $0 == ">" })
        } else if let value = PlanReader.after("expect text", text) {
            state.draft?.expectation.text = expectation("text: \(value)", number).text
        } else if let value = PlanReader.after("expect", text) {
            let found = expectation(value, number)
            if let status = found.status { state.draft?.expectation.status = status }
            if let text = found.text { state.draft?.expectation.text = text }
        } else if let value = PlanReader.after("expected", text) {
            append(value, to: \.expected, &state)
        } else if let value = PlanReader.after("steps", text) {
            if !value.isEmpty { append(value, to: \.steps, &state) }
        } else if let value = PlanReader.after("id", text) {
            state.draft?.id = value
        } else if let value = PlanReader.after("profiles", text) {
            state.draft?.profiles = profiles(value, number)
        } else {
            return false
        }
        return true
    }

    private func append(_ text: String, to part: WritableKeyPath<Draft, String>, _ state: inout MarkdownState) {
        guard var draft = state.draft else { return }
        let before = draft[keyPath: part]  // can't trap: a stored property.
        if before.utf8.count <= PlanReader.longestText {
            draft[keyPath: part] = before.isEmpty ? text : "\(before)\n\(text)"  // can't trap: as above.
        }
        state.draft = draft
    }

    // MARK: Tables

    private mutating func row(_ line: String, _ number: Int, _ state: inout MarkdownState) {
        let cells = PlanReader.cells(line)
        guard let columns = state.columns else {
            if let draft = state.draft { add(draft) }
            state.draft = nil
            let names = cells.map { PlanReader.column($0) }
            // A table that isn't about items, such as one of versions.
            state.columns = names.contains("item") ? names.map { $0 ?? "" } : [""]
            return
        }
        if cells.allSatisfy({ !$0.isEmpty && $0.allSatisfy { "-: ".contains($0) } }) { return }
        guard columns.contains("item") else { return }
        guard cells.count == columns.count else {
            return fault(number, "the row has \(cells.count) cells, its heading \(columns.count)")
        }
        var draft = Draft(line: number)
        draft.component = state.component
        draft.profiles = state.ownProfiles.isEmpty ? state.profiles : state.ownProfiles
        for (name, value) in zip(columns, cells) { fill(&draft, name, value) }
        add(draft)
    }

    /// Cells of a row; `\|` is no border.
    private static func cells(_ line: String) -> [String] {
        var cells: [String] = []
        var cell = ""
        var isEscaped = false
        for character in line.dropFirst() {
            if isEscaped {
                if character != "|" { cell.append("\\") }
                cell.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "|" {
                cells.append(String(cell.trimming { $0 == " " }))
                cell = ""
            } else {
                cell.append(character)
            }
        }
        let rest = cell.trimming { $0 == " " }
        if !rest.isEmpty { cells.append(String(rest)) }
        return cells
    }
}
