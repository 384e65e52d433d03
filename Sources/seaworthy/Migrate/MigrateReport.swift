import Foundation
import Gateway
import Kernel

/// Steps and changes of the schema, for people (80 columns) and programs.
enum MigrateReport {
    static func text(_ steps: [SchemaStep], _ place: String) -> String {
        var text = "Schema of \(place.count > 69 ? "…" + place.suffix(68) : place[...])\n\n"
        for step in steps {
            let id = step.id.count < 40 ? step.id + String(repeating: " ", count: 40 - step.id.count) : step.id + " "
            if let at = step.appliedAt {
                text += "  \(id)\(at.iso8601.prefix(19).replacing("T", with: " "))  \(step.version ?? "")\n"
            } else {
                text += "  \(id)pending\n"
            }
        }
        let pending = steps.count { $0.appliedAt == nil }
        return text + (pending == 0 ? "\nUp to date.\n" : "\n\(pending) pending: seaworthy migrate up\n")
    }

    static func text(_ change: SchemaChange) -> String {
        guard !change.applied.isEmpty else { return "Up to date; nothing was changed.\n" }
        var text = ""
        if let backup = change.backup { text += "Copied to \(backup)\n" }
        if let reason = change.withoutBackup {
            text += "Without a copy: \(reason)\n".wrapped(width: 80, indent: 2) + "\n"
        }
        return text + change.applied.map { "Applied \($0)\n" }.joined()
    }

    static func json(_ steps: [SchemaStep]) throws -> String {
        struct Row: Encodable { let id, state: String, appliedAt, version: String? }
        return try ResultFormat.json(
            steps.map {
                Row(
                    id: $0.id, state: $0.appliedAt == nil ? "pending" : "applied", appliedAt: $0.appliedAt?.iso8601,
                    version: $0.version)
            })
    }

    static func json(_ change: SchemaChange) throws -> String {
        struct Document: Encodable { let applied: [String], backup, withoutBackup: String? }
        return try ResultFormat.json(
            Document(applied: change.applied, backup: change.backup, withoutBackup: change.withoutBackup))
    }
}
