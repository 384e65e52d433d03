/// Protected routes with a live session, and with everything that only looks like one: a refusal of everybody is no
/// protection, and a session that opens nothing is a control on paper.
struct SessionsOpenProtectedRoutes: Check {
    let sheet = CheckSheet(
        "session.protected-routes", "Protected routes open to a live session and to nothing else", area: .identity,
        side: .app, severity: .critical, asvs: "V7.2.1", flaw: "unprotected-admin", sharesFlaw: true,
        needs: [.login, .identities],
        rationale: "Whoever gets in without a session, with a made-up one or with one that is over, is everybody.",
        remediation: "Look the whole token up on the server at every request; refuse what isn't there or has ended.")

    private static let most = 2
    /// A longer wait isn't made: the run would take as long.
    static let longestIdle = 30.0

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let login = target.configuration.login else { return [] }
        var rules = target.configuration.protected.filter { $0.operation.method == "GET" }
        if rules.isEmpty, let path = try await target.protectedPath() {
            rules = [ProtectedOperation(operation: Operation(method: "GET", path: path), identity: nil)]
        }
        if rules.isEmpty, let path = try await target.ownRead(of: target.who(nil)) {
            rules = [ProtectedOperation(operation: Operation(method: "GET", path: path), identity: nil)]
        }
        guard !rules.isEmpty else { throw Obstacle.notAvailable("no protected read without parameters is known") }
        let areDeclared = !target.configuration.protected.isEmpty
        var all: [Observation] = []
        for rule in rules.prefix(Self.most) { all += try await judge(rule, areDeclared, target) }
        if let idle = login.idle, idle <= Self.longestIdle, let rule = rules.first {
            all += [try await judgeEnd(rule, idle, target)]
        }
        return all
    }

    private func judge(
        _ rule: ProtectedOperation, _ isDeclared: Bool, _ target: Reconnaissance
    ) async throws -> [Observation] {
        let path = rule.operation.path
        let who = try await target.who(rule.identity)
        let session = try await target.newSession(of: who)
        let live = try await read(path, session.fields, target)
        let nobody = try await read(path, [], target)
        var open: [Observation] = []
        if nobody.answer.isSuccess {
            open.append(.fails(nobody.subject, "\(nobody.status) without any session", nobody, live))
        }
        let what = session.isByHeader ? "token" : "session cookie"
        let others: [(String, (String) -> String)] = [
            ("a \(what) whose end was changed", AlteredSessionsAreRefused.altered),
            ("a made-up \(what)", Self.madeUp),
        ]
        for (what, change) in others where open.isEmpty {
            let seen = try await read(path, session.changed(change), target)
            if seen.answer.isSuccess { open.append(.fails(seen.subject, "\(seen.status) with \(what)", seen, live)) }
        }
        if !open.isEmpty { return open }
        if live.answer.isSuccess {
            return [
                .holds(
                    live.subject,
                    "\(live.status) as \(who); \(nobody.status) without a session, with an altered and a made-up one",
                    live, nobody)
            ]
        }
        // The same refusal for somebody who has just signed in as for nobody: the session counts for nothing.
        let isSame =
            live.status == nobody.status && [401, 302, 303, 307].contains(live.status)
            && live.answer.first("location") == nobody.answer.first("location")
        if isDeclared, isSame {
            return [
                .fails(
                    live.subject, "\(live.status) with the session of \(who) as without any: signing in opens nothing",
                    live, session.signIn)
            ]
        }
        return [.notAvailable(live.subject, "\(live.status) as \(who): refused to everybody", live, nobody)]
    }

    /// A session that nobody used for as long as the configuration says.
    private func judgeEnd(
        _ rule: ProtectedOperation, _ idle: Double, _ target: Reconnaissance
    ) async throws -> Observation {
        let path = rule.operation.path
        let session = try await target.newSession(of: try await target.who(rule.identity))
        let before = try await read(path, session.fields, target)
        guard before.answer.isSuccess else {
            return .notAvailable(before.subject, "\(before.status) with a fresh session: nothing to compare", before)
        }
        await target.say("waiting \(TerminalReport.tenths(idle)) s for a session to end")
        try await target.pause(.seconds(idle + 1))
        let after = try await read(path, session.fields, target)
        let span = "\(TerminalReport.tenths(idle)) s"
        return after.answer.isSuccess
            ? .fails(after.subject, "\(after.status) with a session that was to end after \(span) without use", after)
            : .holds(
                after.subject, "\(before.status) at once, \(after.status) after \(span) without use", after, before)
    }

    /// Sent each time anew: an answer to somebody else's session must not be shared.
    private func read(
        _ path: String, _ fields: [(String, String)], _ target: Reconnaissance
    ) async throws -> Sighting {
        try await target.send(.get(path, Reconnaissance.program + fields))
    }

    /// As long and of the same alphabet, and nobody's.
    static func madeUp(_ value: String) -> String {
        String(
            value.map { letter -> Character in
                switch letter {
                case "0"..."9": "7"
                case "a"..."f": "b"
                case "g"..."z": "k"
                case "A"..."Z": "Q"
                default: letter
                }
            })
    }
}
