/// `docs/events.md`, written from the registry.
public enum EventReference {
    public static func markdown(_ kinds: [EventKind] = EventRegistry.all) -> String {
        var text = """
            # Events

            Written by `seaworthy audit kinds --format markdown > docs/events.md` from the one registry; a test fails when it is stale.

            Every event has a severity, may carry only the fields named here (none of them personal; people stand in the trail as
            pseudonyms), and is kept at least as long as it says. *audit*: a row of the audit trail. *webhook*: delivered to webhooks
            that don't name their own kinds. *planned*: the capability that will tell it isn't there yet, so no row of this kind is written.

            | event | what happened | severity | audit | webhook | days | fields |
            |---|---|---|---|---|---|---|

            """
        for kind in kinds {
            let fields = kind.fields.map { "`\($0.name)`" }.joined(separator: ", ")
            let plan = EventRegistry.planned.contains(kind.id) ? " *planned*" : ""
            text +=
                "| `\(kind.id)` | \(kind.title)\(plan) | \(kind.severity.rawValue) | \(kind.isAudited ? "yes" : "–") | "
            text += "\(kind.isDelivered ? "yes" : "–") | \(kind.isAudited ? "\(kind.retentionDays)" : "–") | "
            text += "\(fields.isEmpty ? "–" : fields) |\n"
        }
        text += """

            ## From a stage's reason to its event

            A refusal's `reason` (in the log, the metric and the problem document) belongs to one event: its own entry where it has
            one, else that of its area, the word before the first point.

            | reason or area | event |
            |---|---|

            """
        for kind in kinds {
            for reason in kind.reasons { text += "| `\(reason.rawValue)` | `\(kind.id)` |\n" }
            for area in kind.areas { text += "| `\(area).…` | `\(kind.id)` |\n" }
        }
        return text
    }
}
