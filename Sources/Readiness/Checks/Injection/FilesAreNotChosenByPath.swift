/// Parameters that name a file, asked for one of the server's own.
struct FilesAreNotChosenByPath: Check {
    let sheet = CheckSheet(
        "injection.path-traversal", "What a link names is never opened as a path", area: .injection, side: .app,
        severity: .critical, asvs: "V5.3.2", flaw: "opens-any-file",
        rationale: "`?file=../../etc/passwd` reads keys, sources and other people's uploads.",
        remediation: "Look names up in a list, or resolve the path and compare it with the folder that it must stay in."
    )

    private static let names: Set<String> = [
        "file", "filename", "path", "document", "doc", "page", "template", "include", "view", "download", "image",
        "img",
        "attachment", "report", "lang", "theme", "folder", "dir",
    ]
    /// Each is another reading that somebody's filter missed: relative, absolute, filtered once, decoded twice.
    private static let payloads = [
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        "....//....//....//....//....//....//etc/passwd",
        "..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    ]
    private static let mostInputs = 3

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let who = target.configuration.identities.isEmpty ? nil : try await target.who(nil)
        var all: [Observation] = []
        let inputs = try await target.inputs().filter { $0.isNamed(Self.names) || Self.isFile($0.plainValue) }
        for input in inputs.prefix(Self.mostInputs) { all.append(try await judge(input, who, target)) }
        guard !all.isEmpty else {
            throw Obstacle.notApplicable("no page and no description shows a parameter that names a file")
        }
        return all
    }

    private func judge(_ input: FoundInput, _ who: String?, _ target: Reconnaissance) async throws -> Observation {
        func open(_ name: String) async throws -> Sighting {
            try await target.get(
                fill(input.template(), ["value": formEncoded(name)]), Reconnaissance.browser, as: who)
        }
        for payload in Self.payloads {
            let seen = try await open(payload)
            if Self.isAccountFile(seen.answer.bodyText) {
                return .fails(seen.subject, "\(seen.status): the server's /etc/passwd is shown", seen)
            }
        }
        let refused = try await open(Self.payloads.first ?? "")
        // The control: it does show something for the name that the app itself uses, and not for any other.
        let own = try await open(input.plainValue)
        let unknown = try await open("zq\(target.nonce)")
        guard own.answer.isSuccess, !input.plainValue.isEmpty else {
            return .notAvailable(own.subject, "the name that the app itself uses answers \(own.status)", own)
        }
        guard unknown.status != own.status || unknown.answer.body != own.answer.body else {
            return .notAvailable(own.subject, "it answers the same whatever name is asked for", own, unknown)
        }
        return .holds(
            refused.subject, "\(refused.status) for four ways to /etc/passwd, \(own.status) for `\(input.plainValue)`",
            refused, own)
    }

    /// `terms.txt`, `reports/2026.pdf`.
    private static func isFile(_ value: String) -> Bool {
        let end = value.split(separator: ".").last.map(String.init) ?? ""
        return value.contains(".") && (2...5).contains(end.count) && end.allSatisfy { $0.isLetter || $0.isNumber }
            && end.contains { $0.isLetter } && !value.contains("://") && !value.contains("@")
    }

    private static func isAccountFile(_ body: String) -> Bool {
        body.prefix(65_536).firstMatch(of: /root:[^:\n]{0,100}:0:0:/) != nil
    }
}
