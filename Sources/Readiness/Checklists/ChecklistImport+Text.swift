extension ChecklistImport {
    /// A section for `readiness.yaml`, to be reviewed: every item with what decides it and why, and as comments what
    /// nothing decides.
    public func yaml() -> String {
        var lines = [
            "# From \(visible(file, limit: 120)) (\(items.count) items), by `seaworthy checklist import`. Read it before you rely on it:",
            "# a check or figure decides alone; what is signed waits for somebody under `attestations:`.",
            "criteria:",
        ]
        var isEmpty = true
        for item in items {
            let confidence = "\(Int((item.confidence * 100).rounded())) %"
            guard item.kind != "not mapped" else {
                lines.append("  # not mapped, line \(item.line): \(visible(item.text, limit: 140))")
                continue
            }
            isEmpty = false
            let why = "\(item.reason), \(confidence)"
            lines.append("  - id: \(item.id)   # \(visible(why, limit: 120))")
            lines.append("    text: \(Self.quoted(item.text))")
            lines.append("    group: \(Self.quoted(item.group))")
            lines.append("    source: \(Self.quoted("\(file):\(item.line)"))")
            switch item.tick {
            case .done: lines.append("    ticked: true")
            case .open, .failed, .partial: lines.append("    ticked: false")
            case nil: break
            }
            lines.append("    \(decider(item))")
        }
        if isEmpty { lines[2] = "criteria: []" }
        return lines.joined(separator: "\n") + "\n"
    }

    private func decider(_ item: Item) -> String {
        switch item.kind {
        case "check": "check: [\(item.targets.joined(separator: ", "))]"
        case "figure": "figure: \(Self.quoted(item.targets.first ?? ""))"
        case "control": "signature: anybody\n    control: \(item.targets.first ?? "")"
        default: "signature: anybody"
        }
    }

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
        guard item.kind != "not mapped" else { return lines }
        let targets = item.targets.isEmpty ? "" : "→ \(item.targets.joined(separator: ", ")) · "
        let why = "\(targets)\(item.reason) · \(Int((item.confidence * 100).rounded())) %"
        lines += wrapped(why, width: width, indent: "      ").map(ink.dim)
        return lines
    }
}
