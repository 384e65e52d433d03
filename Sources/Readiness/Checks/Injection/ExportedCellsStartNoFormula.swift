/// Text that people write must not become a formula when somebody opens the export in a spreadsheet.
struct ExportedCellsStartNoFormula: Check {
    let sheet = CheckSheet(
        "injection.csv-formula", "Exported cells start no formula", area: .injection, side: .app, severity: .major,
        asvs: "V1.2.10", flaw: "csv-formula-injection", needs: [.login, .identities, .exports],
        rationale: "A cell that begins with `=` runs in the spreadsheet of whoever opens the file, often an employee.",
        remediation: "Put a single quote before cells that begin with = + - @, tab or return, and quote every cell.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let rule = target.configuration.exports else { return [] }
        let name = try await target.who(rule.identity)
        let marker = "zq\(target.nonce)"
        let path = try await target.path(rule.write.path, object: rule.object, of: name)
        let written = try await target.send(
            target.request(rule.write.method, path, rule.body, ["payload": "=HYPERLINK(\"\(marker)\")"]), as: name)
        guard written.answer.isAcknowledged else {
            return [.notAvailable(written.subject, "\(written.status): the text was not taken", written)]
        }
        let readPath = try await target.path(rule.read.path, object: rule.object, of: name)
        let seen = try await target.send(ProbeRequest(rule.read.method, readPath), as: name)
        let cells = seen.answer.bodyText.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" || $0 == "," || $0 == ";" })
        guard let cell = cells.last(where: { $0.contains(marker) || $0.contains("HYPERLINK") }) else {
            return [.notAvailable(seen.subject, "\(seen.status), and the text isn't in the export", seen)]
        }
        let bare = cell.drop { $0 == "\"" || $0 == " " }
        if bare.hasPrefix("=") {
            return [.fails(seen.subject, "a cell begins with the formula that \(name) wrote", seen, written)]
        }
        return [.holds(seen.subject, "the text is in the export, and no formula any more", seen, written)]
    }
}
