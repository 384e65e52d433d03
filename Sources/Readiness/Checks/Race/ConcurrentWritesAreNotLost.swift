/// Fires the same write several times at once and reads the number back: what was acknowledged must be there.
struct ConcurrentWritesAreNotLost: Check {
    let sheet = CheckSheet(
        "race.lost-update", "Of concurrent writes, none is lost", area: .race, side: .app, severity: .critical,
        asvs: "V15.4.2", flaw: "lost-update-balance", needs: [.login, .identities, .race],
        rationale: "Read, add, write: two at the same moment, and one deposit is gone while both were acknowledged.",
        remediation: "Change the number in the database (`SET cash = cash + ?`), or lock the row for the transaction.")

    private static let rounds = 2
    private static let atOnce = 3

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        var all: [Observation] = []
        for rule in target.configuration.race.prefix(2) { all.append(try await judge(rule, target)) }
        return all
    }

    private func judge(_ rule: RaceRule, _ target: Reconnaissance) async throws -> Observation {
        let name = try await target.who(rule.identity)
        let writePath = try await target.path(rule.write.path, object: rule.object, of: name)
        let readPath = try await target.path(rule.read.path, object: rule.object, of: name)
        let read = ProbeRequest(rule.read.method, readPath, fields: Reconnaissance.program)
        let write = target.request(rule.write.method, writePath, rule.body)
        func number() async throws -> (Double?, Sighting) {
            let seen = try await target.send(read, as: name)
            return (seen.answer.json?.at(rule.pointer)?.numeric, seen)
        }
        var (before, first) = try await number()
        guard before != nil else {
            return .notAvailable(first.subject, "\(first.status), and no number at \(rule.pointer)", first)
        }
        var acknowledged = 0
        var rounds = 0
        // A round in which a limit let only one through is no race: it is tried again, twice at most.
        for _ in 0..<(Self.rounds + 2) where rounds < Self.rounds {
            let seen = try await target.volley(Array(repeating: write, count: Self.atOnce), as: name)
            let taken = seen.filter { $0.answer.isSuccess || $0.answer.isRedirect }
            let (after, last) = try await number()
            if taken.count > 1 { rounds += 1 }
            if taken.isEmpty, seen.contains(where: { $0.status == 429 }) { continue }
            guard let old = before, let new = after, let one = taken.first else {
                let status = seen.first.map { String($0.status) } ?? "nothing"
                return .notAvailable(write.targetText, "the writes were not taken (\(status))", seen.first ?? first)
            }
            acknowledged += taken.count
            let expected = old + rule.adds * Double(taken.count)
            if abs(new - expected) > abs(rule.adds) / 1_000 {
                return .fails(
                    one.subject,
                    "\(taken.count) writes at once were acknowledged: \(shown(old)) became \(shown(new)), not \(shown(expected))",
                    one, last)
            }
            before = new
            first = last
        }
        guard rounds > 0 else {
            return .notAvailable(write.targetText, "fewer than two writes at once were taken", first)
        }
        return .holds(
            "\(write.method) \(writePath)",
            "\(acknowledged) acknowledged in \(rounds) rounds of \(Self.atOnce) at once, all of them there", first)
    }

    private func shown(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? String(number)
    }
}
