extension ChecklistImport {
    /// A section for `readiness.yaml`, to be reviewed: every item with what decides it and why, and as comments what
    /// nothing decides. A suggestion is a criterion in comments, to be taken in by hand.
    public func yaml() -> String {
        var lines = [
            "# From \(visible(file, limit: 120)) (\(items.count) items), by `seaworthy checklist import`. Read it before you rely on it:",
            "# a check or figure decides alone; what is signed waits for somebody under `attestations:`.",
        ]
        if items.contains(where: { $0.suggestion != nil }) {
            lines.append("# `maybe` is a guess: take the `# ` away from the lines under it if it is right.")
        }
        lines.append(items.contains { $0.kind != "not mapped" } ? "criteria:" : "criteria: []")
        for item in items {
            if item.kind != "not mapped" {
                let why = "\(item.reason), \(Self.percent(item))"
                lines += criterion(item, decider(item.kind, item.targets), remark: why).map { "  \($0)" }
            } else if let suggestion = item.suggestion {
                lines.append("  # not mapped, line \(item.line); maybe, for “\(suggestion.words)”:")
                lines += criterion(item, decider(suggestion.kind, suggestion.targets)).map { "  # \($0)" }
            } else {
                lines.append("  # not mapped, line \(item.line): \(visible(item.text, limit: 140))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func criterion(_ item: Item, _ decider: [String], remark: String? = nil) -> [String] {
        var lines = [
            "- id: \(item.id)" + (remark.map { "   # \(visible($0, limit: 120))" } ?? ""),
            "  text: \(Self.quoted(item.text))",
            "  group: \(Self.quoted(item.group))",
            "  source: \(Self.quoted("\(file):\(item.line)"))",
        ]
        switch item.tick {
        case .done: lines.append("  ticked: true")
        case .open, .failed, .partial: lines.append("  ticked: false")
        case nil: break
        }
        return lines + decider.map { "  \($0)" }
    }

    private func decider(_ kind: String, _ targets: [String]) -> [String] {
        switch kind {
        case "check": ["check: [\(targets.joined(separator: ", "))]"]
        case "figure": ["figure: \(Self.quoted(targets.first ?? ""))"]
        case "control": ["signature: anybody", "control: \(targets.first ?? "")"]
        default: ["signature: anybody"]
        }
    }

    private static func percent(_ item: Item) -> String { "\(Int((item.confidence * 100).rounded())) %" }

    /// A YAML double-quoted scalar; what could end it or steer a terminal is escaped or already written out.
    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in visible(text, limit: 300).unicodeScalars {
            if scalar == "\"" || scalar == "\\" { out += "\\" }
            out.unicodeScalars.append(scalar)
        }
        return out + "\""
    }

    /// For a terminal: how each item is decided, and where the document contradicts itself.
    public func report(width: Int = 80, colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines = wrapped("\(file): \(items.count) item\(items.count == 1 ? "" : "s"), \(encoding)", width: width)
            .map(ink.bold)
        if isCut { lines.append(ink.yellow("Only the first \(items.count) items were read.")) }
        let kinds = [
            ("check", "decided by checks"), ("figure", "decided by figures"),
            ("control", "signed, with a capability to look at"), ("person", "signed"), ("not mapped", "not mapped"),
        ]
        for (kind, title) in kinds {
            let own = items.filter { $0.kind == kind }
            guard !own.isEmpty else { continue }
            lines += ["", ink.bold("\(own.count) \(title)")]
            if kind == "not mapped", own.contains(where: { $0.suggestion != nil }) {
                let hint =
                    "`maybe` is a guess that decides nothing. If it is right, say so in readiness.yaml: `--format yaml` has it in comments."
                lines += wrapped(hint, width: width).map(ink.dim)
            }
            for item in own { lines += row(item, width, ink) }
        }
        lines += [
            "",
            ink.bold("\(contradictions.count) contradiction\(contradictions.count == 1 ? "" : "s") in the document"),
        ]
        for finding in contradictions {
            lines += wrapped("\(file):\(finding.line): \(finding.claimed)", width: width, indent: "  ").map(ink.red)
            lines += wrapped(finding.seen, width: width, indent: "      ")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ item: Item, _ width: Int, _ ink: Ink) -> [String] {
        let tick =
            switch item.tick {
            case .done: "[x]"
            case .failed: "[!]"
            case .partial: "[~]"
            case .open: "[ ]"
            case nil: "   "
            }
        var lines = wrapped("\(tick) \(item.line): \(item.text)", width: width, indent: "  ")
        guard item.kind != "not mapped" else {
            guard let suggestion = item.suggestion else { return lines }
            let maybe = "maybe \(suggestion.targets.joined(separator: ", ")) (“\(suggestion.words)”)"
            lines += wrapped(maybe, width: width, indent: "      ").map(ink.dim)
            return lines
        }
        let targets = item.targets.isEmpty ? "" : "→ \(item.targets.joined(separator: ", ")) · "
        let why = "\(targets)\(item.reason) · \(Self.percent(item))"
        lines += wrapped(why, width: width, indent: "      ").map(ink.dim)
        return lines
    }
}
