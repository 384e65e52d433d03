/// Which column of a table means what.
struct TableShape {
    enum Column { case item, group, required, actual, status, weight, role, signature, other }
    let columns: [Column]

    init(_ header: [String]) {
        var found = header.map(Self.column)
        // “Area” or “Category” names the row only where no column beside it says what is to be done.
        if !found.contains(.item) { found = found.map { $0 == .group ? .item : $0 } }
        if found.contains(.signature), found.contains(.role) {
            found = found.map { $0 == .role ? .item : $0 == .item ? .other : $0 }
        } else if !found.contains(.item) {
            // The first column that means nothing else names the row; a number before it doesn't.
            let place = header.enumerated().first { entry in
                found.dropFirst(entry.offset).first == .other && entry.element != "#" && !entry.element.isEmpty
            }
            if let place {
                found = found.enumerated().map { $0.offset == place.offset ? .item : $0.element }
            } else if found.contains(.role) {
                found = found.map { $0 == .role ? .item : $0 }
            }
        }
        columns = found
    }

    /// A table is part of a checklist when it says how things stand.
    private var isChecklist: Bool {
        columns.contains(.status) || (columns.contains(.required) && columns.contains(.actual)) || isForSigning
            || (columns.contains(.weight) && columns.contains(.required))
    }

    private var isForSigning: Bool { columns.contains(.signature) }

    func item(_ cells: [String], line: Int) -> ChecklistItem? {
        func cell(_ kind: Column) -> String? {
            zip(columns, cells).first { $0.0 == kind && !$0.1.isEmpty }.map { String($0.1.prefix(300)) }
        }
        var tick = cell(.status).flatMap { Tick(cell: $0) ?? Self.boxed($0) }
        guard var text = cell(.item) ?? cell(.group) else { return nil }
        var rest = Substring(text)
        let box = ChecklistReader.box(&rest)
        tick = box ?? tick
        guard isChecklist || box != nil else { return nil }
        text = InlineText.plain(rest)
        guard text.unicodeScalars.contains(where: \.properties.isAlphabetic) else { return nil }
        let lower = text.lowercased()
        // Totals are figures about the rows, not rows.
        if lower.hasPrefix("total") || lower.hasPrefix("overall") || lower.hasPrefix("sum") { return nil }
        var item = ChecklistItem(line: line, text: text, tick: tick)
        item.required = cell(.required).map(InlineText.plain)
        item.actual = cell(.actual).map(InlineText.plain)
        item.weight = cell(.weight).flatMap { ChecklistReader.number(in: $0) }
        if isForSigning { item.role = text }
        return item
    }

    private static func boxed(_ cell: String) -> Tick? {
        var rest = Substring(cell)
        return ChecklistReader.box(&rest)
    }

    private static func column(_ title: String) -> Column {
        let words = InlineText.plain(title).lowercased().split { !$0.isLetter && $0 != "%" }.map(String.init)
        guard let first = words.first else { return .other }
        func any(_ list: [String]) -> Bool { words.contains { list.contains($0) } }
        if any(["status", "state", "done", "complete", "completed", "passed", "result", "verified", "checked"]) {
            return .status
        }
        if any(["required", "requirement", "target", "threshold", "expected", "goal", "minimum"]), words.count <= 3 {
            return words.contains("requirement") && words.count == 1 ? .item : .required
        }
        if any(["actual", "current", "measured", "achieved", "value", "score"]) { return .actual }
        if any(["weight", "weighting"]) { return .weight }
        if any(["signature", "signed", "sign"]) { return .signature }
        if any(["role", "owner", "responsible", "assignee", "approver"]) { return .role }
        let names = [
            "item", "check", "task", "criterion", "criteria", "control", "feature", "component", "metric", "test",
            "requirement", "step", "activity", "description", "header", "gate",
        ]
        if names.contains(first) || any(["item", "criterion", "task"]) { return .item }
        return ["area", "category"].contains(first) ? .group : .other
    }
}
