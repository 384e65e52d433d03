/// Proved by reading back: a 200 that ignored the field is no failure, and a 400 that took it is one.
struct FieldsCannotBeSlippedIn: Check {
    let sheet = CheckSheet(
        "authorization.mass-assignment", "A person can't set fields that aren't theirs to set", area: .authorization,
        side: .app, severity: .critical, asvs: "V15.3.3", flaw: "mass-assignment",
        needs: [.login, .identities],
        rationale:
            "Frameworks that copy every field of a body into a record let people make themselves administrators.",
        remediation: "Name the fields that a request may set, one by one; ignore or refuse the rest.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let rule = target.configuration.profile else {
            guard target.configuration.allowsWrites else {
                throw Obstacle.undeclared(
                    "needs `profile` in readiness.yaml, or --allow-writes to look for it", [.profile])
            }
            return try await SlippedFields(target: target).observe()
        }
        // Somebody whom no other check needs, where there is one: a broken app would change the role.
        let spare = target.configuration.identities.dropFirst().first?.name
        let name = try await target.who(rule.identity ?? spare)
        let read = ProbeRequest(rule.read.method, rule.read.path, fields: Reconnaissance.program)
        let before = try await target.send(read, as: name)
        guard let old = before.answer.json?.at(rule.pointer)?.scalarText else {
            return [.notAvailable(before.subject, "\(before.status), and nothing at \(rule.pointer)", before)]
        }
        guard old != rule.value else {
            return [.notAvailable(before.subject, "\(name) has `\(rule.field)` `\(old)` already", before)]
        }
        func write(_ value: String) async throws -> Sighting {
            var members = JSONValue(bytes: Array(rule.body.utf8))?.members ?? [:]
            members[rule.field] = .string(value)
            return try await target.send(.json(rule.write.method, rule.write.path, .object(members)), as: name)
        }
        let written = try await write(rule.value)
        if [404, 405, 501].contains(written.status) {
            return [.notAvailable(written.subject, "the write answers \(written.status)", written)]
        }
        let after = try await target.send(read, as: name)
        guard let new = after.answer.json?.at(rule.pointer)?.scalarText else {
            return [.notAvailable(after.subject, "\(after.status) when reading back", after)]
        }
        if new == rule.value {
            _ = try? await write(old)
            return [
                .fails(
                    written.subject, "`\(rule.field)` went from `\(old)` to `\(new)` by \(name)'s own request", written,
                    after)
            ]
        }
        return [.holds(written.subject, "\(written.status), and `\(rule.field)` is still `\(new)`", written, after)]
    }
}
