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
            guard let seen = try? await target.get(read.path, Reconnaissance.program, as: one) else { continue }
            if [401, 403, 404].contains(seen.status) {
                held += 1
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
        if held > 0 {
            all.append(.holds("\(held) reads", "\(held) reads of things of \(other) are refused to \(one)"))
        }
        guard !all.isEmpty else {
            throw Obstacle.notAvailable("\(other) reaches no thing by its id that \(one) doesn't reach as well")
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
