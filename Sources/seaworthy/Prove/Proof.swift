import Foundation
import Readiness

/// What came of switching every control off in turn: one row for each.
struct Proof: Codable, Equatable {
    /// What switching a control off showed.
    enum Verdict: String, Codable, CaseIterable {
        /// A check of its own turned red, or the inside missed it.
        case proven
        /// The app alone fails its checks, and they stay green without the control: the control or the check is a fiction.
        case notNoticed = "not-noticed"
        /// Its checks are red although everything is on.
        case notHeld = "not-held"
        /// On this app nothing could be seen: it does the same itself, or nothing here needs it.
        case notObservable = "not-observable"
    }

    struct Row: Codable, Equatable {
        let control: String
        let title: String
        /// Such as `protection.csrf.mode=off`, or `taken out of the list`.
        let how: String
        let verdict: Verdict
        /// Checks that its manifest names and that turned from holds to fails.
        let turnedRed: [String]
        /// Other checks that did; only looked at with `--thorough`.
        let alsoRed: [String]
        /// Checks that its manifest names and that stayed as they were.
        let unmoved: [String]
        /// What the inside showed, where the manifest names such a sign.
        let witness: String?
        /// Why it isn't proven.
        let reason: String?
    }

    var schemaVersion = 1
    let app: String
    /// ISO 8601, UTC.
    let startedAt: String
    let seconds: Double
    let rows: [Row]
    /// Controls that the file of --config doesn't enforce; nil without a file.
    var notEnforced: [Lenient]?
    /// Controls that were left out of every shadow on purpose; nil where none was.
    var unwired: [String]?

    /// A control that the gateway of the file only observes by, or does without.
    struct Lenient: Codable, Equatable {
        let control: String
        /// `observe` or `off`.
        let mode: String
    }

    /// 0: nothing went unnoticed, 1: something did, 2: nothing could be judged.
    var exitCode: Int32 {
        if rows.contains(where: { $0.verdict == .notNoticed || $0.verdict == .notHeld }) { return 1 }
        return rows.contains { $0.verdict == .proven } ? 0 : 2
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

extension Proof {
    /// The table for a terminal of 80 columns.
    func text(colour: Bool) -> String {
        func paint(_ code: String, _ text: String) -> String { colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
        var lines = [
            "Every control of \(app) switched off in turn", "",
            paint("1", "control".filled(28) + "verdict".filled(16) + "what turned red without it"),
            String(repeating: "─", count: 80),
        ]
        for row in rows {
            let verdict =
                switch row.verdict {
                case .proven: paint("32", row.verdict.title.filled(16))
                case .notNoticed, .notHeld: paint("31;1", row.verdict.title.filled(16))
                case .notObservable: paint("2", row.verdict.title.filled(16))
                }
            let (first, rest) = row.shown
            lines.append((row.control.filled(28) + verdict + first).trimmedAtEnd)
            lines += rest.map { String(repeating: " ", count: 44) + $0 }
            if !row.alsoRed.isEmpty {
                lines.append("    also red: " + row.alsoRed.joined(separator: ", ").wrapped(width: 64, indent: 14))
            }
            if let reason = row.reason { lines.append("    " + reason.wrapped(width: 74, indent: 4)) }
        }
        return (lines + [""] + summary).joined(separator: "\n") + "\n"
    }

    private var summary: [String] {
        let counts = Verdict.allCases.compactMap { verdict -> String? in
            let count = rows.count { $0.verdict == verdict }
            return count == 0 ? nil : "\(count) \(verdict.title)"
        }
        let end =
            switch (exitCode, rehearsal) {
            case (1, let rehearsal?): rehearsal
            case (0, _): "Nobody can switch off what is proven without a check turning red."
            case (1, _): "What isn't noticed is on paper only, or its check is: both are bugs. Please report them."
            default: "Nothing could be judged: is the app up, and does its start page answer 200?"
            }
        return ["\(rows.count) controls: " + counts.joined(separator: ", ")] + [end.wrapped(width: 80, indent: 0)]
            + lenient
    }

    /// How it went where everything that isn't held was left out on purpose; nil otherwise.
    private var rehearsal: String? {
        let left = Set(unwired ?? [])
        let missed = rows.filter { $0.verdict == .notNoticed || $0.verdict == .notHeld }.map(\.control)
        guard !left.isEmpty, left.isSuperset(of: missed) else { return nil }
        let seen = "Left out on purpose (--unwired): \(left.count); seen: \(missed.count)."
        let silent = rows.map(\.control).filter { left.contains($0) && !missed.contains($0) }
        return silent.isEmpty ? seen : seen + " Not seen on this app: \(silent.joined(separator: ", "))."
    }

    /// What is proven of shadows, in which everything is enforced, holds for the file's own gateway only as far as it does so.
    private var lenient: [String] {
        let groups = ["off", "observe"].compactMap { mode -> String? in
            let names = (notEnforced ?? []).filter { $0.mode == mode }.map(\.control)
            return names.isEmpty ? nil : "\(mode): \(names.joined(separator: ", "))"
        }
        guard !groups.isEmpty else { return [] }
        let text = "The file itself doesn't enforce everything (a shadow does). " + groups.joined(separator: "; ") + "."
        return ["", text.wrapped(width: 80, indent: 0)]
    }
}

extension Proof.Verdict {
    var title: String {
        switch self {
        case .proven: "proven"
        case .notNoticed: "NOT NOTICED"
        case .notHeld: "NOT HELD"
        case .notObservable: "not observable"
        }
    }
}

extension Proof.Row {
    /// What turned red, one entry a line.
    fileprivate var shown: (first: String, rest: [String]) {
        var all = Array(turnedRed.prefix(3))
        if turnedRed.count > 3 { all.append("and \(turnedRed.count - 3) more") }
        if let witness { all.append(witness) }
        return (all.first ?? "–", Array(all.dropFirst()))
    }
}

extension String {
    fileprivate func filled(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
    fileprivate var trimmedAtEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
