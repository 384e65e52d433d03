import Foundation

/// What `try` says at its end: what would have been refused and why, and how to go on.
struct TrialSummary {
    let upstream: String
    let tally: WouldHaveLog.Tally
    let needs: PageNeeds
    /// What would guard the app's own login, where it was seen.
    var login: [String] = []

    var text: String {
        var lines: [String] = []
        if tally.requests == 0 {
            lines.append("Nobody clicked: no request came to the observing gateway.")
        } else if tally.refusals.isEmpty {
            lines.append("\(count(tally.requests, "request")) came; none would have been refused.")
        } else {
            lines.append("Of \(count(tally.requests, "request")), these would have been refused:")
            for refusal in tally.refusals.sorted(by: { $0.count > $1.count }) { lines += paragraph(refusal) }
        }
        if !tally.refused.isEmpty {
            lines += ["", "Refused even now, because they can be read in two ways:"]
            for refusal in tally.refused { lines += paragraph(refusal) }
        }
        if !tally.changes.isEmpty {
            let names = tally.changes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { shown($0.key) }
            lines += ["", "Response headers that would have been set, changed or, with a -, removed:"]
            lines.append("  " + names.prefix(24).joined(separator: ", ").wrapped(width: 76, indent: 2))
        }
        return (lines + goOn).joined(separator: "\n") + "\n"
    }

    private func paragraph(_ refusal: WouldHaveLog.Refusal) -> [String] {
        let status = refusal.status > 0 ? "\(refusal.status)  " : ""
        var lines = ["", "  \(refusal.count) × \(status)\(shown(refusal.reason))   (\(shown(refusal.control)))"]
        if let detail = refusal.detail { lines.append("      " + shown(detail, 300).wrapped(width: 72, indent: 6)) }
        for example in refusal.examples { lines.append("      \(shown(example, 70))") }
        if refusal.count > refusal.examples.count, !refusal.examples.isEmpty { lines.append("      …") }
        if let hint = TrialSummary.hint(for: refusal) {
            lines.append("      " + "If it should pass: \(hint)".wrapped(width: 72, indent: 6))
        }
        return lines
    }

    /// The serve line and the few lines of YAML to go on with.
    private var goOn: [String] {
        [
            "", "To go on, in front of the app as it is:", "",
            "  seaworthy serve --upstream \(upstream)", "",
            "or `seaworthy init \(upstream)`,", "or with a seaworthy.yaml that begins like this:", "",
            "  upstream: \(upstream)",
            "  mode: \(tally.refusals.isEmpty ? "enforce" : "observe")\(tally.refusals.isEmpty ? "" : "          # enforce, when nothing above surprises you")",
            "  routes:",
            "    default: app         # the app decides about routes that aren't listed",
            "  # health.public: true  # /health/live on the public door, too",
        ]
            + (needs.fitsStrictPolicy ? ["  \(PageNeeds.enforceKey): enforce"] : [])
            + tally.refusals.compactMap(TrialSummary.setting).reduce(into: [String]()) { list, line in
                if !list.contains("  \(line)") { list.append("  \(line)") }
            } + TrialSummary.guarding(login)
    }

    /// The app's own login, guarded: a block to switch on.
    static func guarding(_ login: [String]) -> [String] {
        guard !login.isEmpty else { return [] }
        return ["  # The app's own login, guarded (lockout, timeouts, sign-out everywhere):"]
            + login.map { "  # \($0)" }
    }

    /// What to set where the app needs what a control would refuse.
    static func hint(for refusal: WouldHaveLog.Refusal) -> String? {
        switch refusal.control {
        case "protection.csrf":
            "list the other site in protection.csrf.trusted-origins, or give the route `csrf: \"off\"` in routes.list."
        case "protection.cors": "list the origin in protection.cors.origins."
        case "protection.exposure": "list the path in protection.exposure.allow."
        case "protection.host": "list the name in hosts."
        case "protection.rate-limit": "raise protection.rate-limit.address (such as 300/min)."
        case "protection.request-shape":
            refusal.status == 413
                ? "raise protection.request-shape.body.limit, or body-limit of the route."
                : "`seaworthy config explain protection.request-shape` names the limits."
        case "protection.route-policy" where refusal.reason == "own.not-found": "move our pages with own-prefix."
        case "protection.route-policy": "give the route another access in routes.list."
        default: nil
        }
    }

    /// The same as a line of YAML, commented out: whether it was right only its owner knows.
    private static func setting(for refusal: WouldHaveLog.Refusal) -> String? {
        switch refusal.control {
        case "protection.csrf": "# protection.csrf.trusted-origins: [https://other.example.com]"
        case "protection.cors": "# protection.cors.origins: [https://other.example.com]"
        case "protection.exposure":
            "# protection.exposure.allow: [\(refusal.examples.first.map { yamlPath($0) } ?? "/path")]"
        case "protection.host": "# hosts: [app.example.com]"
        case "protection.rate-limit": "# protection.rate-limit.address: 300/min"
        case "protection.request-shape" where refusal.status == 413: "# protection.request-shape.body.limit: 50MiB"
        default: nil
        }
    }

    /// Never a dot-file: a line that is pasted without a thought must not open one.
    private static func yamlPath(_ example: String) -> String {
        let path = example.split(separator: " ").last.map(String.init) ?? "/path"
        return path.contains("/.") ? "/path" : path.wholeMatch(of: /[A-Za-z0-9\/._\-]{1,100}/) == nil ? "/path" : path
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// Something that a client sent, fit for a terminal.
    private func shown(_ text: String, _ limit: Int = 120) -> String {
        let printable = text.unicodeScalars.map { scalar -> Character in
            let isControl = scalar.value < 0x20 || (scalar.value >= 0x7F && scalar.value < 0xA0)
            return isControl ? "\u{FFFD}" : Character(scalar)
        }
        return printable.count > limit ? String(printable.prefix(limit)) + "…" : String(printable)
    }
}
