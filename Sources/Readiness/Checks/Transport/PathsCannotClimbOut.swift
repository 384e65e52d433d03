/// Asks with the target as raw bytes: a client that tidies paths would never notice.
struct PathsCannotClimbOut: Check {
    let sheet = CheckSheet(
        "transport.path-normalisation", "Encoded dots and slashes reach nothing", area: .requests, side: .edge,
        severity: .major, asvs: "V5.3.2", flaw: "decodes-dot-dot",
        rationale: "A path that one layer reads differently from the next passes the guard and opens the file.",
        remediation: "Refuse `..` in any encoding before routing; resolve file paths and compare them with the root.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        if try await target.answersAnything() {
            throw Obstacle.notAvailable("unknown paths get a page: reaching something can't be told apart")
        }
        let folder = try await target.staticFolder() ?? "/static/"
        var targets = [
            "\(folder)..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
            "\(folder)%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        ]
        if let path = try await target.protectedPath() { targets.append("/public/..\(path)") }
        var all: [Observation] = []
        for path in targets {
            let seen: Sighting
            do {
                seen = try await target.get(path, Reconnaissance.browser)
            } catch ClientFailure.closedWithoutAnswer {
                continue
            }
            if seen.answer.isSuccess {
                let what = seen.answer.bodyText.contains("root:") ? "the server's /etc/passwd" : "something"
                all.append(.fails(seen.subject, "\(seen.status): \(what) is served", seen, page))
            } else if seen.status >= 500, seen.status != 501 {
                all.append(.fails(seen.subject, "\(seen.status): the path reached code that broke on it", seen))
            } else if (400..<500).contains(seen.status) || seen.answer.isRedirect {
                all.append(.holds(seen.subject, "\(seen.status), while the start page is served", seen))
            }
        }
        return all
    }
}
