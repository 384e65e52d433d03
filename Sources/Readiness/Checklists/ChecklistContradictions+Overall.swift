/// What a document says of itself as a whole (`Status: 75% complete (9/12)`), held against its own items.
extension ChecklistContradictions {
    /// Words that open such a line.
    private static let openings = ["status", "progress", "overall", "completion", "complete", "completed", "done"]
    /// Words of lines that mean something else than how many items are done.
    private static let others = [
        "score", "weight", "readiness", "confidence", "coverage", "test", "phase", "target", "goal", "sprint", "risk",
    ]

    static func overall(_ list: TeamChecklist) -> [DocumentFinding] {
        let marked = list.items.filter { $0.tick != nil }
        guard marked.count >= 3 else { return [] }
        // What a person may have counted: everything, or what isn't a part of something else.
        let tallies = [marked, marked.filter { $0.parent == nil }].map { items in
            (
                all: items.count, done: items.count { $0.tick == .done },
                half: items.count { $0.tick == .partial }
            )
        }
        guard let whole = tallies.first else { return [] }
        return list.statements.compactMap { statement in
            let lower = statement.text.lowercased()
            guard isAboutAll(statement.section, list), statement.text.count < 120,
                openings.contains(where: lower.hasPrefix), !others.contains(where: lower.contains)
            else { return nil }
            let fraction = Fraction(statement.text)
            if let fraction {
                let counts = tallies.contains { tally in
                    Double(tally.all) == fraction.whole
                        && (Double(tally.done)...Double(tally.done + tally.half)).contains(fraction.part)
                }
                if counts { return nil }
            } else {
                // How ready something is needn't be how much of the list is ticked.
                guard let percent = percent(lower), percent < 100, !lower.contains("ready") else { return nil }
                let fits = tallies.contains { tally in
                    let (done, half) = (Double(tally.done), Double(tally.half))
                    // Halves may have been counted as nothing, as a half or as a whole.
                    return (done / Double(tally.all) * 100 - 2...(done + half) / Double(tally.all) * 100 + 2)
                        .contains(percent)
                }
                if fits { return nil }
            }
            let share = Int((Double(whole.done) / Double(whole.all) * 100).rounded())
            return DocumentFinding(
                line: statement.line, kind: fraction == nil ? "percentage" : "count", claimed: statement.text,
                seen: "\(whole.done) of its \(whole.all) items are ticked (\(share) %)")
        }
    }

    /// Whether a line stands over everything: before any section, or in the one that holds all others.
    static func isAboutAll(_ section: Int?, _ list: TeamChecklist) -> Bool {
        guard let section else { return true }
        return list.items.allSatisfy { item in
            var index = item.section
            for _ in 0..<8 {
                guard let own = index else { return false }
                if own == section { return true }
                index = list.sections.dropFirst(own).first?.parent
            }
            return false
        }
    }

    /// The one percentage of a line; nil where there is none or more.
    static func percent(_ text: String) -> Double? {
        let parts = text.split(separator: "%", omittingEmptySubsequences: false)
        guard parts.count == 2, let before = parts.first else { return nil }
        let digits = before.trimmed.reversed().prefix { $0.isNumber || $0 == "." }
        return Double(String(digits.reversed()))
    }
}
