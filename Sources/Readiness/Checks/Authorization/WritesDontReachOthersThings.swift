/// Writes to another person's things, proved by reading back: a 404 that wrote all the same is a failure, and a 200 that
/// wrote nothing is none.
struct WritesDontReachOthersThings: Check {
    let sheet = CheckSheet(
        "authorization.foreign-writes", "Nobody changes another person's things", area: .authorization, side: .app,
        severity: .critical, asvs: "V8.2.2", flaw: "foreign-writes", needs: [.login, .identities, .writes],
        rationale: "A status code is what the app says; what it did stands in the database.",
        remediation: "Put the owner into the statement that writes (`WHERE id = ? AND owner = ?`), not before it.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let (one, other) = try await target.peers()
        let theirs = try await target.reads(of: other)
        let writes = try await target.operations().filter {
            ["PATCH", "PUT", "POST", "DELETE"].contains($0.method) && $0.hasParameters && !Reconnaissance.acts($0.path)
        }
        var all: [Observation] = []
        var lets = false
        // What destroys comes last, so that there is something to read back until then.
        let order = ["PATCH", "PUT", "POST", "DELETE"]
        for method in order {
            for entry in writes where entry.method == method {
                if all.count >= 12 { break }
                if let seen = try await judge(entry, one, other, theirs, target, &lets) { all.append(seen) }
            }
        }
        if try await target.isKnownByItsPages() {
            all += try await FormsOfOthers(one: one, other: other, target: target).observe()
        }
        guard !all.isEmpty else {
            throw Obstacle.notAvailable("no write with an id is known whose effect can be read back")
        }
        return all
    }

    private func judge(
        _ entry: OpenAPIDescription.Entry, _ one: String, _ other: String, _ theirs: [Reconnaissance.Reachable],
        _ target: Reconnaissance, _ lets: inout Bool
    ) async throws -> Observation? {
        // The id must be the other person's, and that of a thing of theirs alone.
        guard let path = Reconnaissance.filled(entry, from: theirs) else { return nil }
        let own = try await target.reads(of: one)
        let ownPath = Reconnaissance.filled(entry, from: own)
        if ownPath == path { return nil }
        let places = theirs.filter { path.hasPrefix($0.path) || $0.path.hasPrefix(path) }.filter {
            $0.entry.hasParameters
        }
        guard let place = places.max(by: { $0.path.count < $1.path.count }) ?? places.first else { return nil }
        func state() async throws -> [JSONValue?] {
            var all: [JSONValue?] = []
            for item in places.prefix(3) {
                all.append(try await target.send(.get(item.path, Reconnaissance.program), as: other).answer.json)
            }
            return all
        }
        let before = try await state()
        let body = entry.body ?? written(entry, like: place.answer.answer.json)
        func request(_ path: String) -> ProbeRequest {
            guard let body else { return ProbeRequest(entry.method, path, fields: Reconnaissance.program) }
            return .json(entry.method, path, marked(body, target.nonce)).adding("Accept", "application/json")
        }
        let seen = try await target.send(request(path), as: one)
        let after = try await state()
        if before != after {
            return .fails(
                "\(entry.method) \(entry.path)",
                "\(one)'s write (answered \(seen.status)) changed what \(other) reads at \(place.path)", seen,
                place.answer)
        }
        guard [401, 403, 404].contains(seen.status) else {
            return .notAvailable(
                "\(entry.method) \(entry.path)", "\(seen.status) to \(one), and \(other) reads the same as before", seen
            )
        }
        // Who lacks a token is refused everywhere: only one who may write one's own isn't refused for that.
        if [401, 403].contains(seen.status) {
            if !lets, entry.method != "DELETE", let ownPath {
                let control = try await target.send(request(ownPath), as: one)
                lets = control.status != seen.status
            }
            guard lets else {
                return .notAvailable(
                    "\(entry.method) \(entry.path)",
                    "\(seen.status) to \(one), who wasn't seen to write a thing of one's own: refused for whose it is, or for all?",
                    seen)
            }
        }
        return .holds(
            "\(entry.method) \(entry.path)", "\(seen.status) to \(one), and \(other) reads the same as before", seen)
    }

    /// What a list of routes doesn't say: the texts of the thing itself.
    private func written(_ entry: OpenAPIDescription.Entry, like record: JSONValue?) -> JSONValue? {
        guard ["PATCH", "PUT"].contains(entry.method), let members = record?.members else { return nil }
        let texts = members.filter { name, value in
            if case .string = value { Reconnaissance.freeText.contains(name.lowercased()) } else { false }
        }
        guard !texts.isEmpty else { return nil }
        return .object(entry.method == "PUT" ? members : texts)
    }

    /// The example with its texts made new, so that a write that works also shows.
    private func marked(_ body: JSONValue, _ nonce: String) -> JSONValue {
        guard case .object(let members) = body else { return body }
        return .object(
            Dictionary(
                uniqueKeysWithValues: members.map { name, value in
                    guard case .string = value, Reconnaissance.freeText.contains(name.lowercased()) else {
                        return (name, value)
                    }
                    return (name, .string("readiness \(nonce.prefix(20))"))
                }))
    }
}
