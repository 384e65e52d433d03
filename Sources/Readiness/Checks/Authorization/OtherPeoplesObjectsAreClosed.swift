struct OtherPeoplesObjectsAreClosed: Check {
    let sheet = CheckSheet(
        "authorization.other-persons-object", "Nobody reads another person's things", area: .authorization, side: .app,
        severity: .critical, asvs: "V8.2.2", flaw: "foreign-portfolio", needs: [.login, .identities, .objects],
        rationale:
            "Changing a number in an address is the oldest attack there is, and no layer in front can know whose it is.",
        remediation: "Ask for the owner in the same query that reads the thing: `WHERE id = ? AND owner = ?`.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        // People of the same role: an administrator may be allowed to read everything.
        let people = target.configuration.identities
        guard let first = people.first, let other = people.dropFirst().first(where: { $0.role == first.role }) else {
            throw Obstacle.notAvailable("two identities of the same role are needed")
        }
        var all: [Observation] = []
        for rule in target.configuration.objects.filter({ !$0.isShared }).prefix(3) {
            let own = try await target.objectID(rule, of: first.name).id
            let foreign = try await target.objectID(rule, of: other.name).id
            if own == foreign {
                all.append(.notAvailable(rule.name, "\(first.name) and \(other.name) learn the same id"))
                continue
            }
            let path = fill(rule.read.path, ["id": foreign])
            let request = ProbeRequest(rule.read.method, path, fields: Reconnaissance.program)
            let control = try await target.ask(request, as: other.name)
            guard control.answer.isSuccess else {
                all.append(.notAvailable(control.subject, "\(control.status) to \(other.name), whose it is", control))
                continue
            }
            let seen = try await target.ask(request, as: first.name)
            if seen.answer.isSuccess {
                all.append(.fails(seen.subject, "\(first.name) reads what belongs to \(other.name)", seen, control))
            } else if [401, 403, 404].contains(seen.status) {
                all.append(
                    .holds(
                        seen.subject, "\(seen.status) to \(first.name), \(control.status) to \(other.name)", seen,
                        control))
            } else {
                all.append(.notAvailable(seen.subject, "\(seen.status) to \(first.name)", seen, control))
            }
        }
        return all
    }
}
