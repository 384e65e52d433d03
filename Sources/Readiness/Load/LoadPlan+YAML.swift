import Yams

extension LoadPlan {
    private static let keys = [
        "name", "people", "rate", "duration", "warm-up", "repeats", "pause", "connections", "timeout", "scenarios",
        "targets", "ramp", "soak",
    ]

    /// Reads a scenario file; throws `ConfigurationProblems` with everything that is wrong in it.
    public init(yaml: String) throws {
        self.init(scenarios: [])
        guard yaml.utf8.count <= 1_048_576 else {
            throw ConfigurationProblems(problems: [.init(key: "", valid: "must be at most 1 MiB")])
        }
        let composed: Node?
        do {
            composed = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationProblems(problems: [
                .init(key: "", valid: "is no valid YAML: \(visible("\(error)", limit: 120))")
            ])
        }
        var reader = YAMLReader()
        guard let root = composed else {
            throw ConfigurationProblems(problems: [.init(key: "scenarios", valid: "is missing")])
        }
        let top = reader.members(root, at: "", known: Self.keys)
        name = reader.string(top, "name", at: "") ?? name
        if top["people"] != nil, top["rate"] != nil {
            reader.add(top["rate"], "rate", nil, "must not stand beside `people`: one follows from the other")
        }
        if let people = reader.integer(top, "people", at: "", in: 1...Bound.people) { arrival = .people(people) }
        if let rate = reader.rate(top, "rate", at: "") { arrival = .rate(rate) }
        duration = reader.seconds(top, "duration", at: "") ?? duration
        warmUp = reader.seconds(top, "warm-up", at: "") ?? warmUp
        pause = reader.seconds(top, "pause", at: "") ?? pause
        timeout = reader.seconds(top, "timeout", at: "") ?? timeout
        repeats = reader.integer(top, "repeats", at: "", in: 1...20) ?? repeats
        if let soak = reader.seconds(top, "soak", at: "") {
            duration = soak
            repeats = 1
        }
        connections = reader.integer(top, "connections", at: "", in: 1...Bound.connections) ?? connections
        if let node = top["targets"] { target = reader.target(node, at: "targets") }
        if let node = top["ramp"] { ramp = reader.ramp(node) }
        if top["scenarios"] == nil { reader.add(root, "scenarios", nil, "is missing: a list of visits with `steps`") }
        scenarios = reader.items(top["scenarios"], at: "scenarios").enumerated().compactMap {
            reader.scenario($1, "scenarios[\($0)]")
        }
        guard reader.problems.isEmpty else {
            throw ConfigurationProblems(problems: reader.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) })
        }
    }

    /// Seconds of `200ms`, `3s`, `10m`, `2h`; a bare number is seconds, nil is no time.
    public static func seconds(_ text: String) -> Double? { YAMLReader.seconds(text) }

    /// Names of identities that the scenarios mention.
    public var identities: [String] { scenarios.flatMap(\.identities) }
}

extension YAMLReader {
    fileprivate mutating func scenario(_ node: Node, _ path: String) -> LoadScenario? {
        let members = members(node, at: path, known: ["name", "weight", "as", "think", "steps"])
        var scenario = LoadScenario(name: string(members, "name", at: path) ?? path, steps: [])
        if let text = string(members, "weight", at: path) {
            if let weight = Double(text), weight > 0, weight <= 1_000_000 {
                scenario.weight = weight
            } else {
                add(members["weight"], "\(path).weight", text, "must be a number above zero")
            }
        }
        switch members["as"] {
        case .scalar(let scalar): scenario.identities = [scalar.string]
        case let list?: scenario.identities = items(list, at: "\(path).as").compactMap { $0.scalar?.string }
        case nil: break
        }
        let think = self.think(members, at: path) ?? .none
        let nodes = items(members["steps"], at: "\(path).steps")
        if nodes.isEmpty { add(node, "\(path).steps", nil, "is missing: a list of requests") }
        var known: Set<String> = ["n"]
        for (index, item) in nodes.enumerated() {
            guard let step = step(item, "\(path).steps[\(index)]", think) else { continue }
            // Sent as it stands it would load an address that isn't there.
            for name in step.placeholders where !known.contains(name) {
                add(
                    item, "\(path).steps[\(index)]", "{\(name)}",
                    "stands for nothing: no step before it takes `\(name)` (`{n}` is the number of the visit)")
            }
            known.formUnion(step.take.map(\.name))
            scenario.steps.append(step)
        }
        return scenario.steps.isEmpty ? nil : scenario
    }

    private mutating func step(_ node: Node, _ path: String, _ think: LoadPause) -> LoadStep? {
        let members = members(
            node, at: path,
            known: [
                "send", "headers", "json", "form", "route", "think", "expect", "take", "p50", "p95", "p99", "errors",
            ])
        guard let send = operation(members, "send", at: path, of: node) else { return nil }
        var step = LoadStep(
            operation: send, body: body(members, at: path),
            route: string(members, "route", at: path) ?? "\(send.method) \(send.path.prefix { $0 != "?" })")
        step.think = self.think(members, at: path) ?? think
        step.target = target(members, at: path)
        if let node = members["expect"] {
            let nodes = node.scalar == nil ? items(node, at: "\(path).expect") : [node]
            for item in nodes {
                guard let status = item.scalar.flatMap({ Int($0.string) }), (100...599).contains(status) else {
                    add(item, "\(path).expect", item.scalar?.string, "must be a status such as 201")
                    continue
                }
                step.expect.append(status)
            }
        }
        if let take = members["take"], case .mapping(let mapping) = take {
            for (name, pointer) in mapping {
                guard let name = name.scalar?.string, let from = pointer.scalar.flatMap({ LoadSource($0.string) })
                else {
                    add(
                        take, "\(path).take", pointer.scalar?.string,
                        "must be a JSON pointer such as `/id`, or `field NAME`, `header NAME`, `cookie NAME`")
                    continue
                }
                step.take.append((name, from))
            }
        } else if let take = members["take"] {
            add(take, "\(path).take", take.scalar?.string, "must be names with places, such as `{ id: /order/id }`")
        }
        step.fields = fields(members["headers"], at: "\(path).headers")
        return step
    }

    private mutating func fields(_ node: Node?, at path: String) -> [(name: String, value: String)] {
        guard let node else { return [] }
        guard case .mapping(let mapping) = node else {
            add(
                node, path, node.scalar?.string,
                "must be names with values, such as `{ Authorization: \"Bearer {token}\" }`")
            return []
        }
        var found: [(name: String, value: String)] = []
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            let isToken = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
            let isOurs = ["host", "content-length", "transfer-encoding", "connection"].contains(name.lowercased())
            guard isToken, !isOurs, let text = value.scalar?.string,
                text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
            else {
                add(
                    value, "\(path).\(visible(name, limit: 40))", value.scalar?.string,
                    "must be a field that a request may carry")
                continue
            }
            found.append((name, text))
        }
        return found
    }

    fileprivate mutating func ramp(_ node: Node) -> LoadPlan.Ramp? {
        let members = members(node, at: "ramp", known: ["from", "to", "steps", "each"])
        let from = rate(members, "from", at: "ramp") ?? 10
        let to = rate(members, "to", at: "ramp") ?? 1_000
        guard from < to else {
            add(node, "ramp.to", nil, "must be above `from`")
            return nil
        }
        return LoadPlan.Ramp(
            from: from, to: to, steps: integer(members, "steps", at: "ramp", in: 2...50) ?? 8,
            each: seconds(members, "each", at: "ramp") ?? 5)
    }

    fileprivate mutating func target(_ node: Node, at path: String) -> LoadTarget {
        target(members(node, at: path, known: ["p50", "p95", "p99", "errors"]), at: path)
    }

    private mutating func target(_ members: [String: Node], at path: String) -> LoadTarget {
        var target = LoadTarget()
        target.p50 = seconds(members, "p50", at: path).map { $0 * 1_000 }
        target.p95 = seconds(members, "p95", at: path).map { $0 * 1_000 }
        target.p99 = seconds(members, "p99", at: path).map { $0 * 1_000 }
        if let text = string(members, "errors", at: path) {
            let number = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
            if let number, (0...1).contains(number) {
                target.errors = number
            } else {
                add(members["errors"], join(path, "errors"), text, "must be a share such as 0.1%")
            }
        }
        return target
    }

    private mutating func think(_ members: [String: Node], at path: String) -> LoadPause? {
        guard let text = string(members, "think", at: path) else { return nil }
        let parts = text.split(separator: ".").count > 1 && text.contains("..") ? text.split("..") : [text]
        let bounds = parts.compactMap { Self.seconds($0.trimmed) }
        guard let from = bounds.first, let to = bounds.last, bounds.count == parts.count, from <= to, to <= 3_600 else {
            add(members["think"], join(path, "think"), text, "must be a time or a range, such as 500ms or 1s..3s")
            return nil
        }
        return LoadPause(from: from, to: to)
    }

    mutating func seconds(_ members: [String: Node], _ key: String, at path: String) -> Double? {
        guard let text = string(members, key, at: path) else { return nil }
        guard let seconds = Self.seconds(text), seconds <= LoadPlan.Bound.seconds else {
            add(members[key], join(path, key), text, "must be a time such as 200ms, 30s or 10m")
            return nil
        }
        return seconds
    }

    fileprivate mutating func rate(_ members: [String: Node], _ key: String, at path: String) -> Double? {
        guard let text = string(members, key, at: path) else { return nil }
        let number = text.hasSuffix("/s") ? Double(text.dropLast(2)) : Double(text)
        guard let number, number > 0, number <= LoadPlan.Bound.rate else {
            add(
                members[key], join(path, key), text,
                "must be a rate such as 50/s, at most \(Int(LoadPlan.Bound.rate))/s")
            return nil
        }
        return number
    }

    /// `200ms`, `3s`, `10m`, `2h`; a bare number is seconds.
    static func seconds(_ text: String) -> Double? {
        for (unit, factor) in [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)] where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).flatMap { $0 >= 0 && $0.isFinite ? $0 * factor : nil }
        }
        return Double(text).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
    }
}

extension String {
    /// The parts before and after the first place where `separator` stands.
    fileprivate func split(_ separator: String) -> [String] {
        guard let place = range(of: separator) else { return [self] }
        return [String(self[..<place.lowerBound]), String(self[place.upperBound...])]
    }
}
