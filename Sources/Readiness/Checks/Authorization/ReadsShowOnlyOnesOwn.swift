/// Every read with an id in it, asked by somebody of the same role whose thing it isn't.
struct ReadsShowOnlyOnesOwn: Check {
    let sheet = CheckSheet(
        "authorization.every-object", "No read shows another person's things, whichever id it takes",
        area: .authorization, side: .app, severity: .critical, asvs: "V8.2.2", flaw: "foreign-portfolio",
        sharesFlaw: true, needs: [.login, .identities],
        rationale: "Lists, exports and details are guarded one by one; the export is the one that was forgotten.",
        remediation: "Ask for the owner in the same query that reads the thing, in one place that all reads share.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let (one, other) = try await target.peers()
        let theirs = try await target.reads(of: other)
        let own = Set(try await target.reads(of: one).map(\.path))
        var held = 0
        var all: [Observation] = []
        for read in theirs where read.entry.hasParameters && !own.contains(read.path) {
            guard let seen = try? await target.get(read.path, read.entry.accept, as: one) else { continue }
            if [401, 403, 404].contains(seen.status) || (read.entry.isPage && seen.answer.isRedirect) {
                held += 1
            } else if seen.answer.isSuccess, read.entry.isPage || read.answer.answer.isHTML {
                if let found = try await PagesOfOthers(one, other, target).judge(read, seen) { all.append(found) }
            } else if seen.answer.isSuccess, same(seen.answer, read.answer.answer) {
                all.append(
                    .fails(
                        "GET \(read.entry.path)", "\(one) reads at \(read.path) what \(other) reads there", seen,
                        read.answer))
            } else if seen.answer.isSuccess {
                all.append(
                    .notAvailable(
                        "GET \(read.entry.path)", "\(seen.status) to \(one), but with another content than to \(other)",
                        seen))
            }
        }
        all += try await staffReads(target)
        if held > 0 {
            all.append(.holds("\(held) reads", "\(held) reads of things of \(other) are refused to \(one)"))
        }
        guard !all.isEmpty else {
            throw Obstacle.notAvailable("\(other) reaches no thing by its id that \(one) doesn't reach as well")
        }
        return all
    }

    private static let staff: Set<String> = ["admin", "administrator", "staff", "superuser", "operator", "root"]
    private static let places: Set<String> = [
        "admin", "staff", "internal", "manage", "management", "backoffice", "operator",
    ]

    /// Reads at addresses that are named after staff: what somebody of that role reads there, nobody of another role may. Where
    /// anybody may, `authorization.unprotected-routes` says so.
    private func staffReads(_ target: Reconnaissance) async throws -> [Observation] {
        let people = target.configuration.identities
        func isStaff(_ person: Identity) -> Bool { Self.staff.contains(person.role?.lowercased() ?? "") }
        guard let boss = people.first(where: isStaff),
            let other = people.first(where: { $0.role != nil && !isStaff($0) })
        else { return [] }
        let entries = try await target.operations().filter { entry in
            entry.isRead && !entry.hasParameters
                && entry.path.lowercased().split(separator: "/").contains { Self.places.contains(String($0)) }
        }
        var refused = 0
        var all: [Observation] = []
        let pages = PagesOfOthers(other.name, boss.name, target)
        for entry in entries.prefix(8) {
            // Afresh and one after the other: what the run itself made meanwhile stands in both.
            let request = ProbeRequest.get(entry.path, entry.accept)
            guard let own = try? await target.send(request, as: boss.name),
                own.answer.isSuccess, own.answer.json != nil || own.answer.isHTML,
                let nobody = try? await target.get(entry.path, entry.accept), !nobody.answer.isSuccess,
                let seen = try? await target.send(request, as: other.name)
            else { continue }
            let isSame =
                own.answer.isHTML
                ? try await pages.isSame(seen, own, path: entry.path) : same(seen.answer, own.answer)
            if seen.answer.isSuccess, isSame {
                all.append(
                    .fails(
                        "GET \(entry.path)",
                        "\(other.name) (\(other.role ?? "")) reads what \(boss.name) (\(boss.role ?? "")) reads there",
                        seen, own))
            } else if [401, 403, 404].contains(seen.status) || (entry.isPage && seen.answer.isRedirect) {
                refused += 1
            }
        }
        if refused > 0 {
            all.append(.holds("\(refused) reads", "\(refused) reads of \(boss.name) are refused to \(other.name)"))
        }
        return all
    }

    private func same(_ one: Answer, _ other: Answer) -> Bool {
        guard other.bodyBytes > 2 else { return false }
        if let left = one.json, let right = other.json { return left == right && !isEmpty(left) }
        return one.body == other.body
    }

    /// An answer without a single value shows nothing of anybody.
    private func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null: true
        case .array(let items): items.allSatisfy(isEmpty)
        case .object(let members): members.values.allSatisfy(isEmpty)
        default: false
        }
    }
}
