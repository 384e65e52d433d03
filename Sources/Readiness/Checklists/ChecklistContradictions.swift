// Reason for length: one rule per kind of contradiction, all over the same document.
/// Where a checklist contradicts itself: totals, percentages, statuses, dates, counts.
enum ChecklistContradictions {
    static let most = 500

    static func find(_ list: TeamChecklist, today: CalendarDay) -> [DocumentFinding] {
        var findings: [DocumentFinding] = []
        findings += ticks(list)
        findings += rows(list)
        findings += sections(list)
        findings += phases(list)
        findings += fractions(list)
        findings += overall(list)
        findings += totals(list)
        findings += counts(list)
        findings += verdict(list)
        findings += parts(list)
        findings += scores(list)
        findings += names(list)
        findings += spans(list)
        findings += dates(list, today)
        findings += repeated(list)
        var seen: Set<String> = []
        let distinct = findings.filter { seen.insert("\($0.line) \($0.kind)").inserted }
        return Array(distinct.sorted { $0.line < $1.line }.prefix(most))
    }

    // MARK: Items

    /// One item with two marks, or ticked while its own parts aren't.
    private static func ticks(_ list: TeamChecklist) -> [DocumentFinding] {
        var findings: [DocumentFinding] = []
        var openParts: [Int: Int] = [:]
        let choices = choices(list)
        for item in list.items {
            if item.hasTwoTicks, !(item.tick == .open && choices.contains(item.section ?? -1)) {
                findings.append(
                    DocumentFinding(
                        line: item.line, kind: "status", claimed: item.text,
                        seen: "two marks in one line say different things"))
            }
            if let parent = item.parent, item.tick == .open || item.tick == .failed {
                openParts[parent, default: 0] += 1
            }
        }
        for (index, count) in openParts.sorted(by: { $0.key < $1.key }) {
            guard let item = list.items.dropFirst(index).first, item.tick == .done else { continue }
            findings.append(
                DocumentFinding(
                    line: item.line, kind: "status", claimed: "“\(item.text)” is done",
                    seen: "\(count) of its own parts \(count == 1 ? "is" : "are") not"))
        }
        return findings
    }

    /// Sections with several empty boxes before marks of different kinds: `[ ] ✅ Approved`, `[ ] ❌ Rejected` are a choice.
    private static func choices(_ list: TeamChecklist) -> Set<Int> {
        var sections: [Int: (marked: Bool, unlike: Bool)] = [:]
        for item in list.items where item.tick == .open {
            guard let mark = item.mark else { continue }
            var seen = sections[item.section ?? -1] ?? (false, false)
            if mark == .done { seen.marked = true } else { seen.unlike = true }
            sections[item.section ?? -1] = seen
        }
        return Set(sections.filter { $0.value.marked && $0.value.unlike }.keys)
    }

    /// Rows whose figure is on the wrong side of what is required.
    private static func rows(_ list: TeamChecklist) -> [DocumentFinding] {
        list.items.compactMap { item in
            guard let required = item.required, let actual = item.actual, let tick = item.tick,
                let bound = ChecklistReader.number(in: required), let value = ChecklistReader.number(in: actual),
                let relation = relation(required), unit(required) == unit(actual)
            else { return nil }
            let holds = relation == "<" ? value <= bound : value >= bound
            guard holds != (tick == .done), tick == .done || (tick == .failed && holds) else { return nil }
            return DocumentFinding(
                line: item.line, kind: "status",
                claimed: "“\(item.text)” is \(tick == .done ? "met" : "not met")",
                seen: "required \(required), actual \(actual)")
        }
    }

    private static func relation(_ text: String) -> String? {
        let lower = text.lowercased()
        if ["<", "≤", "under", "at most", "less", "max", "below"].contains(where: lower.contains) { return "<" }
        if [">", "≥", "+", "at least", "min", "over", "more"].contains(where: lower.contains) { return ">" }
        // A bare percentage is a least value.
        return lower.contains("%") ? ">" : nil
    }

    /// What stands behind the first number.
    private static func unit(_ text: String) -> String {
        let after = text.drop { !$0.isNumber }.drop { $0.isNumber || $0 == "." || $0 == "," || $0 == " " }
        return after.prefix { $0.isLetter || $0 == "%" }.lowercased()
    }

    // MARK: Sections

    /// A section that says it is complete, with items that aren't; or a count that its items don't come to.
    private static func sections(_ list: TeamChecklist) -> [DocumentFinding] {
        let tallies = tallies(list)
        var findings: [DocumentFinding] = []
        // Marks on every heading of a list that nobody has begun are decoration.
        let marked = list.sections.indices.filter { list.sections[$0].tick == .done }.compactMap { tallies[$0] }
        let isDecorated = marked.count >= 3 && marked.allSatisfy { $0.done == 0 }
        for (index, section) in list.sections.enumerated() {
            guard let tally = tallies[index] else { continue }
            let lower = section.title.lowercased()
            // `(30% → 100%)` is what is wanted.
            let isWanted = ["→", "->", "=>", "target", "goal", "aim"].contains(where: lower.contains)
            let isWhole =
                section.tick == .done && !isDecorated
                || !isWanted && (lower.contains("100%") || lower.contains("100 %"))
            if isWhole, tally.open > 0 {
                findings.append(
                    DocumentFinding(
                        line: section.line, kind: "status", claimed: "“\(section.title)” is complete",
                        seen: "\(tally.open) of its \(tally.all) items \(tally.open == 1 ? "is" : "are") not"))
            }
        }
        for statement in list.statements {
            guard let claim = wholeClaim(statement.text) else { continue }
            let tally = statement.section.flatMap { tallies[$0] } ?? whole(list)
            guard tally.open > 0, list.sections.dropFirst(statement.section ?? 0).first?.line != statement.line else {
                continue
            }
            findings.append(
                DocumentFinding(
                    line: statement.line, kind: "completion", claimed: claim,
                    seen: "\(tally.open) of the \(tally.all) items there \(tally.open == 1 ? "is" : "are") not done"))
        }
        return findings
    }

    private struct Tally {
        var all = 0
        var open = 0
        var done = 0
    }

    /// By section, those inside it included.
    private static func tallies(_ list: TeamChecklist) -> [Int: Tally] {
        var own: [Int: Tally] = [:]
        for item in list.items {
            guard let section = item.section, let tick = item.tick else { continue }
            own[section, default: Tally()].all += 1
            if tick == .done { own[section, default: Tally()].done += 1 }
            if tick == .open || tick == .failed { own[section, default: Tally()].open += 1 }
        }
        var whole = own
        // Children stand after their parents, so that one pass from the end adds each up.
        for index in list.sections.indices.reversed() {
            guard let tally = whole[index], let parent = list.sections[index].parent else { continue }
            whole[parent, default: Tally()].all += tally.all
            whole[parent, default: Tally()].open += tally.open
            whole[parent, default: Tally()].done += tally.done
        }
        return whole
    }

    private static func whole(_ list: TeamChecklist) -> Tally {
        list.items.reduce(into: Tally()) { tally, item in
            guard let tick = item.tick else { return }
            tally.all += 1
            if tick == .done { tally.done += 1 }
            if tick == .open || tick == .failed { tally.open += 1 }
        }
    }

    /// `Status: Complete`, `Progress: 100%`, `100% complete`; nil for anything else.
    private static func wholeClaim(_ text: String) -> String? {
        let lower = text.lowercased()
        guard text.count < 120, !lower.contains("target"), !lower.contains("goal"), !lower.contains("must") else {
            return nil
        }
        let isComplete =
            lower.contains("100% complete") || lower.contains("100 % complete") || lower.contains("fully complete")
        let isProgress =
            (lower.hasPrefix("progress") || lower.hasPrefix("overall") || lower.hasPrefix("completion"))
            && (lower.contains(" 100%") || lower.contains(" 100 %"))
        let words = ["status: complete", "status: completed", "status: done", "status: ✅ complete"]
        let isStatus = words.contains { lower == $0 || lower.hasPrefix($0 + " ") }
        return isComplete || isProgress || isStatus ? text : nil
    }

    /// `Phases completed: 0` beside phases that say they are complete, and the other way round.
    private static func phases(_ list: TeamChecklist) -> [DocumentFinding] {
        for noun in ["phase", "milestone", "sprint", "stage", "step"] {
            let complete = list.sections.filter { section in
                let lower = section.title.lowercased()
                return lower.hasPrefix(noun)
                    && (section.tick == .done || lower.contains("100%") || lower.contains("100 %")
                        || lower.contains("complete"))
                    && !lower.contains("incomplete") && !lower.contains("not complete")
            }
            let stated = list.statements.filter { statement in
                let lower = statement.text.lowercased()
                return lower.hasPrefix(noun)
                    && (lower.contains("100%") || lower.contains("100 %")) && lower.contains("complete")
            }
            var lines = Set(complete.map(\.line))
            lines.formUnion(stated.map(\.line))
            for statement in list.statements {
                let lower = statement.text.lowercased()
                guard lower.contains("\(noun)s completed") || lower.contains("completed \(noun)s"), !lines.isEmpty,
                    let number = lower.split(separator: ":").dropFirst().first.flatMap({
                        ChecklistReader.number(in: $0)
                    })
                else { continue }
                let all = list.sections.filter { $0.title.lowercased().hasPrefix(noun) }
                // More than are called complete is a contradiction only where every one is in the document.
                guard
                    number < Double(lines.count)
                        || number > Double(lines.count) && complete.count == lines.count && all.count >= 2
                            && Double(all.count) >= number && all.count > complete.count
                else { continue }
                let places = lines.sorted().prefix(5).map { "\($0)" }.joined(separator: ", ")
                return [
                    DocumentFinding(
                        line: statement.line, kind: "completion", claimed: statement.text,
                        seen: "\(lines.count) \(noun)s are called complete, in line \(places)")
                ]
            }
        }
        return []
    }

    // MARK: Figures

    /// `45/50 (80%)`: a share that isn't the quotient; and a count of done items that isn't theirs.
    private static func fractions(_ list: TeamChecklist) -> [DocumentFinding] {
        let tallies = tallies(list)
        var findings: [DocumentFinding] = []
        for statement in list.statements {
            guard let fraction = Fraction(statement.text) else { continue }
            let share = fraction.part / fraction.whole * 100
            if let percent = fraction.percent, (percent - share).magnitude > 1 {
                findings.append(
                    DocumentFinding(
                        line: statement.line, kind: "percentage", claimed: statement.text,
                        seen: "\(plain(fraction.part)) of \(plain(fraction.whole)) is \(plain(share.rounded())) %"))
            }
            let lower = statement.text.lowercased()
            guard lower.contains("complete") || lower.contains("done") || lower.contains("items"),
                !lower.contains("phase"), !lower.contains("test"),
                let tally = statement.section.flatMap({ tallies[$0] }), Double(tally.all) == fraction.whole,
                Double(tally.done) != fraction.part
            else { continue }
            findings.append(
                DocumentFinding(
                    line: statement.line, kind: "count", claimed: statement.text,
                    seen: "\(tally.done) of the \(tally.all) items there are ticked"))
        }
        return findings
    }

    struct Fraction {
        var part: Double
        var whole: Double
        var percent: Double?

        /// `3/4`, `3 of 4`, with or without `(75%)`; nil when there is no such thing, or more than one.
        init?(_ text: String) {
            let spaced = text.lowercased().replacing("/", with: " / ").replacing("(", with: " ( ")
                .replacing(")", with: " ) ").replacing("%", with: " % ").replacing(" out of ", with: " / ")
                .replacing(" of ", with: " / ")
            let words = spaced.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "|" }).map(String.init)
            var found: [(Double, Double)] = []
            var percents: [Double] = []
            for (index, word) in words.enumerated() {
                if word == "%", index > 0, let value = Double(words[index - 1]) { percents.append(value) }
                guard word == "/", index > 0, index + 1 < words.count, let part = Double(words[index - 1]),
                    let whole = Double(words[index + 1])
                else { continue }
                // A date or a path has one more.
                if index + 2 < words.count, words[index + 2] == "/" { return nil }
                found.append((part, whole))
            }
            guard found.count == 1, let only = found.first, only.1 > 0, only.0 <= only.1, only.1 < 1_000_000,
                percents.count <= 1, !(only.1 == 10 || only.1 == 100) || percents.isEmpty
            else { return nil }
            part = only.0
            whole = only.1
            percent = percents.first
        }
    }

    /// Rows called total that their columns don't come to, weighted totals too.
    private static func totals(_ list: TeamChecklist) -> [DocumentFinding] {
        list.tables.flatMap { table -> [DocumentFinding] in
            guard
                let total = table.rows.last(where: { row in
                    let name = InlineText.plain(row.cells.first ?? "").lowercased()
                    return name.hasPrefix("total") || name.hasPrefix("overall") || name.hasPrefix("weighted total")
                        || name.hasPrefix("sum")
                })
            else { return [] }
            let rows = table.rows.filter { $0 != total }
            guard rows.count >= 2 else { return [] }
            return table.header.indices.dropFirst().compactMap { column in
                self.total(table, rows, total, column)
            }
        }
    }

    private static func total(
        _ table: ChecklistTable, _ rows: [ChecklistTable.Row], _ total: ChecklistTable.Row, _ column: Int
    ) -> DocumentFinding? {
        func number(_ row: ChecklistTable.Row, _ column: Int) -> Double? {
            guard row.cells.indices.contains(column) else { return nil }
            let cell = InlineText.plain(row.cells[column])
            // `45/50`, ranges, dates, and figures that are only about right are no single figure.
            guard !cell.contains("/"), !cell.contains("~"), !cell.contains("≈"), !cell.contains("–"),
                cell.split(separator: "-").count < 2
            else { return nil }
            return ChecklistReader.number(in: cell)
        }
        let values = rows.map { number($0, column) }
        guard let stated = number(total, column), values.allSatisfy({ $0 != nil }) else { return nil }
        let numbers = values.compactMap { $0 }
        let sum = numbers.reduce(0, +)
        let isShare = rows.contains { $0.cells[column].contains("%") }
        let title = table.header[column].lowercased()
        let weights = table.header.firstIndex { $0.lowercased().contains("weight") }
        var candidates = [sum]
        if isShare || title.contains("score") || title.contains("coverage") {
            candidates.append(sum / Double(numbers.count))
            if let weights, weights != column {
                let shares = rows.compactMap { number($0, weights) }
                let all = shares.reduce(0, +)
                if shares.count == numbers.count, all > 0 {
                    candidates = [zip(shares, numbers).map { $0 * $1 }.reduce(0, +) / all, sum]
                }
            } else if !title.contains("weight") {
                // A share of a total that isn't in the table can be anything between its rows.
                guard let least = numbers.min(), let most = numbers.max(), stated < least || stated > most else {
                    return nil
                }
            }
        }
        guard !candidates.contains(where: { ($0 - stated).magnitude <= max(1, stated.magnitude * 0.006) }) else {
            return nil
        }
        return DocumentFinding(
            line: total.line, kind: "total", claimed: "\(table.header[column]): \(plain(stated)) in all",
            seen: "its \(numbers.count) rows come to \(plain(((candidates.first ?? sum) * 10).rounded() / 10))")
    }

    // MARK: Dates and repetitions

    /// Done in the future, or ended before it began.
    private static func dates(_ list: TeamChecklist, _ today: CalendarDay) -> [DocumentFinding] {
        var findings: [DocumentFinding] = []
        let lines = list.statements.map { ($0.line, $0.text) } + list.items.map { ($0.line, $0.text) }
        for (line, text) in lines {
            let days = days(in: text)
            let lower = text.lowercased()
            let isDone = [
                "completed", "done on", "finished", "last updated", "verified on", "approved on", "signed on",
            ]
            .contains(where: lower.contains)
            let isPlan = ["target", "planned", "due", "expected", "estimate", "by ", "next"].contains(
                where: lower.contains)
            if isDone, !isPlan, let day = days.max(), day > today {
                findings.append(
                    DocumentFinding(
                        line: line, kind: "date", claimed: text, seen: "\(day) is still to come; today is \(today)"))
            }
            if days.count == 2, let first = days.first, let last = days.last, last < first,
                lower.contains("start"), lower.contains("end") || lower.contains("complete") || lower.contains("finish")
            {
                findings.append(
                    DocumentFinding(
                        line: line, kind: "date", claimed: text, seen: "it ends on \(last), before it starts"))
            }
        }
        return findings
    }

    static func days(in text: String) -> [CalendarDay] {
        text.split { !$0.isASCII || !($0.isNumber || $0 == "-") }.compactMap { CalendarDay(String($0)) }
    }

    /// The same item twice in one section, once done and once not.
    private static func repeated(_ list: TeamChecklist) -> [DocumentFinding] {
        var first: [String: ChecklistItem] = [:]
        var findings: [DocumentFinding] = []
        for item in list.items {
            guard let tick = item.tick, item.text.count >= 12 else { continue }
            let section = item.section.map { "\($0)" } ?? ""
            let key = "\(section) \(item.parent ?? -1) \(item.text.lowercased())"
            guard let other = first[key] else {
                first[key] = item
                continue
            }
            guard let before = other.tick, (before == .done) != (tick == .done) else { continue }
            findings.append(
                DocumentFinding(
                    line: item.line, kind: "status",
                    claimed: "“\(item.text)” is \(tick == .done ? "done" : "not done")",
                    seen: "line \(other.line) says that it is \(before == .done ? "done" : "not")"))
        }
        return findings
    }
}
