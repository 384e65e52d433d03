/// A refusal of everybody is no protection: somebody who may must get through.
struct ProtectedRoutesAskForASignIn: Check {
    let sheet = CheckSheet(
        "authorization.unprotected-routes", "Protected operations refuse who isn't signed in", area: .authorization,
        side: .app, severity: .critical, asvs: "V8.2.1", flaw: "unprotected-admin",
        needs: [.login, .identities, .protected],
        rationale: "A route that somebody forgot to guard is open to the whole world.",
        remediation: "Guard by default and list what is open, not the other way round.")

    private static let most = 3

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        var rules = target.configuration.protected.filter { $0.operation.method == "GET" }
        if let description = try? await target.openAPI() {
            for entry in description.protectedReads where !rules.contains(where: { $0.operation.path == entry.path }) {
                rules.append(ProtectedOperation(operation: Operation(method: "GET", path: entry.path), identity: nil))
            }
        }
        guard !rules.isEmpty else { throw Obstacle.notAvailable("no protected read without parameters is known") }
        var all: [Observation] = []
        for rule in rules.prefix(Self.most) {
            all.append(try await judge(rule, target))
        }
        if rules.count > Self.most {
            all.append(
                .notAvailable("\(rules.count - Self.most) more", "not asked, to keep the number of requests low"))
        }
        return all
    }

    private func judge(_ rule: ProtectedOperation, _ target: Reconnaissance) async throws -> Observation {
        let path = rule.operation.path
        let anonymous = try await target.get(path, Reconnaissance.program)
        let who = try await target.who(rule.identity)
        let allowed = try await target.get(path, Reconnaissance.program, as: who)
        if anonymous.answer.isSuccess {
            return .fails(anonymous.subject, "\(anonymous.status) without signing in", anonymous, allowed)
        }
        let isRefusal = [401, 403, 404].contains(anonymous.status) || anonymous.answer.isRedirect
        if isRefusal, allowed.answer.isSuccess {
            return .holds(
                anonymous.subject, "\(anonymous.status) without signing in, \(allowed.status) as \(who)", anonymous,
                allowed)
        }
        return .notAvailable(
            anonymous.subject,
            "\(anonymous.status) without signing in and \(allowed.status) as \(who): refused to everybody",
            anonymous, allowed)
    }
}
