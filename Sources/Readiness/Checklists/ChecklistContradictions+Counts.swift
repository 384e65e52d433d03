/// Counts and figures that a document gives in one place and doesn't bear out in another.
extension ChecklistContradictions {
    static func counts(_ list: TeamChecklist) -> [DocumentFinding] {
        headings(list) + labels(list) + announced(list) + enumerated(list) + twice(list) + weights(list) + passed(list)
    }

    /// `## Phase 1 (5/6 complete)` over items that come to something else.
    private static func headings(_ list: TeamChecklist) -> [DocumentFinding] {
        var findings: [DocumentFinding] = []
        for (index, section) in list.sections.enumerated() {
            let lower = section.title.lowercased()
            guard let fraction = Fraction(section.title), !lower.contains("test"), !lower.contains("phase "),
                !lower.contains("score"), fraction.percent == nil || lower.contains("complete"),
                !isScore(fraction, lower)
            else { continue }
            compare(fraction, index, section, list, &findings)
        }
        for (index, section) in list.sections.enumerated() {
            let lower = section.title.lowercased()
            // `Phase 1 (5/6 complete)`: what the bracket says is of the items, the first number is its name.
            guard lower.contains("phase "), let open = section.title.firstIndex(of: "("),
                let fraction = Fraction(String(section.title[open...])), !lower.contains("test")
            else { continue }
            compare(fraction, index, section, list, &findings)
        }
        return findings
    }

    /// `Overall: 100/100` and `Security 9/10` are marks out of a hundred or ten, unless the line speaks of what is done.
    private static func isScore(_ fraction: Fraction, _ lower: String) -> Bool {
        (fraction.whole == 100 || fraction.whole == 10)
            && !["complete", "done", "items", "tasks", "finished"].contains(where: lower.contains)
    }

    private static func compare(
        _ fraction: Fraction, _ index: Int, _ section: ChecklistSection, _ list: TeamChecklist,
        _ findings: inout [DocumentFinding]
    ) {
        let items = list.items.filter { $0.tick != nil && isWithin($0.section, index, list) }
        guard items.count >= 2 else { return }
        let fits = [items, items.filter { $0.parent == nil }].contains { counted in
            let done = counted.count { $0.tick == .done }
            let half = counted.count { $0.tick == .partial }
            return Double(counted.count) == fraction.whole
                && (Double(done)...Double(done + half)).contains(fraction.part)
        }
        guard !fits else { return }
        findings.append(
            DocumentFinding(
                line: section.line, kind: "count", claimed: section.title,
                seen: "\(items.count { $0.tick == .done }) of the \(items.count) items there are ticked"))
    }

    private static func isWithin(_ section: Int?, _ wanted: Int, _ list: TeamChecklist) -> Bool {
        var index = section
        for _ in 0..<8 {
            guard let own = index else { return false }
            if own == wanted { return true }
            index = list.sections.dropFirst(own).first?.parent
        }
        return false
    }

    /// `Total items: 12` and `Completed: 3`, alone on their lines.
    private static func labels(_ list: TeamChecklist) -> [DocumentFinding] {
        let marked = list.items.filter { $0.tick != nil }
        guard marked.count >= 3 else { return [] }
        let sets = [marked, marked.filter { $0.parent == nil }]
        return list.statements.compactMap { statement in
            let parts = statement.text.lowercased().split(separator: ":").map(\.trimmed)
            // The total stands at the end too, in a section of its own.
            guard parts.count == 2, isAboutAll(statement.section, list) || isSummary(statement, list),
                let number = Double(parts[1].drop { $0 == "~" || $0 == "≈" })
            else { return nil }
            let isAbout = parts[1].first.map { !$0.isNumber } ?? false
            let count: (ChecklistItem) -> Bool
            let noun: String
            switch parts[0] {
            case "total items", "total tasks", "total checks", "total number of items", "items in total":
                count = { _ in true }
                noun = "in all"
            case "completed", "completed items", "items completed", "completed tasks", "done", "items done":
                count = { $0.tick == .done }
                noun = "ticked"
            case "remaining", "remaining items", "open items", "items remaining", "pending items":
                count = { $0.tick != .done }
                noun = "not ticked"
            default: return nil
            }
            let seen = sets.map { $0.count(where: count) }
            // What is only about right may be a quarter off.
            let room = isAbout ? max(1, number / 4) : 0
            guard !seen.contains(where: { (Double($0) - number).magnitude <= room }) else { return nil }
            return DocumentFinding(
                line: statement.line, kind: "count", claimed: statement.text,
                seen: "\(seen.first ?? 0) items are \(noun)")
        }
    }

    /// Whether a line stands in the only section that calls itself a summary of the checklist, with no item of its own.
    private static func isSummary(_ statement: ChecklistStatement, _ list: TeamChecklist) -> Bool {
        guard let own = statement.section, let title = list.sections.dropFirst(own).first?.title.lowercased(),
            title.contains("summary"), title.contains("checklist") || title.contains("overall")
        else { return false }
        return list.sections.count { $0.title.lowercased().contains("summary") } == 1
            && !list.items.contains { $0.section == own }
    }

    /// `The following 5 blockers:` over a list of three.
    private static func announced(_ list: TeamChecklist) -> [DocumentFinding] {
        list.statements.compactMap { statement in
            let words = statement.text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
            guard statement.text.hasSuffix(":"),
                let place = words.firstIndex(where: { $0 == "following" || $0 == "these" }),
                words.count > place + 2, let number = Int(words[place + 1]), number >= 2
            else { return nil }
            var last = statement.line
            var count = 0
            for item in list.items where item.line > statement.line && item.section == statement.section {
                guard item.line - last <= 2 || item.parent != nil || count > 0 && item.line - last <= 3 else { break }
                last = item.line
                if item.parent == nil { count += 1 }
            }
            guard count >= 1, count != number else { return nil }
            return DocumentFinding(
                line: statement.line, kind: "count", claimed: statement.text, seen: "\(count) follow")
        }
    }

    /// `13 ledgers: a, b, …` with fourteen names behind the colon, or in brackets.
    private static func enumerated(_ list: TeamChecklist) -> [DocumentFinding] {
        let lines = list.statements.map { ($0.line, $0.text) } + list.items.map { ($0.line, $0.text) }
        return lines.compactMap { line, text in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), (3...40).contains(number), text.dropFirst(digits.count).first == " ",
                countsThings(text.dropFirst(digits.count)),
                let names = names(behind: text), (names.least - number).magnitude <= 2,
                !(names.least...names.most).contains(number)
            else { return nil }
            return DocumentFinding(
                line: line, kind: "count", claimed: text, seen: "\(names.least) are named behind it")
        }
    }

    /// Plurals that measure instead of count: `4 cores (2 for builds, 2 for tests)`.
    private static let measures: Set = [
        "seconds", "minutes", "hours", "days", "weeks", "months", "years", "times", "bytes", "pixels", "cores", "cpus",
        "spaces", "points", "stars", "lines", "users", "words", "characters", "pages", "tests", "requests",
    ]

    /// Whether what is counted are things of which each has a name.
    private static func countsThings(_ text: Substring) -> Bool {
        let words = text.prefix { $0 != ":" && $0 != "(" }.lowercased().split { !$0.isLetter }.prefix(3)
        return words.contains { $0.hasSuffix("s") && $0.count > 3 } && !words.contains { measures.contains(String($0)) }
    }

    /// How many names a text ends with; nil where it says that there are others, or where they are no plain names.
    private static func names(behind text: String) -> (least: Int, most: Int)? {
        guard let start = text.firstIndex(where: { $0 == ":" || $0 == "(" }) else { return nil }
        let isBracket = text[start] == "("
        guard text[..<start].split(separator: " ").count <= 6 else { return nil }
        var tail = text[text.index(after: start)...]
        if isBracket {
            guard let end = tail.firstIndex(of: ")"), tail[tail.index(after: end)...].trimmed.count < 2 else {
                return nil
            }
            tail = tail[..<end]
        }
        let lower = tail.lowercased()
        let others = ["etc", "…", "...", "more", "plus", "includ", "e.g", "such as", "other", "+", "/", "&", ";", ":"]
        guard !others.contains(where: lower.contains), lower.contains(",") else { return nil }
        var depth = 0
        var parts = [""]
        for character in lower {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        let words = parts.map { part in part.prefix { $0 != "(" }.split(separator: " ") }
        // A name that stood in code was taken out of the line; what is left is what stood in brackets behind it.
        guard depth == 0,
            zip(words, parts).allSatisfy({
                (1...4).contains($0.count) && $0.first?.first?.isNumber == false || $0.isEmpty && $1.contains("(")
            })
        else { return nil }
        // `a, b and c` are three; `terms and conditions` is one.
        return (parts.count, parts.count + words.count { $0.contains("and") })
    }

    /// `Overall readiness: 92%` here and 78 % there.
    private static func twice(_ list: TeamChecklist) -> [DocumentFinding] {
        let wanted = [
            "overall readiness", "overall progress", "overall completion", "production readiness", "launch readiness",
            "overall score", "readiness score", "overall status", "test coverage", "code coverage",
        ]
        let passing = [
            "history", "change", "previous", "before", "after", "week", "sprint", "baseline", "log", "target",
        ]
        var first: [String: (value: Double, line: Int)] = [:]
        var findings: [DocumentFinding] = []
        for statement in list.statements {
            let parts = statement.text.lowercased().split(separator: ":", maxSplits: 1).map(\.trimmed)
            guard parts.count == 2, wanted.contains(parts[0]),
                parts[1].split(separator: "%", omittingEmptySubsequences: false).count == 2,
                let value = ChecklistReader.number(in: parts[1]), !passing.contains(where: parts[1].contains)
            else { continue }
            let above = statement.section.map { titles($0, list) } ?? ""
            guard !passing.contains(where: above.contains), !above.contains("20") else { continue }
            guard let other = first[parts[0]] else {
                first[parts[0]] = (value, statement.line)
                continue
            }
            guard (other.value - value).magnitude > 0.5 else { continue }
            findings.append(
                DocumentFinding(
                    line: statement.line, kind: "percentage", claimed: statement.text,
                    seen: "line \(other.line) says \(plain(other.value)) %"))
        }
        return findings
    }

    private static func titles(_ section: Int, _ list: TeamChecklist) -> String {
        var index: Int? = section
        var text = ""
        for _ in 0..<8 {
            guard let own = index, let section = list.sections.dropFirst(own).first else { break }
            text += section.title.lowercased() + " "
            index = section.parent
        }
        return text
    }

    /// Weights in percent that don't come to a hundred.
    private static func weights(_ list: TeamChecklist) -> [DocumentFinding] {
        list.tables.compactMap { table in
            guard let column = table.header.firstIndex(where: { $0.lowercased().hasPrefix("weight") }),
                table.rows.count >= 3
            else { return nil }
            let rows = table.rows.filter { row in
                let name = InlineText.plain(row.cells.first ?? "").lowercased()
                return !["total", "overall", "sum", "weighted"].contains { name.hasPrefix($0) }
            }
            let cells = rows.map { $0.cells.dropFirst(column).first ?? "" }
            let values = cells.compactMap { $0.contains("%") ? ChecklistReader.number(in: $0) : nil }
            let sum = values.reduce(0, +)
            guard values.count == rows.count, values.count >= 3, (sum - 100).magnitude > 0.5, (50...150).contains(sum)
            else { return nil }
            return DocumentFinding(
                line: table.line, kind: "total", claimed: "weights in percent",
                seen: "they come to \(plain(sum)) %, not to 100")
        }
    }

    /// “All tests pass” ticked, beside `45 of 50 passing`.
    private static func passed(_ list: TeamChecklist) -> [DocumentFinding] {
        let short = list.statements.first { statement in
            let lower = statement.text.lowercased()
            guard lower.contains("test"), lower.contains("pass"), !lower.contains("phase"),
                let fraction = Fraction(statement.text)
            else { return false }
            return fraction.part < fraction.whole
        }
        guard let short else { return [] }
        return list.items.compactMap { item in
            let words = item.text.lowercased().split { !$0.isLetter }.map(String.init)
            guard item.tick == .done, words.first == "all", words.contains("tests"),
                words.contains(where: { $0.hasPrefix("pass") }), words.count <= 8
            else { return nil }
            return DocumentFinding(
                line: item.line, kind: "count", claimed: "“\(item.text)” is done",
                seen: "line \(short.line): \(short.text)")
        }
    }

    // MARK: Dates

    /// An end before its start, line by line; and what was done after the document was “last updated”.
    static func spans(_ list: TeamChecklist) -> [DocumentFinding] {
        var findings: [DocumentFinding] = []
        var starts: [Int: (day: CalendarDay, line: Int)] = [:]
        var updated: (day: CalendarDay, statement: ChecklistStatement)?
        for statement in list.statements {
            let lower = statement.text.lowercased()
            guard let day = days(in: statement.text).first, days(in: statement.text).count == 1 else { continue }
            let section = statement.section ?? -1
            if lower.hasPrefix("last updated"), updated == nil { updated = (day, statement) }
            if ["start date:", "started:", "start:"].contains(where: lower.hasPrefix) {
                starts[section] = (day, statement.line)
            } else if ["end date:", "ended:", "end:", "completed:", "finish date:", "finished:", "completion date:"]
                .contains(where: lower.hasPrefix), let start = starts[section], day < start.day
            {
                findings.append(
                    DocumentFinding(
                        line: statement.line, kind: "date", claimed: statement.text,
                        seen: "line \(start.line) starts it on \(start.day)"))
            }
        }
        guard let updated else { return findings }
        let later = list.items.first { item in
            let lower = item.text.lowercased()
            return item.tick == .done && days(in: item.text).count == 1
                && ["done", "completed", "passed", "finished", "signed", "approved"].contains(where: lower.contains)
                && days(in: item.text).allSatisfy { $0 > updated.day }
        }
        if let later, let day = days(in: later.text).first {
            findings.append(
                DocumentFinding(
                    line: updated.statement.line, kind: "date", claimed: updated.statement.text,
                    seen: "line \(later.line) tells what was done on \(day)"))
        }
        return findings
    }
}
