/// Verdicts, scores and parts that the document itself doesn't bear out.
extension ChecklistContradictions {
    // MARK: GO beside what is open

    /// GO, while something that is called critical is open, or most of the list.
    static func verdict(_ list: TeamChecklist) -> [DocumentFinding] {
        let unmet = list.items.filter { $0.tick == .open || $0.tick == .failed }
        let critical = unmet.filter { isCritical($0, list) }
        let marked = list.items.count { $0.tick != nil }
        let isMostlyOpen = marked >= 10 && unmet.count * 2 > marked
        guard let worst = critical.first ?? (isMostlyOpen ? unmet.first : nil) else { return [] }
        let seen =
            critical.isEmpty
            ? "\(unmet.count) of \(marked) items are open, line \(worst.line) first"
            : "\(critical.count) \(critical.count == 1 ? "item that is" : "items that are") critical or a blocker "
                + "\(critical.count == 1 ? "is" : "are") open, line \(worst.line) first"
        return verdicts(list).map { line, text in
            DocumentFinding(line: line, kind: "status", claimed: text, seen: seen)
        }
    }

    private static func isCritical(_ item: ChecklistItem, _ list: TeamChecklist) -> Bool {
        let lower = item.text.lowercased()
        if lower.contains("optional") { return false }
        let words = Set(item.text.split { !$0.isLetter }.map(String.init))
        if !words.isDisjoint(with: ["CRITICAL", "Critical", "BLOCKER", "Blocker"]) || lower.contains("required)") {
            return true
        }
        // In small letters it is often a word of the sentence; in brackets it is a mark.
        if ["(critical", "[critical", "(blocker", "[blocker", "(blocking"].contains(where: lower.contains) {
            return true
        }
        return list.headings(of: item).contains { title in
            let words = title.lowercased().split { !$0.isLetter }.map(String.init)
            let plain = words.joined(separator: " ")
            return ["blockers", "critical blockers", "launch blockers", "open blockers"].contains(plain)
                || words.first == "critical" && !words.contains("success") && !words.contains("path")
        }
    }

    private static let goes = [
        "go for launch", "ready for launch", "ready to launch", "ready for production", "production ready",
        "approved for launch", "approved for production", "go live approved", "launch approved",
    ]
    /// What makes a verdict one with a condition, or for less than a launch.
    private static let conditions: Set = [
        "no", "not", "if", "when", "after", "until", "once", "with", "soft", "beta", "pilot", "pending", "almost",
        "nearly", "mostly", "conditional", "before", "partially", "testing", "should", "will",
    ]
    private static let labels: Set = [
        "status", "system status", "current status", "overall status", "launch status", "decision", "verdict",
        "final verdict", "recommendation", "conclusion", "launch decision", "result", "go no go",
    ]

    /// Lines that say GO without any condition.
    private static func verdicts(_ list: TeamChecklist) -> [(line: Int, text: String)] {
        var found: [Int: String] = [:]
        for statement in list.statements where isGo(statement.text) || isLabelledGo(statement.text) {
            found[statement.line] = statement.text
        }
        for (index, section) in list.sections.enumerated() {
            // `## Ready for launch` is a heading over items; with a mark, and none below it, it is said of the whole.
            guard section.title.unicodeScalars.contains(where: { Tick(mark: $0) == .done }), isGoing(section.title),
                !list.items.contains(where: { $0.section == index && $0.tick != .done })
            else { continue }
            found[section.line] = section.title
        }
        for item in list.items where item.tick == .done && item.mark == nil && item.parent == nil {
            if isGoing(item.text), item.text == item.text.uppercased() { found[item.line] = item.text }
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func isGo(_ text: String) -> Bool {
        let words = text.split { !$0.isLetter && $0 != "-" }.map(String.init)
        let isGo =
            words.first == "GO"
            || words.count <= 6 && words.last == "GO" && words.count >= 2 && text.contains(":")
        return isGo && !words.contains("NO-GO") && !words.contains("GO-NO-GO")
            && conditions.isDisjoint(with: words.map { $0.lowercased() })
    }

    private static func isLabelledGo(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        let label = text[..<colon].lowercased().split { !$0.isLetter }.joined(separator: " ")
        return labels.contains(label) && isGoing(String(text[text.index(after: colon)...]))
    }

    private static func isGoing(_ text: String) -> Bool {
        let words = text.lowercased().split { !$0.isLetter }.map(String.init)
        // `98 % production ready` is no verdict.
        guard words.count <= 6, conditions.isDisjoint(with: words), percent(text) ?? 100 == 100 else { return false }
        let plain = words.joined(separator: " ")
        return goes.contains { plain.hasPrefix($0) }
    }

    // MARK: Parts and scores

    /// `Features (100%)` over `Tests - 85%`.
    static func parts(_ list: TeamChecklist) -> [DocumentFinding] {
        let others = [
            "coverage", "target", "goal", "→", ">", "≥", "<", "≤", "uptime", "discount", "traffic", "rollout",
        ]
        func share(_ section: ChecklistSection) -> Double? {
            let lower = section.title.lowercased()
            return others.contains(where: lower.contains) ? nil : percent(lower)
        }
        var least: [Int: (share: Double, line: Int)] = [:]
        for section in list.sections {
            guard let parent = section.parent, let own = share(section), own < 100 else { continue }
            if own < least[parent]?.share ?? 100 { least[parent] = (own, section.line) }
        }
        return least.sorted { $0.key < $1.key }.compactMap { index, part in
            guard let section = list.sections.dropFirst(index).first, share(section) == 100 else { return nil }
            return DocumentFinding(
                line: section.line, kind: "percentage", claimed: section.title,
                seen: "line \(part.line), a part of it, says \(plain(part.share)) %")
        }
    }

    /// `Overall: 100/100` over rows of which one has 85/100: no weights give that.
    static func scores(_ list: TeamChecklist) -> [DocumentFinding] {
        list.statements.compactMap { statement in
            let lower = statement.text.lowercased()
            guard lower.hasPrefix("overall") || lower.hasPrefix("total"), let stated = Fraction(statement.text),
                stated.whole == 100 || stated.whole == 10
            else { return nil }
            for table in list.tables where table.section == statement.section && table.rows.count >= 2 {
                for column in table.header.indices.dropFirst() {
                    let values = table.rows.compactMap { row -> Double? in
                        guard let cell = row.cells.dropFirst(column).first, let mark = Fraction(InlineText.plain(cell)),
                            mark.whole == stated.whole
                        else { return nil }
                        return mark.part
                    }
                    guard values.count == table.rows.count, let least = values.min(), let most = values.max(),
                        stated.part > most || stated.part < least
                            || stated.part == stated.whole && least < stated.whole
                    else { continue }
                    return DocumentFinding(
                        line: statement.line, kind: "total", claimed: statement.text,
                        seen: "its \(values.count) rows have \(plain(least)) to \(plain(most))")
                }
            }
            return nil
        }
    }

    // MARK: The same thing twice

    /// What has a number of its own (`Global search (SRCH-01)`): done in one place, open in another.
    static func names(_ list: TeamChecklist) -> [DocumentFinding] {
        var done: [String: ChecklistItem] = [:]
        var unmet: [String: ChecklistItem] = [:]
        for item in list.items {
            guard let tick = item.tick, let first = item.text.lowercased().split(whereSeparator: { $0 == " " }).first
            else { continue }
            for code in codes(item.text) {
                let key = "\(code) \(first)"
                if tick == .done { done[key] = item } else if tick != .partial { unmet[key] = item }
            }
        }
        return unmet.compactMap { key, item in
            guard let other = done[key] else { return nil }
            let code = key.split(separator: " ").first.map(String.init) ?? ""
            return DocumentFinding(
                line: item.line, kind: "status", claimed: "“\(String(item.text.prefix(120)))” is open",
                seen: "line \(other.line) says that \(code) is done")
        }
    }

    /// Names of standards and algorithms that look like numbers of issues.
    private static let standards: Set = [
        "SHA", "AES", "ISO", "UTF", "RSA", "TLS", "GPT", "WCAG", "SOC", "RFC", "CVE", "CWE", "PCI", "FIPS", "NIST",
        "HTTP", "PKCE", "BIP", "ERC", "EIP", "IPV", "ES", "RS", "HS", "EU", "ASVS", "OWASP", "MD", "UTC", "GMT",
    ]

    /// `SRCH-01` and `MOD-Reports-13`, each once.
    private static func codes(_ text: String) -> Set<String> {
        Set(
            text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }.map(String.init).filter { word in
                let parts = word.split(separator: "-", omittingEmptySubsequences: false)
                guard (2...3).contains(parts.count), let head = parts.first, let number = parts.last else {
                    return false
                }
                return (2...6).contains(head.count) && head.allSatisfy(\.isUppercase)
                    && (2...5).contains(number.count) && number.allSatisfy(\.isNumber)
                    && !standards.contains(String(head))
            })
    }
}
