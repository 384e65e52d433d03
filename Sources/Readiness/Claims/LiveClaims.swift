/// Endpoints that documents name, asked of a running app: one that it answers 404 to isn't there.
///
/// Only `GET`, only paths without placeholders, one at a time, and none whose name says that it does something. What asks
/// for a sign-in (401, 403) exists.
public struct LiveClaims: Sendable {
    /// Endpoints that were asked for.
    public private(set) var asked = 0
    public private(set) var findings: [DocumentFinding] = []
    /// Whether the app answered at all.
    public private(set) var isReached = false

    static let most = 300

    public init(_ tree: RepositoryTree, at site: SiteURL, limit: Duration = .seconds(5)) async throws {
        let client = try ProbeClient(limit: limit)
        let base = site.path.hasSuffix("/") ? String(site.path.dropLast()) : site.path
        isReached = (try? await client.send(.get(site.path), to: site)) != nil
        guard isReached else { return }
        var statuses: [String: Int] = [:]
        for document in tree.documents where !Claims.isHistory(document.path) {
            var own: [DocumentFinding] = []
            var known = 0
            for line in ClaimLines.of(document) {
                for (method, path) in EndpointClaims.operations(line) where method == "GET" && Self.isHarmless(path) {
                    if statuses[path] == nil {
                        guard asked < Self.most else { continue }
                        asked += 1
                        statuses[path] = (try? await client.send(.get(base + path), to: site))?.status ?? 0
                    }
                    // No answer in time says nothing.
                    guard let status = statuses[path], status > 0 else { continue }
                    if status == 404 || status == 405 || status == 410 {
                        own.append(
                            DocumentFinding(
                                file: document.path, line: line.number, kind: "live", claimed: "GET \(path)",
                                seen: "the running app answers \(status)"))
                    } else {
                        known += 1
                    }
                }
            }
            // As with the source: a document of which hardly anything is answered tells of another app.
            if own.count <= known * 2 { findings += own }
        }
    }

    private static func isHarmless(_ path: String) -> Bool {
        let lower = path.lowercased()
        return path.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/-_.~".contains($0)) }
            && ![
                "logout", "log-out", "signout", "delete", "remove", "unsubscribe", "shutdown", "reset", "purge",
                "restart",
                "trigger", "sync", "run", "your",
            ].contains(where: lower.contains)
    }
}

extension Claims {
    /// The same with what a running app contradicts.
    public func adding(_ live: LiveClaims) -> Claims {
        var copy = self
        copy.examined += live.asked
        let known = Set(findings.map { "\($0.file) \($0.line) \($0.claimed)" })
        // What the source contradicts already isn't said twice.
        copy.findings += live.findings.filter { !known.contains("\($0.file) \($0.line) \($0.claimed)") }
        copy.findings.sort { ($0.file, $0.line) < ($1.file, $1.line) }
        return copy
    }
}
