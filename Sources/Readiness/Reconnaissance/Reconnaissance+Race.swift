/// One round of a race: the state is made, the writes leave together, what was promised is read back.
extension Reconnaissance {
    /// `count` writes at once (of a rule with different writes: those, each once), the second and later ones `delay`
    /// after the first; with `inTurn` one after the other instead, which is the control.
    func race(
        _ rule: RaceRule, count: Int, delay: Duration = .zero, inTurn: Bool = false
    ) async throws -> RaceTrial {
        let name = rule.identity == RaceRule.newcomer ? try await newcomer() : try who(rule.identity)
        var values = ["nonce": nonce, "password": identity(name)?.password ?? ""]
        for step in rule.before { try await take(step, rule, name, &values) }
        let before = try await readBack(rule, name, values)
        var requests: [(request: ProbeRequest, delay: Duration)] = []
        let writes = rule.writes.count > 1 ? rule.writes : Array(repeating: rule.writes[0], count: max(2, count))
        for (index, write) in writes.enumerated() {
            let path = try await path(inPath(write.operation.path, values), object: rule.object, of: name)
            requests.append((request(write.operation.method, path, write.body, values), index == 0 ? .zero : delay))
        }
        var exchanges: [TimedExchange] = []
        if inTurn {
            for item in requests { exchanges += try await volley([(item.request, .zero)], as: name) }
        } else {
            exchanges = try await volley(requests, as: name)
        }
        let after = try await readBack(rule, name, values)
        var trial = judge(rule, exchanges, before, after, inTurn: inTurn)
        trial.sightings =
            exchanges.compactMap { exchange in
                (try? exchange.result.get()).map { evidence(exchange.request, $0) }
            } + (after.map { [$0] } ?? [])
        return trial
    }

    private func take(
        _ step: RaceStep, _ rule: RaceRule, _ name: String, _ values: inout [String: String]
    ) async throws {
        let path = try await path(inPath(step.operation.path, values), object: rule.object, of: name)
        let seen = try await send(request(step.operation.method, path, step.body, values), as: name)
        guard seen.answer.isAcknowledged else {
            throw Obstacle.notAvailable("before `\(rule.name)`: \(seen.subject) answers \(seen.status)")
        }
        for (key, pointer) in step.take {
            guard let value = seen.answer.json?.at(pointer)?.scalarText, !value.isEmpty, value.count <= 200 else {
                throw Obstacle.notAvailable("before `\(rule.name)`: \(seen.subject) has nothing at \(pointer)")
            }
            values[key] = value
        }
    }

    private nonisolated func inPath(_ template: String, _ values: [String: String]) -> String {
        fill(template, values.mapValues { formEncoded($0) })
    }

    private func readBack(_ rule: RaceRule, _ name: String, _ values: [String: String]) async throws -> Sighting? {
        guard let read = rule.read else { return nil }
        let path = try await path(inPath(read.path, values), object: rule.object, of: name)
        return try await send(ProbeRequest(read.method, path, fields: Self.program), as: name)
    }

    private nonisolated func judge(
        _ rule: RaceRule, _ exchanges: [TimedExchange], _ before: Sighting?, _ after: Sighting?, inTurn: Bool
    ) -> RaceTrial {
        let answers = exchanges.map { try? $0.result.get() }
        let acknowledged = answers.count { $0?.isAcknowledged == true }
        func trial(_ verdict: RaceTrial.Verdict) -> RaceTrial {
            RaceTrial(verdict: verdict, exchanges: exchanges, acknowledged: acknowledged)
        }
        // A write whose answer is lost may have taken effect or not.
        if answers.contains(where: { $0 == nil }) { return trial(.noRace("a write got no answer")) }
        if acknowledged == 0 {
            let status = answers.first.flatMap { $0?.status } ?? 0
            return trial(status == 429 ? .noRace("a limit stood between") : .unclear("no write was taken (\(status))"))
        }
        let verdict: RaceTrial.Verdict
        switch rule.promise {
        case .adds(let pointer, let number):
            verdict = Self.judgeNumber(pointer, number, acknowledged, before, after)
        case .atMost(let most):
            verdict =
                acknowledged > most
                ? .lost("\(acknowledged) of \(exchanges.count) were acknowledged where at most \(most) may be")
                : .kept("\(acknowledged) of \(exchanges.count) acknowledged")
        case .movesOnce(let pointer, let number): verdict = Self.judgeOnce(pointer, number, acknowledged, before, after)
        case .exclusive:
            let kinds = zip(rule.writes, answers).filter { $0.1?.isAcknowledged == true }.map(\.0.operation.description)
            verdict =
                kinds.count > 1
                ? .lost("\(kinds.joined(separator: " and ")) exclude each other, and both were acknowledged")
                : .kept("only \(kinds.joined()) was acknowledged")
        case .kept: verdict = Self.judgeShown(rule, answers, after)
        }
        if case .kept = verdict, !inTurn {
            let met = exchanges.indices.contains { one in
                exchanges.indices.contains { $0 > one && exchanges[one].overlaps(exchanges[$0]) }
            }
            let limited = answers.contains { $0?.status == 429 }
            if limited, acknowledged < 2 { return trial(.noRace("a limit let only one through")) }
            // Two that exclude each other may rightly miss each other in time; the others have to meet.
            if !met, rule.promise != .exclusive { return trial(.noRace("no two writes were under way at once")) }
        }
        return trial(verdict)
    }

    private static func judgeNumber(
        _ pointer: String, _ number: Double, _ acknowledged: Int, _ before: Sighting?, _ after: Sighting?
    ) -> RaceTrial.Verdict {
        guard let old = before?.answer.json?.at(pointer)?.numeric, let new = after?.answer.json?.at(pointer)?.numeric
        else {
            return .unclear(
                "\(before?.status ?? 0), and no number at \(pointer) of \(before?.subject ?? "what is read")")
        }
        guard old + number != old else { return .unclear("the number is too large to see \(shown(number)) in it") }
        let expected = old + number * Double(acknowledged)
        guard abs(new - expected) <= abs(number) / 1_000 else {
            return .lost(
                "\(acknowledged) writes at once were acknowledged: \(shown(old)) became \(shown(new)), not \(shown(expected))"
            )
        }
        return .kept("\(acknowledged) acknowledged, \(shown(old)) became \(shown(new))")
    }

    private static func judgeOnce(
        _ pointer: String, _ number: Double, _ acknowledged: Int, _ before: Sighting?, _ after: Sighting?
    ) -> RaceTrial.Verdict {
        guard let old = before?.answer.json?.at(pointer)?.numeric, let new = after?.answer.json?.at(pointer)?.numeric
        else { return .unclear("no number at \(pointer) of \(before?.subject ?? "what is read")") }
        let times = (new - old) / number
        guard times > 0.999 else {
            return .unclear("\(acknowledged) were acknowledged, and \(pointer) stayed \(shown(new))")
        }
        let moved = "\(acknowledged) acknowledged at once: \(shown(old)) became \(shown(new))"
        return times < 1.001 ? .kept(moved) : .lost("\(moved), where one use moves it to \(shown(old + number)) once")
    }

    private static func judgeShown(_ rule: RaceRule, _ answers: [Answer?], _ after: Sighting?) -> RaceTrial.Verdict {
        guard let seen = after?.answer.json else {
            return .unclear("\(after?.status ?? 0), and nothing to read back at \(after?.subject ?? "")")
        }
        for (write, answer) in zip(rule.writes, answers) where answer?.isAcknowledged == true {
            guard let (pointer, value) = write.shows else { continue }
            let found = seen.at(pointer)?.scalarText
            if found != value {
                return .lost(
                    "\(write.operation) was acknowledged, and \(pointer) is \(found.map { "`\($0)`" } ?? "not there"), "
                        + "not `\(value)`")
            }
        }
        return .kept("\(answers.count { $0?.isAcknowledged == true }) acknowledged, all of them read back")
    }

    private static func shown(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? String(number)
    }
}
