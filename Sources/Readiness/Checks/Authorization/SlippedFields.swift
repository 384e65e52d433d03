/// Finds where a person's own record could be given a field that isn't the person's to set: a write at the address of the
/// record, and the sign-up. Only with `--allow-writes`; what took effect is put back where it can be.
struct SlippedFields {
    let target: Reconnaissance

    private static let flags: Set<String> = [
        "isadmin", "admin", "isstaff", "staff", "issuperuser", "superuser", "isowner", "issuper", "ismoderator",
    ]
    private static let ranks: Set<String> = ["role", "userrole", "accessrole", "rank", "accesslevel", "usertype"]
    private static let amounts: Set<String> = ["credit", "credits", "balance", "points", "quota", "funds"]
    private static let high: Set<String> = ["admin", "administrator", "owner", "root", "superuser", "staff"]

    struct Field: Sendable {
        let name: String
        let old: JSONValue
        let new: JSONValue
    }

    /// Fields of a record that give rights or money, with what nobody may make of them. A number that the write itself is
    /// described to take is meant to be set.
    static func fields(of record: JSONValue, described: JSONValue?) -> [Field] {
        let members = record.members ?? [:]
        let taken = Set((described?.members ?? [:]).keys)
        return members.keys.sorted().compactMap { name in
            let plain = name.lowercased().filter(\.isLetter)
            guard let old = members[name] else { return nil }
            switch old {
            case .bool(false) where flags.contains(plain): return Field(name: name, old: old, new: .bool(true))
            case .string(let text) where ranks.contains(plain) && !high.contains(text.lowercased()) && !text.isEmpty:
                let isUpper = text.allSatisfy { !$0.isLetter || $0.isUppercase }
                return Field(name: name, old: old, new: .string(isUpper ? "ADMIN" : "admin"))
            case .integer(let number) where amounts.contains(plain) && !taken.contains(name) && number < 1_000_000_000:
                return Field(name: name, old: old, new: .integer(number + 100_000))
            default: return nil
            }
        }
    }

    func observe() async throws -> [Observation] {
        // Somebody whom the run made itself where it can: a broken app would change a real person's rights.
        let spare = target.configuration.identities.dropFirst().first?.name
        let name = target.configuration.signUp != nil ? try await target.newcomer() : try await target.who(spare)
        var all: [Observation] = []
        let reads = try await target.reads(of: name)
        let writes = try await target.operations().filter {
            ["PATCH", "PUT", "POST"].contains($0.method) && !Reconnaissance.acts($0.path)
        }
        for entry in writes where all.count < 4 {
            guard let path = Reconnaissance.filled(entry, from: reads),
                let record = reads.first(where: { $0.path == path })?.answer.answer.json, record.members != nil
            else { continue }
            let fields = Self.fields(of: record, described: entry.body)
            if !fields.isEmpty { all.append(try await judge(entry, path, record, fields, name)) }
        }
        if let seen = try await bySignUp(reads) { all.append(seen) }
        all += try await SlippedFormFields(target: target).observe()
        guard !all.isEmpty else {
            throw Obstacle.undeclared(
                "no write at the address of a record with a role, a right or a balance is described", [.profile])
        }
        return all
    }

    private func judge(
        _ entry: OpenAPIDescription.Entry, _ path: String, _ record: JSONValue, _ fields: [Field], _ name: String
    ) async throws -> Observation {
        // What the record says already, so that the write itself changes nothing.
        var body = entry.body?.members ?? [:]
        for key in body.keys { if let own = record.members?[key], own != .null { body[key] = own } }
        for field in fields { body[field.name] = nil }
        let plain = try await target.send(.json(entry.method, path, .object(body)), as: name)
        guard plain.answer.isSuccess else {
            return .notAvailable(
                plain.subject, "the write itself answers \(plain.status): nothing to slip a field into", plain)
        }
        for field in fields.prefix(3) {
            body[field.name] = field.new
            let written = try await target.send(.json(entry.method, path, .object(body)), as: name)
            body[field.name] = nil
            let after = try await target.send(.get(path, Reconnaissance.program), as: name)
            guard let now = after.answer.json?.members?[field.name] else { continue }
            if now == field.new {
                body[field.name] = field.old
                _ = try? await target.send(.json(entry.method, path, .object(body)), as: name)
                return .fails(
                    written.subject,
                    "`\(field.name)` went from \(shown(field.old)) to \(shown(now)) by \(name)'s own request",
                    written, after)
            }
        }
        let names = fields.prefix(3).map { "`\($0.name)`" }.joined(separator: ", ")
        return .holds(plain.subject, "\(plain.status) for what is described; \(names) can't be slipped in", plain)
    }

    /// Two newcomers, one of whom brings fields of the other's record along.
    private func bySignUp(_ reads: [Reconnaissance.Reachable]) async throws -> Observation? {
        guard let rule = target.configuration.signUp, case .json = rule.body else { return nil }
        for read in reads where !read.entry.hasParameters {
            guard let record = read.answer.answer.json, record.members != nil else { continue }
            let fields = Self.fields(of: record, described: nil)
            guard !fields.isEmpty else { continue }
            let extra = Dictionary(fields.map { ($0.name, $0.new) }) { first, _ in first }
            let made: String
            do {
                made = try await target.newcomer(bringing: extra)
            } catch Obstacle.notAvailable {
                return .holds(
                    "\(rule.operation)",
                    "a sign-up that brings \(fields.map(\.name).joined(separator: ", ")) is refused, a plain one isn't")
            }
            let seen = try await target.send(.get(read.path, Reconnaissance.program), as: made)
            guard let now = seen.answer.json?.members else { return nil }
            if let field = fields.first(where: { now[$0.name] == $0.new }) {
                return .fails(
                    "\(rule.operation)",
                    "somebody signed up with `\(field.name)` \(shown(field.new)), where others have \(shown(field.old))",
                    seen, read.answer)
            }
            return .holds(
                "\(rule.operation)",
                "\(fields.map { "`\($0.name)`" }.joined(separator: ", ")) of a sign-up count for nothing", seen)
        }
        return nil
    }

    private func shown(_ value: JSONValue) -> String { "`\(visible(value.scalarText ?? value.compact, limit: 30))`" }
}
