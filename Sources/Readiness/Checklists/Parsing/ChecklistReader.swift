// Reason for length: one pass over the lines, with a state that belongs together.
/// Reads Markdown as people write checklists: task lists, marks, tables, nested items; code blocks, comments and front
/// matter are not part of it. One pass, time linear in the length.
public struct ChecklistReader {
    private var list: TeamChecklist
    private var fence: (mark: Character, count: Int)?
    private var isComment = false
    private var open: [(indent: Int, item: Int)] = []
    private var header: (line: Int, cells: [String])?
    private var table: TableShape?
    private var previous = ""
    private var bullets: [ChecklistItem] = []

    public static func read(_ document: DocumentText) -> TeamChecklist {
        var reader = ChecklistReader(list: TeamChecklist(encoding: document.encoding))
        var lines = document.lines.dropFirst(0)
        var number = 1
        if lines.first?.trimmed == "---",
            let end = lines.dropFirst().prefix(200).firstIndex(where: { $0.trimmed == "---" })
        {
            number = end &+ 2
            lines = lines.dropFirst(end &+ 1)
        }
        for line in lines {
            reader.take(line, number)
            number &+= 1
            if reader.list.items.count >= TeamChecklist.mostItems {
                reader.list.isCut = true
                break
            }
        }
        return reader.finished()
    }

    private init(list: TeamChecklist) { self.list = list }

    /// Plain bullets are items where nothing else is.
    private func finished() -> TeamChecklist {
        var list = list
        if list.items.isEmpty { list.items = bullets }
        return list
    }

    private mutating func take(_ whole: String, _ number: Int) {
        // In a block of code, or where nothing can be quoted or marked, the line is as it is.
        let raw = fence == nil && !isComment ? MarkdownLine.plain(whole) : whole
        let line = raw.trimmed
        defer { previous = line }
        if isFenced(line) || isCommented(line) { return }
        guard !line.isEmpty else {
            header = nil
            table = nil
            return
        }
        let indent = Self.indent(raw)
        if indent >= 4, open.isEmpty, previous.isEmpty { return }
        if takeHeading(line, number) || takeTable(line, number) { return }
        if let content = Self.bullet(line) { return takeBullet(content, indent, number) }
        if takePlain(line, number) { return }
        if indent == 0 { open = [] }
        state(line, number)
    }

    /// Whether the line belongs to a fenced block of code.
    private mutating func isFenced(_ line: String) -> Bool {
        if let fence {
            let run = line.prefix { $0 == fence.mark }.count
            if run >= fence.count, line.dropFirst(run).allSatisfy(\.isWhitespace) { self.fence = nil }
            return true
        }
        guard let mark = line.first, mark == "`" || mark == "~" else { return false }
        let run = line.prefix { $0 == mark }.count
        guard run >= 3, mark == "~" || !line.dropFirst(run).contains("`") else { return false }
        fence = (mark, run)
        return true
    }

    private mutating func isCommented(_ line: String) -> Bool {
        if isComment {
            if line.contains("-->") { isComment = false }
            return true
        }
        guard line.hasPrefix("<!--") else { return false }
        isComment = !line.contains("-->")
        return true
    }

    // MARK: Headings

    private mutating func takeHeading(_ line: String, _ number: Int) -> Bool {
        let depth = line.prefix { $0 == "#" }.count
        if (1...6).contains(depth), line.dropFirst(depth).first?.isWhitespace ?? false {
            section(String(line.dropFirst(depth)).trimmed, depth, number)
            return true
        }
        guard line.count >= 3, line.allSatisfy({ $0 == "=" }) || line.allSatisfy({ $0 == "-" }) else { return false }
        let isTitle = !previous.isEmpty && Self.bullet(previous) == nil && !previous.contains("|")
        if isTitle, !previous.hasPrefix("#") { section(previous, line.first == "=" ? 1 : 2, number &- 1) }
        return true
    }

    private mutating func section(_ raw: String, _ depth: Int, _ number: Int) {
        open = []
        header = nil
        table = nil
        var parent = list.sections.indices.last
        while let own = parent, let above = list.sections.dropFirst(own).first, above.depth >= depth {
            parent = above.parent
        }
        guard list.sections.count < TeamChecklist.mostItems else { return }
        list.sections.append(
            ChecklistSection(
                line: number, title: String(InlineText.plain(raw).prefix(200)), depth: depth, parent: parent,
                tick: Self.trailing(raw)))
        state(raw, number)
    }

    // MARK: Tables

    private mutating func takeTable(_ line: String, _ number: Int) -> Bool {
        guard line.contains("|") else {
            table = nil
            header = nil
            return false
        }
        let cells = InlineText.cells(line)
        if table != nil {
            takeRow(cells, number)
            return true
        }
        if let header, cells.allSatisfy({ !$0.isEmpty && $0.allSatisfy { "-: ".contains($0) } }) {
            table = TableShape(header.cells)
            if list.tables.count < 2_000 {
                list.tables.append(
                    ChecklistTable(line: header.line, header: header.cells, section: list.sections.indices.last))
            }
            return true
        }
        header = (number, cells)
        // A line with a bar in it is no table before its ruler has come.
        return line.hasPrefix("|")
    }

    private mutating func takeRow(_ cells: [String], _ number: Int) {
        if let last = list.tables.indices.last {
            list.tables[last].rows.append(.init(line: number, cells: cells))  // can't trap: the index is the last one.
        }
        guard let table, var item = table.item(cells, line: number) else { return }
        item.section = list.sections.indices.last
        list.items.append(item)
    }

    // MARK: Items

    private mutating func takeBullet(_ content: Substring, _ indent: Int, _ number: Int) {
        while let last = open.last, last.indent >= indent { _ = open.popLast() }
        var rest = content
        let box = Self.box(&rest)
        let raw = String(rest)
        let mark = Self.leading(raw) ?? Self.trailing(raw)
        let text = Self.withoutMarks(raw)
        guard text.unicodeScalars.contains(where: \.properties.isAlphabetic), !Self.isLegend(text) else {
            return state(raw, number)
        }
        var item = ChecklistItem(
            line: number, text: text, tick: box ?? mark, section: list.sections.indices.last,
            parent: open.last?.item)
        item.mark = box == nil ? nil : mark
        item.hasTwoTicks = box != nil && mark != nil && mark != box && (box == .done || mark == .done)
        item.weight = Self.weight(text)
        guard box != nil || mark != nil else {
            if bullets.count < TeamChecklist.mostItems {
                item.parent = nil
                bullets.append(item)
            }
            return state(raw, number)
        }
        list.items.append(item)
        open.append((indent, list.items.count &- 1))
    }

    /// A line that begins with a mark, outside of any list.
    private mutating func takePlain(_ line: String, _ number: Int) -> Bool {
        guard let tick = Self.leading(line) else { return false }
        let text = Self.withoutMarks(line)
        guard text.unicodeScalars.contains(where: \.properties.isAlphabetic), !Self.isLegend(text) else { return false }
        list.items.append(
            ChecklistItem(line: number, text: text, tick: tick, section: list.sections.indices.last))
        return true
    }

    private mutating func state(_ raw: String, _ number: Int) {
        guard list.statements.count < TeamChecklist.mostItems else { return }
        let text = String(InlineText.plain(InlineText.withoutCode(raw.prefix(4_000))).prefix(400))
        guard
            text.contains(where: \.isNumber) || text.contains(":") || text.hasPrefix("GO") || Self.trailing(raw) != nil
        else { return }
        list.statements.append(
            ChecklistStatement(line: number, text: text, section: list.sections.indices.last))
    }
}

extension ChecklistReader {
    private static func indent(_ line: String) -> Int {
        var width = 0
        for character in line.prefix(200) {
            if character == " " { width &+= 1 } else if character == "\t" { width &+= 4 } else { break }
        }
        return width
    }

    /// What follows `-`, `*`, `+`, `•` or `3.`; nil when the line is no item of a list.
    private static func bullet(_ line: String) -> Substring? {
        if let first = line.first, "-*+•".contains(first) {
            let rest = line.dropFirst()
            return rest.first?.isWhitespace ?? false ? rest.drop(while: \.isWhitespace) : nil
        }
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        guard (1...4).contains(digits.count) else { return nil }
        let rest = line.dropFirst(digits.count)
        guard let mark = rest.first, mark == "." || mark == ")", rest.dropFirst().first?.isWhitespace ?? false else {
            return nil
        }
        return rest.dropFirst().drop(while: \.isWhitespace)
    }

    /// Takes a box such as `[x]` off the front.
    static func box(_ rest: inout Substring) -> Tick? {
        guard rest.first == "[", rest.dropFirst(2).first == "]", let inside = rest.dropFirst().first,
            rest.dropFirst(3).first != "("
        else { return nil }
        let tick: Tick
        switch inside {
        case " ", "_": tick = .open
        case "x", "X", "✓", "✔", "✅": tick = .done
        case "-", "/", "~": tick = .partial
        case "!", "❌": tick = .failed
        default: return nil
        }
        rest = rest.dropFirst(3).drop(while: \.isWhitespace)
        return tick
    }

    private static func leading(_ text: String) -> Tick? {
        text.unicodeScalars.first { $0 != "*" && $0 != "_" && $0 != " " }.flatMap { Tick(mark: $0) }
    }

    /// A mark at the end, or right before a last word or two: `Security ✅ Complete`.
    static func trailing(_ text: String) -> Tick? {
        let scalars = text.unicodeScalars
        let tail = scalars.reversed().prefix(24).reversed()
        guard let place = tail.lastIndex(where: { Tick(mark: $0) != nil }) else { return nil }
        guard let mark = tail.dropFirst(tail.distance(from: tail.startIndex, to: place)).first else { return nil }
        let after = String(
            String.UnicodeScalarView(tail.dropFirst(tail.distance(from: tail.startIndex, to: place) &+ 1)))
        let words = after.split { !$0.isLetter }
        let isWhole = scalars.count > tail.count || place != tail.startIndex
        guard isWhole, words.isEmpty || (words.count <= 2 && Tick(cell: after) != nil) else { return nil }
        return Tick(mark: mark)
    }

    private static func withoutMarks(_ text: String) -> String {
        let scalars = text.unicodeScalars.filter { Tick(mark: $0) == nil }
        return String(InlineText.plain(String(String.UnicodeScalarView(scalars))).prefix(600)).trimmed
    }

    /// `✅ = done`: what a mark means, and no item.
    private static func isLegend(_ text: String) -> Bool {
        text.hasPrefix("=") || text.hasPrefix("→") || Tick.isWord(text)
            || ((text.hasPrefix(":") || text.hasPrefix("-") || text.hasPrefix("–")) && text.count < 40)
    }

    /// `(weight: 30)` or `(30 %)`.
    static func weight(_ text: String) -> Double? {
        let lower = text.lowercased()
        guard lower.contains("weight") else { return nil }
        let parts = lower.split(separator: "weight", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.last.flatMap { number(in: $0.prefix(16)) }
    }

    /// The first number in a text.
    static func number(in text: some StringProtocol) -> Double? {
        let digits = text.drop { !$0.isASCII || !$0.isNumber }.prefix {
            $0.isASCII && ($0.isNumber || $0 == "." || $0 == ",")
        }
        let plain = digits.filter { $0 != "," }
        return Double(plain.last == "." ? String(plain.dropLast()) : String(plain))
    }
}
