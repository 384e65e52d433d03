import Yams

/// Walks a YAML tree and collects every problem instead of stopping at the first.
struct YAMLReader {
    private(set) var problems: [ConfigurationProblem] = []

    mutating func add(_ node: Node?, _ key: String, _ value: String?, _ valid: String, nearest: String? = nil) {
        problems.append(
            ConfigurationProblem(line: node?.mark?.line, key: key, value: value, valid: valid, nearest: nearest))
    }

    /// The members of a mapping by key; unknown keys are problems.
    mutating func members(_ node: Node, at path: String, known: [String]) -> [String: Node] {
        guard case .mapping(let mapping) = node else {
            add(node, path, brief(node), "must be a map with the keys \(known.joined(separator: ", "))")
            return [:]
        }
        var found: [String: Node] = [:]
        for (keyNode, value) in mapping {
            guard let key = keyNode.scalar?.string else {
                add(keyNode, path, nil, "keys must be plain words")
                continue
            }
            if known.contains(key) {
                found[key] = value
            } else {
                add(
                    keyNode, join(path, key), nil, "is no key here; valid are \(known.joined(separator: ", "))",
                    nearest: nearest(to: key, among: known))
            }
        }
        return found
    }

    mutating func items(_ node: Node?, at path: String, limit: Int = 200) -> [Node] {
        guard let node else { return [] }
        guard case .sequence(let sequence) = node else {
            add(node, path, brief(node), "must be a list")
            return []
        }
        return Array(sequence.prefix(limit))
    }

    mutating func string(_ members: [String: Node], _ key: String, at path: String, isSecret: Bool = false) -> String? {
        guard let node = members[key] else { return nil }
        guard let text = node.scalar?.string else {
            add(node, join(path, key), isSecret ? nil : brief(node), "must be text")
            return nil
        }
        return text
    }

    mutating func required(
        _ members: [String: Node], _ key: String, at path: String, of parent: Node, isSecret: Bool = false,
        valid: String = "is missing"
    ) -> String? {
        if members[key] == nil {
            add(parent, join(path, key), nil, valid)
            return nil
        }
        return string(members, key, at: path, isSecret: isSecret)
    }

    mutating func integer(
        _ members: [String: Node], _ key: String, at path: String, in range: ClosedRange<Int>
    ) -> Int? {
        guard let text = string(members, key, at: path) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            add(
                members[key], join(path, key), text,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    mutating func operation(
        _ members: [String: Node], _ key: String, at path: String, of parent: Node, isRequired: Bool = true
    ) -> Operation? {
        guard members[key] != nil || isRequired else { return nil }
        guard let text = required(members, key, at: path, of: parent) else { return nil }
        guard let operation = Operation(text) else {
            add(members[key], join(path, key), text, "must be a method and a path, such as `GET /api/things`")
            return nil
        }
        return operation
    }

    /// A JSON pointer.
    mutating func pointer(_ members: [String: Node], _ key: String, at path: String, of parent: Node) -> String? {
        guard let text = required(members, key, at: path, of: parent) else { return nil }
        guard text.isEmpty || text.hasPrefix("/") else {
            add(members[key], join(path, key), text, "must be a JSON pointer, such as `/items/0/id`")
            return nil
        }
        return text
    }

    /// `json:` or `form:` of a mapping.
    mutating func body(_ members: [String: Node], at path: String) -> BodyTemplate? {
        if let node = members["json"] { return .json(json(node).compact) }
        guard let node = members["form"] else { return nil }
        guard case .mapping(let mapping) = node else {
            add(node, join(path, "form"), brief(node), "must be a map of field names to values")
            return nil
        }
        return .form(mapping.map { (name: $0.key.scalar?.string ?? "", value: $0.value.scalar?.string ?? "") })
    }

    /// A YAML value as JSON: quoted scalars are text, plain ones what they look like.
    func json(_ node: Node, depth: Int = 0) -> JSONValue {
        guard depth < 32 else { return .null }
        switch node {
        case .scalar(let scalar):
            guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
            if let value = Int64(scalar.string) { return .integer(value) }
            if let value = Double(scalar.string), scalar.string.first?.isNumber ?? false { return .number(value) }
            switch scalar.string {
            case "true": return .bool(true)
            case "false": return .bool(false)
            case "null", "~", "": return .null
            default: return .string(scalar.string)
            }
        case .sequence(let items): return .array(items.prefix(200).map { json($0, depth: depth + 1) })
        case .mapping(let members):
            var object: [String: JSONValue] = [:]
            for (key, value) in members { object[key.scalar?.string ?? ""] = json(value, depth: depth + 1) }
            return .object(object)
        case .alias: return .null
        }
    }

    func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func brief(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string
        case .sequence: "a list"
        case .mapping: "a map"
        case .alias: "an alias"
        }
    }
}
