/// What a checklist says of an item.
public enum Tick: String, Sendable, Codable {
    case done, open, failed, partial

    /// Out of marks such as ✅ ❌ ⚠️ ⏳, or words such as `Complete` and `in progress`; nil where nothing says anything.
    init?(cell: String) {
        for scalar in cell.unicodeScalars {
            if let mark = Tick(mark: scalar) {
                self = mark
                return
            }
        }
        let words = cell.lowercased().split { !$0.isLetter }.map(String.init)
        guard let first = words.first, words.count <= 4 else { return nil }
        let two = words.prefix(2).joined(separator: " ")
        if Self.notDone.contains(two) || Self.notDone.contains(first) {
            self = .open
        } else if Self.half.contains(two) || Self.half.contains(first) {
            self = .partial
        } else if Self.bad.contains(first) {
            self = .failed
        } else if Self.good.contains(first) {
            self = .done
        } else {
            return nil
        }
    }

    /// Whether a text is nothing but a word for how things stand.
    static func isWord(_ text: String) -> Bool {
        let plain = text.lowercased().split { !$0.isLetter }.joined(separator: " ")
        return good.contains(plain) || bad.contains(plain) || half.contains(plain) || notDone.contains(plain)
    }

    init?(mark: Unicode.Scalar) {
        switch mark {
        case "✅", "☑", "✔", "✓", "🟢", "☒", "👍": self = .done
        case "❌", "✗", "✘", "🔴", "✖", "🚫": self = .failed
        case "⚠", "🟡", "🟠", "⏳", "🚧", "🔄", "⌛", "⏸": self = .partial
        case "☐", "□", "⬜", "🔲", "◻", "▢", "❏", "❑": self = .open
        default: return nil
        }
    }

    private static let good: Set = [
        "done", "complete", "completed", "pass", "passed", "passing", "yes", "implemented", "ok", "ready", "met",
        "working", "fixed", "resolved", "approved", "verified", "enabled", "live", "finished", "achieved", "go",
    ]
    private static let bad: Set = [
        "fail", "failed", "failing", "missing", "broken", "no", "blocked", "blocker", "critical", "none", "unmet",
    ]
    private static let half: Set = [
        "in progress", "partial", "partially", "wip", "ongoing", "started", "warning", "needs work", "mostly",
    ]
    private static let notDone: Set = [
        "todo", "to do", "pending", "not started", "open", "not done", "not complete", "not completed",
        "not implemented", "planned", "tbd", "incomplete", "not met", "not ready", "no go", "not passed", "not tested",
    ]
}
