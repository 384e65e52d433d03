import Yams

extension YAMLReader {
    private static let raceKeys = [
        "name", "as", "object", "before", "write", "json", "form", "writes", "read", "pointer", "adds", "at-most",
        "moves-once", "exclusive", "rounds",
    ]

    mutating func race(_ node: Node, _ key: String, _ index: Int) -> RaceRule? {
        let path = "\(key)[\(index)]"
        let members = members(node, at: path, known: Self.raceKeys)
        let before = items(members["before"], at: "\(path).before").enumerated().compactMap {
            raceStep($1, "\(path).before[\($0)]")
        }
        guard let writes = raceWrites(members, node, path), let first = writes.first else { return nil }
        let read = operation(members, "read", at: path, of: node, isRequired: false)
        guard let promise = promise(members, writes, node, path) else { return nil }
        switch promise {
        case .adds, .kept, .movesOnce:
            guard read != nil else {
                if members["read"] == nil { add(node, "\(path).read", nil, "is missing: where it is read back") }
                return nil
            }
        case .atMost, .exclusive: break
        }
        var rule = RaceRule(
            name: string(members, "name", at: path) ?? first.operation.description,
            identity: string(members, "as", at: path), object: string(members, "object", at: path), before: before,
            writes: writes, read: read, promise: promise)
        rule.rounds = integer(members, "rounds", at: path, in: 1...50) ?? (promise == .exclusive ? 4 : 2)
        return rule
    }

    private mutating func raceWrites(_ members: [String: Node], _ node: Node, _ path: String) -> [RaceWrite]? {
        if members["write"] != nil {
            guard let write = operation(members, "write", at: path, of: node) else { return nil }
            return [RaceWrite(operation: write, body: body(members, at: path))]
        }
        guard let several = members["writes"] else {
            add(node, "\(path).write", nil, "is missing (or `writes`, a list of different ones)")
            return nil
        }
        let nodes = items(several, at: "\(path).writes")
        var writes: [RaceWrite] = []
        for (index, item) in nodes.prefix(8).enumerated() {
            let place = "\(path).writes[\(index)]"
            let own = self.members(item, at: place, known: ["send", "json", "form", "shows", "value"])
            guard let send = operation(own, "send", at: place, of: item) else { continue }
            var write = RaceWrite(operation: send, body: body(own, at: place))
            if own["shows"] != nil, let pointer = pointer(own, "shows", at: place, of: item),
                let value = required(own, "value", at: place, of: item)
            {
                write.shows = (pointer, value)
            }
            writes.append(write)
        }
        if nodes.count < 2 {
            add(several, "\(path).writes", nil, "must be at least two different writes (one alone is `write`)")
            return nil
        }
        return writes.count == min(8, nodes.count) ? writes : nil
    }

    private mutating func raceStep(_ node: Node, _ path: String) -> RaceStep? {
        let members = members(node, at: path, known: ["send", "json", "form", "take"])
        guard let send = operation(members, "send", at: path, of: node) else { return nil }
        var step = RaceStep(operation: send, body: body(members, at: path))
        if let take = members["take"] {
            guard case .mapping(let mapping) = take else {
                add(take, "\(path).take", nil, "must be a map of names to JSON pointers, such as `{ order: /id }`")
                return nil
            }
            for (name, pointer) in mapping {
                guard let name = name.scalar?.string, let text = pointer.scalar?.string, text.hasPrefix("/") else {
                    add(take, "\(path).take", pointer.scalar?.string, "must be a JSON pointer, such as `/id`")
                    continue
                }
                step.take.append((name, text))
            }
        }
        return step
    }

    /// Exactly one promise: `adds` with `pointer`, `at-most`, `exclusive`, or `shows` on every write.
    private mutating func promise(
        _ members: [String: Node], _ writes: [RaceWrite], _ node: Node, _ path: String
    ) -> RaceRule.Promise? {
        let given = ["adds", "at-most", "moves-once", "exclusive"].filter { members[$0] != nil }
        let shown = writes.count { $0.shows != nil }
        guard given.count + (shown > 0 ? 1 : 0) == 1 else {
            add(
                node, path, nil,
                "must promise exactly one of `adds` or `moves-once` (with `pointer`), `at-most`, `exclusive`, or `shows` on its writes"
            )
            return nil
        }
        for key in ["adds", "moves-once"] where members[key] != nil {
            guard let pointer = pointer(members, "pointer", at: path, of: node),
                let text = string(members, key, at: path)
            else { return nil }
            guard let number = Double(text), number != 0, number.isFinite else {
                add(members[key], "\(path).\(key)", text, "must be the number that one write adds")
                return nil
            }
            return key == "adds" ? .adds(pointer: pointer, number) : .movesOnce(pointer: pointer, number)
        }
        if members["at-most"] != nil {
            return integer(members, "at-most", at: path, in: 1...1_000).map { .atMost($0) }
        }
        if members["exclusive"] != nil {
            guard string(members, "exclusive", at: path) == "true", writes.count > 1 else {
                add(members["exclusive"], "\(path).exclusive", nil, "must be true, on a rule with `writes`")
                return nil
            }
            return .exclusive
        }
        guard shown == writes.count else {
            add(node, "\(path).writes", nil, "must have `shows` and `value` on every write, or on none")
            return nil
        }
        return .kept
    }

    mutating func signUp(_ node: Node) -> SignUp? {
        let members = members(node, at: "sign-up", known: ["path", "method", "json", "form", "user"])
        let path = path(members, "path", at: "sign-up")
        if members["path"] == nil { add(node, "sign-up.path", nil, "is missing") }
        guard let body = body(members, at: "sign-up") else {
            add(node, "sign-up.json", nil, "is missing: `json` or `form` with {user} and {password}")
            return nil
        }
        guard let path, let operation = Operation("\(string(members, "method", at: "sign-up") ?? "POST") \(path)")
        else { return nil }
        var signUp = SignUp(operation: operation, body: body)
        if let user = string(members, "user", at: "sign-up") {
            if !user.contains("{nonce}") { add(members["user"], "sign-up.user", user, "must have {nonce} in it") }
            signUp.user = user
        }
        return signUp
    }

    mutating func token(_ node: Node) -> TokenRule? {
        let members = members(node, at: "token", known: ["path", "method", "json", "form", "pointer", "short-lived"])
        let path = path(members, "path", at: "token")
        if members["path"] == nil { add(node, "token.path", nil, "is missing") }
        let pointer = pointer(members, "pointer", at: "token", of: node)
        guard let body = body(members, at: "token") else {
            add(node, "token.json", nil, "is missing: `json` or `form` with {user} and {password}")
            return nil
        }
        guard let path, let pointer,
            let operation = Operation("\(string(members, "method", at: "token") ?? "POST") \(path)")
        else { return nil }
        return TokenRule(
            operation: operation, body: body, pointer: pointer,
            shortLived: members["short-lived"].map { .json(json($0).compact) })
    }

    mutating func routes(_ node: Node?) -> [Operation] {
        items(node, at: "routes").enumerated().compactMap { index, item in
            guard let operation = item.scalar.flatMap({ Operation($0.string) }) else {
                add(
                    item, "routes[\(index)]", item.scalar?.string,
                    "must be a method and a path, such as `GET /things/{id}`")
                return nil
            }
            return operation
        }
    }

    mutating func echoes(_ node: Node?) -> [String] {
        items(node, at: "echoes").prefix(4).enumerated().compactMap { index, item in
            guard let text = item.scalar?.string, text.hasPrefix("/"), text.contains("{value}") else {
                add(item, "echoes[\(index)]", item.scalar?.string, "must be a path with {value} in it")
                return nil
            }
            return text
        }
    }

    mutating func export(_ node: Node) -> ExportRule? {
        let members = members(node, at: "export", known: ["as", "object", "write", "json", "form", "read"])
        let write = operation(members, "write", at: "export", of: node)
        let read = operation(members, "read", at: "export", of: node)
        guard let body = body(members, at: "export") else {
            add(node, "export.json", nil, "is missing: `json` or `form` with {payload}")
            return nil
        }
        guard let write, let read else { return nil }
        return ExportRule(
            identity: string(members, "as", at: "export"), object: string(members, "object", at: "export"),
            write: write, body: body, read: read)
    }
}
