/// Finds in a description what would make a race: writes that move a number, and things that can be used once.
///
/// Only with `--allow-writes`, as somebody whom the run signed up itself, on things that were made for it. Each write is
/// tried twice in turn first: a number that moved by the same step both times is a promise (`adds`), and what was taken
/// once and then refused is one too (`at-most: 1`).
extension Reconnaissance {
    private static let mostThings = 3
    private static let mostWrites = 6

    /// Rules as `races` of a readiness.yaml would declare them, each with what makes its own things.
    func discoveredRaces(as who: String) async -> [RaceRule] {
        guard let entries = try? await openAPI().entries else { return [] }
        let makers = entries.filter { entry in
            entry.method == "POST" && !entry.hasParameters && !Self.acts(entry.path)
                && entries.contains { $0.path.hasPrefix("\(entry.path)/{") && $0.isRead }
        }
        var rules: [RaceRule] = []
        for maker in makers.prefix(Self.mostThings) {
            if Task.isCancelled { return rules }
            rules += (try? await races(of: maker, entries, who)) ?? []
        }
        rules += (try? await ownNumbers(entries, who)) ?? []
        return rules + (await oneTimeThings(entries, as: who))
    }

    /// Numbers of a person's own that stand at an address without an id (a wallet, points, a quota), and the writes that move
    /// them by the same step each time.
    private func ownNumbers(_ entries: [OpenAPIDescription.Entry], _ who: String) async throws -> [RaceRule] {
        var reads: [OpenAPIDescription.Entry] = []
        for entry in entries where entry.isRead && !entry.hasParameters && !Self.acts(entry.path) && reads.count < 3 {
            if Task.isCancelled { throw Obstacle.interrupted }
            guard let path = Self.filled(entry, from: []) else { continue }
            // What everybody is told is nobody's number.
            guard let seen = try? await get(path, Self.program, as: who), seen.answer.json?.members != nil,
                let nobody = try? await get(path, Self.program), !nobody.answer.isSuccess,
                try await !numbers(path, who).isEmpty
            else { continue }
            reads.append(entry)
        }
        let writes = entries.filter { entry in
            ["POST", "PUT", "PATCH"].contains(entry.method) && !entry.hasParameters && !Self.acts(entry.path)
                && !Discovery.isSignUp(entry.path) && !Discovery.isSignIn(entry.path)
                && (entry.body?.members ?? [:]).values.contains { $0.numeric != nil }
        }
        var rules: [RaceRule] = []
        var waiting = Array(writes.prefix(Self.mostWrites))
        var fill: RaceStep?
        // What takes needs something to take from, which another write may have to bring first.
        for _ in 0..<2 where !waiting.isEmpty {
            var left: [OpenAPIDescription.Entry] = []
            for entry in waiting {
                guard let rule = try await ownRule(entry, reads, fill, who) else {
                    left.append(entry)
                    continue
                }
                rules.append(rule)
                if case .adds(_, let number) = rule.promise, number > 0, fill == nil, let write = rule.writes.first {
                    fill = RaceStep(operation: write.operation, body: write.body)
                }
            }
            if fill == nil || left.count == waiting.count { break }
            waiting = left
        }
        return rules
    }

    private func ownRule(
        _ entry: OpenAPIDescription.Entry, _ reads: [OpenAPIDescription.Entry], _ fill: RaceStep?, _ who: String
    ) async throws -> RaceRule? {
        let body = BodyTemplate.json(entry.body?.compact ?? "{}")
        // The number that the write is nearest to by its path.
        let near = reads.filter { entry.path.hasPrefix($0.path) } + reads.filter { !entry.path.hasPrefix($0.path) }
        for read in near {
            if let fill { _ = try await send(request(fill.operation.method, fill.operation.path, fill.body), as: who) }
            guard
                let step = try await moved(entry, by: entry.path, body, reading: read.path, who, method: entry.method),
                let operation = Operation("\(entry.method) \(entry.path)"), let seen = Operation("GET \(read.path)")
            else { continue }
            if step.number < 0, fill == nil { continue }
            var rule = RaceRule(
                name: "\(entry.path) (found)", identity: RaceRule.newcomer,
                before: step.number < 0 ? [fill].compactMap { $0 } : [],
                writes: [RaceWrite(operation: operation, body: body)], read: seen,
                promise: .adds(pointer: step.pointer, step.number))
            rule.rounds = 2
            return rule
        }
        return nil
    }

    private func races(
        of maker: OpenAPIDescription.Entry, _ entries: [OpenAPIDescription.Entry], _ who: String
    ) async throws -> [RaceRule] {
        guard let thing = try await made(maker, maker.body, at: maker.path, as: "thing", maker.path, who),
            let read = entries.first(where: { $0.isRead && Self.isItem($0.path, of: maker.path) })
        else { return [] }
        let prefix = read.path
        let writes = entries.filter { entry in
            let rest = entry.path.dropFirst(prefix.count)
            return entry.method == "POST" && entry.path.hasPrefix("\(prefix)/") && !rest.contains("{")
                && entry.body != nil && !Self.acts(entry.path)
        }
        var rules: [RaceRule] = []
        var fills: RaceStep?
        for entry in writes.prefix(Self.mostWrites) {
            let rest = String(entry.path.dropFirst(prefix.count))
            let body = BodyTemplate.json(entry.body?.compact ?? "{}")
            if let step = try await moved(entry, by: thing.path + rest, body, reading: thing.path, who),
                let operation = Operation("POST \(thing.template)\(rest)"),
                let seen = Operation("GET \(thing.template)")
            {
                var before = [thing.step]
                if step.number < 0 {
                    guard let fills else { continue }
                    before.append(fills)
                } else if fills == nil {
                    fills = RaceStep(operation: operation, body: body)
                }
                var rule = RaceRule(
                    name: "\(entry.path) (found)", identity: RaceRule.newcomer, before: before,
                    writes: [RaceWrite(operation: operation, body: body)], read: seen,
                    promise: .adds(pointer: step.pointer, step.number))
                rule.rounds = 2
                rules.append(rule)
            }
        }
        return rules
    }

    /// The number that two of the same write, one after the other, moved by the same step.
    private func moved(
        _ entry: OpenAPIDescription.Entry, by path: String, _ body: BodyTemplate, reading: String, _ who: String,
        method: String = "POST"
    ) async throws -> (pointer: String, number: Double)? {
        var seen = [try await numbers(reading, who)]
        for _ in 0..<2 {
            guard try await send(request(method, path, body), as: who).answer.isAcknowledged else { return nil }
            seen.append(try await numbers(reading, who))
        }
        let steps = seen[0].keys.sorted().compactMap { pointer -> (pointer: String, number: Double)? in
            guard let first = seen[0][pointer], let second = seen[1][pointer], let third = seen[2][pointer],
                second - first != 0, abs((third - second) - (second - first)) < 1e-9
            else { return nil }
            return (pointer, second - first)
        }
        return steps.first { !Self.countsWrites($0.pointer) }
    }

    /// What counts writes as such promises nothing of them.
    static func countsWrites(_ pointer: String) -> Bool {
        ["version", "revision", "updated", "modified", "sequence", "time"].contains {
            pointer.lowercased().contains($0)
        }
    }

    func numbers(_ path: String, _ who: String) async throws -> [String: Double] {
        let seen = try await send(.get(path, Self.program), as: who)
        var found: [String: Double] = [:]
        for (name, value) in seen.answer.json?.members ?? [:] where !name.contains("/") && !name.contains("~") {
            if let number = value.numeric { found["/\(name)"] = number }
        }
        return found
    }

    private static func isItem(_ path: String, of list: String) -> Bool {
        let rest = path.dropFirst(list.count)
        return path.hasPrefix("\(list)/{") && rest.hasSuffix("}") && !rest.dropFirst().contains("/")
    }
}

extension RaceRule {
    /// The rule as a line of `races` in a readiness.yaml, so that `seaworthy race --rule` replays it.
    var line: String {
        func body(_ body: BodyTemplate?) -> String {
            if case .json(let text)? = body { return ", json: \(text)" }
            return ""
        }
        var parts = ["name: \"\(name)\"", "as: \(identity ?? "")"]
        let steps = before.map { step in
            let take = step.take.map { "\($0.name): \($0.pointer)" }.joined(separator: ", ")
            return "{ send: \"\(step.operation)\"\(body(step.body))\(take.isEmpty ? "" : ", take: { \(take) }") }"
        }
        if !steps.isEmpty { parts.append("before: [\(steps.joined(separator: ", "))]") }
        if let write = writes.first { parts.append("write: \"\(write.operation)\"\(body(write.body))") }
        if let read { parts.append("read: \"\(read)\"") }
        switch promise {
        case .adds(let pointer, let number):
            parts.append("pointer: \(pointer), adds: \(Int64(exactly: number).map(String.init) ?? String(number))")
        case .atMost(let most): parts.append("at-most: \(most)")
        case .movesOnce(let pointer, let number):
            parts.append(
                "pointer: \(pointer), moves-once: \(Int64(exactly: number).map(String.init) ?? String(number))")
        case .exclusive: parts.append("exclusive: true")
        case .kept: break
        }
        return "- { \(parts.joined(separator: ", ")) }"
    }
}
