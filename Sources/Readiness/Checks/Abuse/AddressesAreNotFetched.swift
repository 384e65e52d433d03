/// Operations that take an address, given one of ours on this machine: nobody may call there.
struct AddressesAreNotFetched: Check {
    let sheet = CheckSheet(
        "abuse.server-side-request", "The app doesn't connect wherever it is told", area: .injection, side: .app,
        severity: .critical, asvs: "V1.3.6", flaw: "fetches-any-url",
        needs: [.login, .identities, .writes],
        rationale:
            "From inside, the metadata service of the cloud, the database and the operators' pages are one address away.",
        remediation:
            "Take only hosts from a list; resolve once, refuse private and loopback addresses, and connect to what was resolved."
    )

    private static let names = [
        "url", "uri", "link", "href", "callback", "webhook", "image", "avatar", "feed", "endpoint", "target", "website",
    ]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard target.site.isLoopback else {
            throw Obstacle.notAvailable("the target is another machine, which can't reach a listener on this one")
        }
        let who = try await target.who(nil)
        let seen = try await target.reads(of: who)
        let listener = try await CatchListener.start(group: target.client.group)
        var all: [Observation] = []
        do {
            for entry in (try? await target.operations()) ?? [] where all.count < 6 {
                guard let request = request(entry, "http://127.0.0.1:\(listener.port)/\(target.nonce)", seen) else {
                    continue
                }
                all.append(try await judge(request, who, listener, target))
            }
            if try await target.isKnownByItsPages() { all += try await byForms(who, listener, target) }
        } catch {
            await listener.stop()
            throw error
        }
        await listener.stop()
        guard all.isEmpty else { return all }
        guard try await target.isKnownByItsPages() else {
            let bodies = try await target.operations().filter { !$0.isRead }
            guard bodies.isEmpty || bodies.contains(where: { $0.body != nil || $0.form != nil }) else {
                throw Obstacle.undeclared("a list of routes doesn't say what they take", [.openAPI])
            }
            throw Obstacle.notApplicable("no described operation takes an address")
        }
        if let sender = try await target.survey().sender {
            throw Obstacle.undeclared(
                "\(sender) sends requests: which of them take an address can't be told", [.openAPI])
        }
        let pages = try await target.walk(as: who).pages.count
        throw Obstacle.notApplicable("no form on \(pages) pages of \(who)'s takes an address")
    }

    /// Forms with a field for an address, filled in with ours.
    private func byForms(
        _ who: String, _ listener: CatchListener, _ target: Reconnaissance
    ) async throws -> [Observation] {
        var kinds: Set<String> = []
        let forms = try await target.walk(as: who).forms.filter { form in
            form.isWrite && !form.destroys && form.form.fields.contains(where: Self.takesAddress)
                && kinds.insert(form.template).inserted
        }
        var all: [Observation] = []
        for form in forms.prefix(4) {
            let fresh = try await target.fresh(form, as: who)
            let address = "http://127.0.0.1:\(listener.port)/\(target.nonce)"
            let names = Set(fresh.fields.filter(Self.takesAddress).map(\.name))
            let fields = target.filledIn(fresh, text: nil).map { ($0.0, names.contains($0.0) ? address : $0.1) }
            let seen = try await judge(listener, target) {
                try await target.submit(
                    fields, to: form.path, of: fresh, asFiles: form.form.encoding.contains("multipart"))
            }
            // A form that was refused as such tells nothing of the address in it.
            let isTaken = seen.outcome == .fails || !seen.seen.hasPrefix("4")
            all.append(isTaken ? seen : .notAvailable(seen.subject, "the form itself was refused: \(seen.seen)"))
        }
        return all
    }

    private static func takesAddress(_ field: (name: String, value: String, type: String)) -> Bool {
        guard ["text", "url", ""].contains(field.type) else { return false }
        return field.type == "url" || isAddress(field.name)
    }

    private static func isAddress(_ name: String) -> Bool {
        let words = name.lowercased().split { $0 == "_" || $0 == "-" }
        return names.contains { word in words.contains { $0 == word } || name.lowercased().hasSuffix(word) }
    }

    private func judge(
        _ request: ProbeRequest, _ who: String, _ listener: CatchListener, _ target: Reconnaissance
    ) async throws -> Observation {
        try await judge(listener, target) { try await target.send(request, as: who) }
    }

    private func judge(
        _ listener: CatchListener, _ target: Reconnaissance, sending: () async throws -> Sighting
    ) async throws -> Observation {
        let before = listener.requests.count
        let seen = try await sending()
        // Some fetch after they have answered.
        for _ in 0..<10 where listener.requests.count == before { try await target.pause(.milliseconds(60)) }
        if listener.requests.count > before {
            let line = listener.requests.last ?? ""
            return .fails(
                seen.subject, "the app called our listener on 127.0.0.1 (`\(visible(line, limit: 80))`)", seen)
        }
        if [401, 403, 404, 405].contains(seen.status) || seen.status >= 500 {
            return .notAvailable(seen.subject, "\(seen.status): the address was not looked at", seen)
        }
        return .holds(seen.subject, "\(seen.status) for an address on 127.0.0.1, and nobody called there", seen)
    }

    /// The operation with the address in its first member or parameter that is named like one.
    private func request(
        _ entry: OpenAPIDescription.Entry, _ address: String, _ seen: [Reconnaissance.Reachable]
    ) -> ProbeRequest? {
        if case .object(let members)? = entry.body, let name = members.keys.sorted().first(where: Self.isAddress),
            let path = Reconnaissance.filled(entry, from: seen)
        {
            var members = members
            members[name] = .string(address)
            return .json(entry.method, path, .object(members)).adding("Accept", "application/json")
        }
        guard let parameter = entry.parameters.first(where: { $0.place == .query && Self.isAddress($0.name) }),
            let path = Reconnaissance.filled(entry, from: seen)
        else { return nil }
        let rest = path.split(separator: "?", maxSplits: 1).map(String.init)
        let other = (rest.dropFirst().first ?? "").split(separator: "&").filter { !$0.hasPrefix("\(parameter.name)=") }
        let query = (other.map(String.init) + ["\(parameter.name)=\(formEncoded(address))"]).joined(separator: "&")
        return ProbeRequest(entry.method, "\(rest.first ?? "/")?\(query)", fields: Reconnaissance.program)
    }
}
