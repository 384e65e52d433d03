struct ForeignOriginsAreNotAllowed: Check {
    let sheet = CheckSheet(
        "cors.reflected-origin", "A foreign origin isn't allowed to read answers", area: .crossOrigin, side: .edge,
        severity: .critical, asvs: "V3.4.2", flaw: "cors-reflects-origin",
        rationale: "An app that echoes any Origin lets every website read what the visitor's session can read.",
        remediation: "Allow origins by a list; never copy `Origin` into `Access-Control-Allow-Origin`.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await CrossOriginReading.observe(target, origin: "https://evil.example")
    }
}

/// What two checks ask: may a page of this origin read our answers?
enum CrossOriginReading {
    static func observe(_ target: Reconnaissance, origin: String) async throws -> [Observation] {
        let page = try await target.livePage()
        var paths = [page.request.targetText]
        if let api = try await target.apiPath() { paths.append(api) }
        // What the one asks everywhere, the other asks once, where data is.
        if origin == "null" { paths = [paths.last ?? page.request.targetText] }
        var all: [Observation] = []
        for path in paths {
            let seen = try await target.get(path, [("Accept", "*/*"), ("Origin", origin)])
            let allowed = seen.answer.all("access-control-allow-origin").map(\.trimmed)
            let withCredentials = seen.answer.first("access-control-allow-credentials")?.lowercased() == "true"
            if allowed.contains(origin) {
                all.append(
                    .fails(
                        seen.subject, "`Origin: \(origin)` is allowed" + (withCredentials ? ", with credentials" : ""),
                        seen))
            } else if allowed.contains("*"), withCredentials {
                all.append(.fails(seen.subject, "`*` is allowed together with credentials", seen))
            } else if seen.answer.isSuccess || seen.answer.isRedirect || [401, 403].contains(seen.status) {
                all.append(.holds(seen.subject, "\(seen.status), `Origin: \(origin)` is not allowed", seen))
            }
        }
        return all
    }
}
