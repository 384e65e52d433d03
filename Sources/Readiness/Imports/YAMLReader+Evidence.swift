import Yams

extension YAMLReader {
    /// `evidence:`: which files, and what the gates ask for.
    mutating func evidence(_ node: Node) -> EvidenceRules {
        var rules = EvidenceRules()
        let top = members(
            node, at: "evidence",
            known: ["max-age", "commit", "foreign-commit", "tests", "coverage", "types", "findings", "load"])
        if let text = string(top, "max-age", at: "evidence") {
            if let age = Self.duration(text) {
                rules.longestAge = age
            } else {
                add(top["max-age"], "evidence.max-age", text, "must be a time such as 7d, 12h or 0 for any age")
            }
        }
        rules.needsCommit = word(top, "commit", at: "evidence", of: ["optional", "required"]) == "required"
        rules.acceptsForeignCommit =
            word(top, "foreign-commit", at: "evidence", of: ["refuse", "accept"]) == "accept"
        tests(top, &rules)
        coverage(top, &rules)
        types(top, &rules)
        findings(top, &rules)
        load(top, &rules)
        return rules
    }

    private mutating func gate(_ top: [String: Node], _ key: String, _ known: [String], _ rules: inout EvidenceRules)
        -> [String: Node]
    {
        guard let node = top[key] else { return [:] }
        let path = "evidence.\(key)"
        let members = members(node, at: path, known: ["files"] + known)
        rules.files[key] = items(members["files"], at: "\(path).files").compactMap { item in
            guard let text = item.scalar?.string, !text.isEmpty else {
                add(item, "\(path).files", nil, "must be paths, such as reports/junit.xml")
                return nil
            }
            return text
        }
        return members
    }

    private mutating func tests(_ top: [String: Node], _ rules: inout EvidenceRules) {
        let members = gate(top, "tests", ["pass-rate", "errors"], &rules)
        rules.passRate = number(members, "pass-rate", at: "evidence.tests", in: 0...100) ?? rules.passRate
        rules.testErrors = integer(members, "errors", at: "evidence.tests", in: 0...1_000_000) ?? rules.testErrors
    }

    private mutating func coverage(_ top: [String: Node], _ rules: inout EvidenceRules) {
        let members = gate(top, "coverage", ["line", "tiers"], &rules)
        rules.lineCoverage = number(members, "line", at: "evidence.coverage", in: 0...100) ?? rules.lineCoverage
        rules.tiers = items(members["tiers"], at: "evidence.coverage.tiers").enumerated().compactMap { index, node in
            let path = "evidence.coverage.tiers[\(index)]"
            let parts = self.members(node, at: path, known: ["name", "paths", "line"])
            guard let name = required(parts, "name", at: path, of: node) else { return nil }
            let paths = items(parts["paths"], at: "\(path).paths").compactMap { $0.scalar?.string }
            if paths.isEmpty {
                add(node, "\(path).paths", nil, "is missing: patterns such as `app/services/**`")
                return nil
            }
            return .init(name: name, paths: paths, line: number(parts, "line", at: path, in: 0...100))
        }
    }

    private mutating func types(_ top: [String: Node], _ rules: inout EvidenceRules) {
        let members = gate(top, "types", ["coverage", "errors"], &rules)
        rules.typeCoverage = number(members, "coverage", at: "evidence.types", in: 0...100) ?? rules.typeCoverage
        rules.typeErrors = integer(members, "errors", at: "evidence.types", in: 0...1_000_000) ?? rules.typeErrors
    }

    private mutating func findings(_ top: [String: Node], _ rules: inout EvidenceRules) {
        let members = gate(top, "findings", ["block"], &rules)
        let words = ScannerFindings.Weight.allCases.reversed().map(\.word)
        if let word = word(members, "block", at: "evidence.findings", of: words),
            let weight = ScannerFindings.Weight.allCases.first(where: { $0.word == word })
        {
            rules.blockingWeight = weight
        }
    }

    private mutating func load(_ top: [String: Node], _ rules: inout EvidenceRules) {
        let members = gate(top, "load", ["p95-ms", "error-rate", "routes"], &rules)
        rules.p95 = number(members, "p95-ms", at: "evidence.load", in: 0...3_600_000) ?? rules.p95
        rules.errorRate = number(members, "error-rate", at: "evidence.load", in: 0...100) ?? rules.errorRate
        guard let node = members["routes"] else { return }
        guard case .mapping(let mapping) = node else {
            add(node, "evidence.load.routes", nil, "must be a map of a route's name to milliseconds")
            return
        }
        for (key, value) in mapping {
            guard let name = key.scalar?.string, let limit = value.scalar.flatMap({ Double($0.string) }), limit > 0,
                limit.isFinite
            else {
                add(value, "evidence.load.routes", value.scalar?.string, "must be a number of milliseconds")
                continue
            }
            rules.routes[name] = limit
        }
    }

    mutating func number(
        _ members: [String: Node], _ key: String, at path: String, in range: ClosedRange<Double>
    ) -> Double? {
        guard let text = string(members, key, at: path) else { return nil }
        guard let value = Double(text), value.isFinite, range.contains(value) else {
            add(
                members[key], join(path, key), text,
                "must be a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
            return nil
        }
        return value
    }

    mutating func word(_ members: [String: Node], _ key: String, at path: String, of words: [String]) -> String? {
        guard let text = string(members, key, at: path) else { return nil }
        guard words.contains(text) else {
            add(
                members[key], join(path, key), text, "must be \(words.joined(separator: " or "))",
                nearest: nearest(to: text, among: words))
            return nil
        }
        return text
    }

    /// `90s`, `30m`, `12h`, `7d`, or `0`.
    static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count > 0,
            count < 1_000_000
        else { return nil }
        return .seconds(count * unit)
    }
}
