/// `docs/checklists.md`: every item of the shipped checklists with what decides it, so that the page can't say something
/// else than the program.
public enum ChecklistDocument {
    public static func markdown() throws -> String {
        var lines = [
            "# The shipped checklists", "",
            "Written by `seaworthy checklist list --format markdown`; a test fails when this page is older than the "
                + "profiles.",
            "`seaworthy check URL --profile NAME` holds an app to one of them and prints its go/no-go table. What nobody could look",
            "at (no evidence, no signature) is *not seen*: it blocks where the item blocks, counts as lost in the total, and never passes.",
            "",
            "- A **check** looks at the running app ([checks.md](checks.md)); `seaworthy check --self-test --only ID` proves it.",
            "- A **figure** was measured elsewhere: imported, or written under `figures:` in `readiness.yaml` with its source.",
            "- A **score** is the share of what held in an area, by the weight of its checks.",
            "- A **signature** is somebody's word, under `attestations:` in `readiness.yaml`, with a role where one is asked for, and an end.",
            "",
            "How to declare levels, weights, criteria, figures, signatures and waivers of your own: "
                + "[capabilities/checklists.md](capabilities/checklists.md).",
        ]
        for name in ProfileCatalogue.names {
            guard let profile = try ProfileCatalogue.profile(name) else { continue }
            lines += section(profile)
        }
        lines += ["", "## Figures", "", "| figure | unit | what it counts |", "|---|---|---|"]
        for entry in FigureCatalogue.all {
            lines.append("| `\(entry.id)` | \(entry.unit ?? "") | \(entry.title) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One line per profile, for a terminal.
    public static func text() throws -> String {
        try ProfileCatalogue.names.compactMap { name -> String? in
            guard let profile = try ProfileCatalogue.profile(name) else { return nil }
            let stages = profile.stages.map(\.name).joined(separator: ", ")
            return "\(padded(name, 16))\(profile.criteria.count) items; \(stages)\n\(padded("", 16))\(profile.title)\n"
        }.joined()
    }

    private static func section(_ profile: Profile) -> [String] {
        let stages = profile.stages.map { stage in
            let areas = stage.areas.map { ", \($0.area) ≥ \($0.minimum)" }.joined()
            return "`\(stage.name)` (total ≥ \(stage.minimumScore)\(areas))"
        }
        var lines = [
            "", "## `\(profile.name)`", "",
            "\(profile.title). \(profile.criteria.count) items. Levels: \(stages.joined(separator: ", ")).",
        ]
        if !profile.weights.isEmpty {
            let shares = profile.groups.map { "\($0) \(profile.weight(of: $0))" }
            lines.append("Weights: \(shares.joined(separator: ", ")).")
        }
        if !profile.roles.isEmpty { lines.append("Signed by: \(profile.roles.joined(separator: ", ")).") }
        lines += ["", "| item | level | capability | decided by | required | test |", "|---|---|---|---|---|---|"]
        for group in profile.groups {
            lines.append("| **\(group)** | | | | | |")
            for criterion in profile.criteria where criterion.group == group { lines.append(row(criterion)) }
        }
        return lines
    }

    private static func row(_ criterion: Criterion) -> String {
        let controls = criterion.controls.map { "`\($0)`" }.joined(separator: ", ")
        let (decider, test) = cells(criterion.decider)
        return "| \(criterion.text) (`\(criterion.id)`) | \(criterion.level) | \(controls.isEmpty ? "–" : controls) | "
            + "\(decider) | \(criterion.required)\(criterion.isBlocker ? "" : " (doesn't block)") | \(test) |"
    }

    private static func cells(_ decider: Criterion.Decider) -> (decider: String, test: String) {
        switch decider {
        case .checks(let ids):
            let flaws = ids.compactMap { id in CheckCatalogue.sheets.first { $0.id == id }?.flaw }
            return (
                ids.map { "[`\($0)`](checks.md)" }.joined(separator: ", "),
                flaws.isEmpty ? "–" : "canary " + flaws.map { "`\($0)`" }.joined(separator: ", ")
            )
        case .figure(let condition): return ("figure `\(condition.figure)`", "`CriteriaTests`")
        case .score(let condition): return ("score of \(condition.area)", "`CriteriaTests`")
        case .signature: return ("signature", "`CriteriaTests`")
        }
    }
}
