import Yams

extension Profile {
    /// Reads a profile's text; throws `ConfigurationProblems` with everything that is wrong in it.
    ///
    ///     title: …
    ///     levels: [{ name: launch, score: 90, areas: { security: 95 } }]
    ///     weights: { tests: 30 }
    ///     criteria:
    ///       tests:
    ///         - { id: pass-rate, text: "…", figure: "tests.pass-rate >= 80" }
    init(yaml: String, name: String) throws {
        guard let root = try Yams.compose(yaml: yaml) else {
            throw ConfigurationProblems(problems: [.init(key: "", valid: "is empty")])
        }
        var reader = YAMLReader()
        let top = reader.members(root, at: "", known: ["title", "levels", "weights", "criteria"])
        self.name = name
        title = reader.required(top, "title", at: "", of: root) ?? name
        stages = reader.stages(top["levels"])
        weights = reader.weights(top["weights"])
        criteria = []
        let words = stages.map(\.name)
        if let groups = top["criteria"]?.mapping {
            for (key, value) in groups {
                let group = key.scalar?.string ?? ""
                criteria += reader.criteria(value, at: "criteria.\(group)", group: group, levels: words)
            }
        }
        reader.distinct(criteria, root)
        for group in weights.keys.sorted() where !groups.contains(group) {
            reader.add(top["weights"], "weights.\(group)", nil, "names no group of the criteria")
        }
        if stages.isEmpty { reader.add(root, "levels", nil, "must name a level at least") }
        guard reader.problems.isEmpty else { throw ConfigurationProblems(problems: reader.problems) }
    }
}

extension YAMLReader {
    /// A group's criteria; the first level is the default.
    mutating func criteria(_ node: Node?, at path: String, group: String?, levels: [String]) -> [Criterion] {
        items(node, at: path, limit: 2_000).enumerated().compactMap { index, item in
            criterion(item, at: "\(path)[\(index)]", group: group, levels: levels)
        }
    }

    private mutating func criterion(_ node: Node, at path: String, group: String?, levels: [String]) -> Criterion? {
        let deciders = ["check", "figure", "score", "signature"]
        let members = members(
            node, at: path,
            known: ["id", "text", "group", "level", "control", "blocks", "source", "ticked"] + deciders)
        let id = required(members, "id", at: path, of: node)
        let text = required(members, "text", at: path, of: node)
        let level = string(members, "level", at: path) ?? levels.first ?? ""
        if !levels.isEmpty, !levels.contains(level) {
            add(
                members["level"], "\(path).level", level, "must be one of \(levels.joined(separator: ", "))",
                nearest: nearest(to: level, among: levels))
        }
        guard deciders.count(where: { members[$0] != nil }) == 1 else {
            add(node, path, nil, "must have exactly one of \(deciders.joined(separator: ", "))")
            return nil
        }
        let decider = decider(members, at: path)
        let controls = words(members["control"], at: "\(path).control")
        for control in controls where !CapabilityDirectory.ids.contains(control) {
            add(
                members["control"], "\(path).control", control, "must be the id of a capability",
                nearest: nearest(to: control, among: CapabilityDirectory.ids))
        }
        guard let id, let text, let decider else { return nil }
        return Criterion(
            id: id, text: text, group: string(members, "group", at: path) ?? group ?? "checklist", level: level,
            decider: decider, controls: controls, isBlocker: flag(members, "blocks", at: path) ?? true,
            source: string(members, "source", at: path), isTicked: flag(members, "ticked", at: path))
    }

    private mutating func decider(_ members: [String: Node], at path: String) -> Criterion.Decider? {
        if let node = members["check"] {
            let ids = words(node, at: "\(path).check")
            if ids.isEmpty { add(node, "\(path).check", nil, "must name a check at least") }
            let known = CheckCatalogue.sheets.map(\.id)
            for id in ids where !known.contains(id) {
                add(
                    node, "\(path).check", id, "must be the id of a check (`seaworthy check --list`)",
                    nearest: nearest(to: id, among: known))
            }
            return ids.isEmpty ? nil : .checks(ids)
        }
        if let text = string(members, "figure", at: path) {
            let known = FigureCatalogue.all.map(\.id)
            guard let condition = FigureCondition(text), known.contains(condition.figure) else {
                let word = text.split(separator: " ").first.map(String.init) ?? ""
                add(
                    members["figure"], "\(path).figure", text,
                    "must be a figure, one of >= <= = and a number, such as `tests.pass-rate >= 80`",
                    nearest: known.contains(word) ? nil : nearest(to: word, among: known))
                return nil
            }
            return .figure(condition)
        }
        if let text = string(members, "score", at: path) {
            guard let condition = ScoreCondition(text) else {
                add(
                    members["score"], "\(path).score", text,
                    "must be an area, security or all, then >= and 0 to 100, such as `security >= 95`")
                return nil
            }
            return .score(condition)
        }
        guard let role = string(members, "signature", at: path) else { return nil }
        return .signature(role: role == "anybody" ? nil : role)
    }

    /// Ids must lead to one criterion each.
    mutating func distinct(_ criteria: [Criterion], _ root: Node, _ list: Node? = nil) {
        var seen: Set<String> = []
        for criterion in criteria where !seen.insert(criterion.id).inserted {
            let second = list?.sequence?.filter { $0.mapping?["id"]?.string == criterion.id }.dropFirst().first
            add(second ?? root, "criteria", criterion.id, "is the id of two criteria")
        }
    }

    /// `--level NAME` must lead to one level.
    mutating func distinctLevels(_ node: Node?) {
        var seen: Set<String> = []
        for (index, item) in (node?.sequence ?? []).enumerated() {
            guard let name = item.mapping?["name"], let text = name.string, !seen.insert(text).inserted else {
                continue
            }
            add(name, "levels[\(index)].name", text, "is there twice")
        }
    }

    /// Groups must exist. Shares can be of any size; what looks like percentages has to come to a hundred.
    mutating func checkWeights(_ weights: [String: Int], _ node: Node?, _ groups: Set<String>) {
        for (key, _) in node?.mapping ?? [:] {
            guard let group = key.string, weights[group] != nil, !groups.contains(group) else { continue }
            let known = groups.sorted()
            add(
                key, "weights.\(group)", nil,
                known.isEmpty
                    ? "weighs nothing: there are no criteria"
                    : "must name a group of the criteria: \(known.joined(separator: ", "))",
                nearest: nearest(to: group, among: known))
        }
        let sum = weights.values.reduce(0, +)
        if (50...150).contains(sum), sum != 100 {
            let shares = weights.sorted { $0.key < $1.key }.map { "\($0.value)" }.joined(separator: " + ")
            add(node, "weights", nil, "must come to 100, and \(shares) is \(sum) (or be small shares such as 1 and 2)")
        }
    }

    /// `levels:` of a profile.
    mutating func stages(_ node: Node?) -> [Profile.Stage] {
        items(node, at: "levels").enumerated().compactMap { index, item in
            let path = "levels[\(index)]"
            let members = members(item, at: path, known: ["name", "score", "areas"])
            guard let name = required(members, "name", at: path, of: item) else { return nil }
            return Profile.Stage(
                name: name, minimumScore: integer(members, "score", at: path, in: 0...100) ?? 0,
                areas: areas(members["areas"], at: "\(path).areas"))
        }
    }

    /// `areas: { security: 95 }`.
    mutating func areas(_ node: Node?, at path: String) -> [ScoreCondition] {
        guard let node else { return [] }
        let members = members(node, at: path, known: ScoreCondition.words)
        return members.keys.sorted().compactMap { word in
            integer(members, word, at: path, in: 0...100).flatMap { ScoreCondition("\(word) >= \($0)") }
        }
    }

    /// `weights: { tests: 30 }`.
    mutating func weights(_ node: Node?) -> [String: Int] {
        guard let node else { return [:] }
        guard case .mapping(let mapping) = node else {
            add(node, "weights", nil, "must be a map of groups to shares")
            return [:]
        }
        var found: [String: Int] = [:]
        for (key, value) in mapping {
            let group = key.scalar?.string ?? ""
            guard let share = value.scalar.flatMap({ Int($0.string) }), (0...1_000).contains(share) else {
                add(value, "weights.\(group)", value.scalar?.string, "must be a whole number from 0 to 1000")
                continue
            }
            found[group] = share
        }
        return found
    }

    /// One word or a list of words.
    mutating func words(_ node: Node?, at path: String) -> [String] {
        guard let node else { return [] }
        if let word = node.scalar?.string { return [word] }
        return items(node, at: path).compactMap { $0.scalar?.string }
    }

    mutating func flag(_ members: [String: Node], _ key: String, at path: String) -> Bool? {
        guard let text = string(members, key, at: path) else { return nil }
        guard let value = Bool(text) else {
            add(members[key], join(path, key), text, "must be true or false")
            return nil
        }
        return value
    }

    mutating func attestation(_ node: Node, _ index: Int) -> Attestation? {
        let path = "attestations[\(index)]"
        let members = members(node, at: path, known: ["item", "by", "role", "signed", "expires", "note"])
        let item = required(members, "item", at: path, of: node)
        let by = required(members, "by", at: path, of: node)
        let signed = day(members, "signed", at: path, of: node)
        let expires = day(members, "expires", at: path, of: node)
        guard let item, let by, let signed, let expires else { return nil }
        return Attestation(
            item: item, by: by, role: string(members, "role", at: path), signed: signed, expires: expires,
            note: string(members, "note", at: path))
    }

    mutating func figure(_ node: Node, _ index: Int) -> Figure? {
        let path = "figures[\(index)]"
        let members = members(node, at: path, known: ["figure", "value", "source", "measured", "commit"])
        let id = required(members, "figure", at: path, of: node)
        let text = required(members, "value", at: path, of: node)
        let source = required(members, "source", at: path, of: node)
        let measured = members["measured"] == nil ? nil : day(members, "measured", at: path, of: node)
        guard let id, let text, let source else { return nil }
        let known = FigureCatalogue.all.map(\.id)
        if !known.contains(id) {
            add(
                members["figure"], "\(path).figure", id, "must be the id of a figure (docs/checklists.md)",
                nearest: nearest(to: id, among: known))
        }
        guard let value = Double(text), value.isFinite else {
            add(members["value"], "\(path).value", text, "must be a number")
            return nil
        }
        return Figure(
            id: id, value: value, source: visible(source, limit: 120), measured: measured,
            commit: string(members, "commit", at: path))
    }

    private mutating func day(
        _ members: [String: Node], _ key: String, at path: String, of parent: Node
    ) -> CalendarDay? {
        guard let text = required(members, key, at: path, of: parent) else { return nil }
        guard let day = CalendarDay(text) else {
            add(members[key], join(path, key), text, "must be a day such as 2027-03-31")
            return nil
        }
        return day
    }
}
