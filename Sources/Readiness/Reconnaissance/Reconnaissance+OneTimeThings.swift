/// Finds in a description what can be done once: an order filled, a voucher redeemed, an invitation taken.
///
/// A thing is made, used, and used again in turn. Where the second use is refused, or is taken and changes nothing, the app
/// itself says that once is meant; whether it holds when both come at the same moment is for the race to say.
extension Reconnaissance {
    private static let mostMakers = 4
    private static let mostUses = 3

    /// What a run made, and how it is made again.
    struct Thing {
        let step: RaceStep
        let id: String
        /// The path of the thing, as it stands and with its name in braces.
        let path: String
        let template: String
    }

    func oneTimeThings(_ entries: [OpenAPIDescription.Entry], as who: String) async -> [RaceRule] {
        let makers = entries.filter { entry in
            entry.method == "POST" && !entry.hasParameters && !Self.acts(entry.path) && !Discovery.isSignIn(entry.path)
                && !Discovery.isSignUp(entry.path)
                && (entries.contains { $0.path.hasPrefix("\(entry.path)/{") } || Self.isNamedElsewhere(entry, entries))
        }
        var rules: [RaceRule] = []
        for maker in makers.prefix(Self.mostMakers) {
            if Task.isCancelled { return rules }
            rules += (try? await uses(of: maker, entries, who)) ?? []
        }
        return rules
    }

    /// Whether another write names what this one makes in its body: `voucher_code` beside `POST /vouchers`.
    private static func isNamedElsewhere(
        _ maker: OpenAPIDescription.Entry, _ entries: [OpenAPIDescription.Entry]
    ) -> Bool {
        let word = String(maker.path.split(separator: "/").last ?? "")
        let singular = (word.hasSuffix("s") ? String(word.dropLast()) : word).lowercased()
        return singular.count >= 3
            && entries.contains { entry in
                entry.method == "POST" && !entry.hasParameters && entry.path != maker.path
                    && (entry.body?.members ?? [:]).keys.contains {
                        let plain = $0.lowercased().filter(\.isLetter)
                        return plain.hasPrefix(singular.filter(\.isLetter)) && isName($0, of: singular)
                    }
            }
    }

    private func uses(
        of maker: OpenAPIDescription.Entry, _ entries: [OpenAPIDescription.Entry], _ who: String
    ) async throws -> [RaceRule] {
        if let rule = try await usedOnce(maker, in: nil, fills: [], entries, who) { return [rule] }
        // What is made inside of another thing, and may cost what has to be put into that first.
        guard let outer = try await made(maker, among: "thing", at: maker.path, maker.path, who) else { return [] }
        let inside = entries.filter { entry in
            let rest = entry.path.dropFirst(maker.path.count)
            return entry.method == "POST" && entry.path.hasPrefix("\(maker.path)/{") && !Self.acts(entry.path)
                && rest.split(separator: "/").count == 2
        }
        let fills = try await fills(of: outer, inside, who)
        for inner in inside {
            if let rule = try await usedOnce(inner, in: outer, fills: fills, entries, who) { return [rule] }
        }
        return []
    }

    /// Up to four of the first write inside of a thing that makes a number of it larger.
    private func fills(
        of outer: Thing, _ inside: [OpenAPIDescription.Entry], _ who: String
    ) async throws -> [RaceStep] {
        for entry in inside.prefix(6) where entry.body != nil {
            let rest = "/\(entry.path.split(separator: "/").last ?? "")"
            let body = entry.body.map { BodyTemplate.json($0.compact) }
            let before = try await numbers(outer.path, who)
            guard try await send(request("POST", outer.path + rest, body), as: who).answer.isAcknowledged else {
                continue
            }
            let after = try await numbers(outer.path, who)
            guard before.contains(where: { (after[$0.key] ?? 0) > $0.value && !Self.countsWrites($0.key) }),
                let operation = Operation("POST \(outer.template)\(rest)")
            else { continue }
            return Array(repeating: RaceStep(operation: operation, body: body), count: 4)
        }
        return []
    }

    private struct Use {
        let entry: OpenAPIDescription.Entry
        /// With `{inner}`, the id, in the path or in the body.
        let path: String
        let body: BodyTemplate?
    }

    private func usedOnce(
        _ maker: OpenAPIDescription.Entry, in outer: Thing?, fills: [RaceStep], _ entries: [OpenAPIDescription.Entry],
        _ who: String
    ) async throws -> RaceRule? {
        let rest = outer == nil ? maker.path : "/\(maker.path.split(separator: "/").last ?? "")"
        let word = String(maker.path.split(separator: "/").last ?? "")
        let uses = Self.uses(of: maker, word, entries)
        let makings = [maker.body, maker.leastBody].filter { $0 != nil || maker.body == nil }
        for use in uses.prefix(Self.mostUses) {
            for making in makings.prefix(2) {
                for fill in fills { _ = try await again(fill, outer, who) }
                let path = (outer?.path ?? "") + rest
                guard
                    let thing = try await made(
                        maker, making, at: path, as: "inner", (outer?.template ?? "") + rest, who),
                    let found = try await triedTwice(use, thing, outer, entries, who),
                    let operation = Operation("\(use.entry.method) \(use.path)")
                else { continue }
                return RaceRule(
                    name: "\(use.entry.path) (found)", identity: RaceRule.newcomer,
                    before: (outer.map { [$0.step] } ?? []) + fills + [thing.step],
                    writes: [RaceWrite(operation: operation, body: use.body)], read: found.read, promise: found.promise)
            }
        }
        return nil
    }

    private func again(_ step: RaceStep, _ outer: Thing?, _ who: String) async throws -> Sighting {
        let path = step.operation.path.replacing(outer?.template ?? "{}", with: outer?.path ?? "{}")
        return try await send(request("POST", path, step.body), as: who)
    }

    /// What could be done with a thing: below its own address wherever that stands, or by its id in a body.
    private static func uses(
        of maker: OpenAPIDescription.Entry, _ word: String, _ entries: [OpenAPIDescription.Entry]
    ) -> [Use] {
        let singular = (word.hasSuffix("s") ? String(word.dropLast()) : word).lowercased()
        var uses: [Use] = []
        for entry in entries where ["POST", "PUT", "PATCH"].contains(entry.method) && !acts(entry.path) {
            let parts = entry.path.split(separator: "/").map(String.init)
            for body in [entry.body, entry.leastBody].filter({ $0 != nil || entry.body == nil }) {
                if parts.count > 2, entry.names.count == 1, let name = entry.names.first,
                    parts[parts.count - 3] == word, parts[parts.count - 2].hasPrefix("{")
                {
                    let path = entry.path.replacing("{\(name)}", with: "{inner}")
                    uses.append(Use(entry: entry, path: path, body: body.map { .json($0.compact) }))
                } else if entry.method == "POST", !entry.hasParameters, entry.path != maker.path,
                    var members = body?.members,
                    let key = members.keys.sorted().first(where: { isName($0, of: singular) })
                {
                    members[key] = .string("{inner}")
                    uses.append(Use(entry: entry, path: entry.path, body: .json(JSONValue.object(members).compact)))
                }
            }
        }
        return uses
    }

    /// `voucherId`, `voucher_code`, `voucher`, or `code` alone.
    private static func isName(_ key: String, of singular: String) -> Bool {
        let plain = key.lowercased().filter(\.isLetter)
        let word = singular.filter(\.isLetter)
        return [word, "\(word)id", "\(word)code", "\(word)token", "\(word)key", "code"].contains(plain)
    }

    /// Uses a thing twice in turn; answers what the app seems to promise of it, nil where it promises nothing.
    private func triedTwice(
        _ use: Use, _ thing: Thing, _ outer: Thing?, _ entries: [OpenAPIDescription.Entry], _ who: String
    ) async throws -> (promise: RaceRule.Promise, read: Operation?)? {
        let values = ["inner": thing.id]
        let path = use.path.replacing("{inner}", with: formEncoded(thing.id))
        func send() async throws -> Sighting {
            try await self.send(request(use.entry.method, path, use.body, values), as: who)
        }
        let reads = Self.reads(thing, outer, entries)
        var seen: [[[String: Double]]] = [try await all(reads, who)]
        guard try await send().answer.isAcknowledged else { return nil }
        seen.append(try await all(reads, who))
        let second = try await send()
        // A limit or a lost session says nothing of the thing.
        if (400..<500).contains(second.status), ![401, 429].contains(second.status) { return (.atMost(1), nil) }
        guard second.answer.isAcknowledged else { return nil }
        seen.append(try await all(reads, who))
        for (index, read) in reads.enumerated() {
            for (pointer, before) in seen[0][index].sorted(by: { $0.key < $1.key }) where !Self.countsWrites(pointer) {
                guard let once = seen[1][index][pointer], let twice = seen[2][index][pointer], once != before,
                    twice == once,
                    let operation = Operation("GET \(read.template)")
                else { continue }
                return (.movesOnce(pointer: pointer, once - before), operation)
            }
        }
        return nil
    }

    /// Where a use could show: the thing, what it was made in, and a person's own records.
    private static func reads(
        _ thing: Thing, _ outer: Thing?, _ entries: [OpenAPIDescription.Entry]
    ) -> [(path: String, template: String)] {
        let own = entries.filter { $0.isRead && !$0.hasParameters }.map(\.path)
        let words = ["balance", "wallet", "account", "me", "profile", "credit", "points", "session"]
        let personal = own.filter { path in path.split(separator: "/").contains { words.contains($0.lowercased()) } }
        return (outer.map { [($0.path, $0.template)] } ?? []) + [(thing.path, thing.template)]
            + personal.prefix(3).map { ($0, $0) }
    }

    private func all(_ reads: [(path: String, template: String)], _ who: String) async throws -> [[String: Double]] {
        var found: [[String: Double]] = []
        for read in reads { found.append(try await numbers(read.path, who)) }
        return found
    }

    /// With the whole example, else with what is required alone.
    private func made(
        _ maker: OpenAPIDescription.Entry, among name: String, at path: String, _ template: String, _ who: String
    ) async throws -> Thing? {
        if let thing = try await made(maker, maker.body, at: path, as: name, template, who) { return thing }
        guard let least = maker.leastBody else { return nil }
        return try await made(maker, least, at: path, as: name, template, who)
    }

    /// Makes a thing and learns its id from the answer.
    func made(
        _ maker: OpenAPIDescription.Entry, _ example: JSONValue?, at path: String, as name: String, _ template: String,
        _ who: String
    ) async throws -> Thing? {
        let body = example.map { BodyTemplate.json($0.compact) }
        let seen = try await send(request("POST", path, body), as: who)
        guard seen.answer.isAcknowledged, let operation = Operation("POST \(template)"), let json = seen.answer.json,
            let (pointer, id) = Self.ownID(in: json, word: String(maker.path.split(separator: "/").last ?? ""))
        else { return nil }
        let step = RaceStep(operation: operation, body: body, take: [(name, pointer)])
        return Thing(step: step, id: id, path: "\(path)/\(formEncoded(id))", template: "\(template)/{\(name)}")
    }

    /// The id of what was made: at the top of the answer, or one step down, as `data` or under the thing's own name.
    static func ownID(in json: JSONValue, word: String) -> (pointer: String, id: String)? {
        let singular = (word.hasSuffix("s") ? String(word.dropLast()) : word).filter { $0.isLetter || $0 == "_" }
        let names = [
            "id", "uuid", "key", "slug", "\(singular)_id", "\(singular)Id", "\(singular)ID", "\(singular)_code",
            "\(singular)Code", "code", "token", "number",
        ]
        for place in ["", "/data", "/result", "/item", "/\(singular)"] {
            for name in names {
                let pointer = "\(place)/\(name)"
                if let id = json.at(pointer)?.scalarText, !id.isEmpty, id.utf8.count <= 100 { return (pointer, id) }
            }
        }
        return nil
    }
}
