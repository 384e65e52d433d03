struct OldScriptFilterIsDecided: Check {
    let sheet = CheckSheet(
        "headers.xss-protection", "The script filter of old browsers is told what to do", area: .headers, side: .edge,
        severity: .minor, asvs: nil, flaw: "missing-xss-protection",
        rationale:
            "Old browsers guess when nothing is said; launch checklists ask for the field. Off (`0`) or blocking "
            + "(`1; mode=block`) are both decisions; a bare `1` rewrites pages and can be abused.",
        remediation: "Send `X-XSS-Protection: 0`, or `1; mode=block` where a checklist asks for it.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let seen = try await target.livePage()
        guard let value = seen.answer.first("x-xss-protection") else {
            return [.fails(seen.subject, "no X-XSS-Protection", seen)]
        }
        let plain = value.lowercased().filter { !$0.isWhitespace }
        return plain == "0" || plain.hasPrefix("1;mode=block")
            ? [.holds(seen.subject, "`\(value)`", seen)]
            : [.fails(seen.subject, "`\(value)` is neither `0` nor `1; mode=block`", seen)]
    }
}
