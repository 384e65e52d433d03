/// Methods that the description doesn't name, asked by nobody: a handler left over from a tutorial, a debug shortcut.
struct UndescribedMethodsAreRefused: Check {
    let sheet = CheckSheet(
        "authorization.undescribed-methods", "Nothing answers that the description doesn't name", area: .authorization,
        side: .app, severity: .major, asvs: "V13.4.6", flaw: "hidden-method", needs: [.openAPI],
        rationale: "What nobody described nobody reviewed, tested or guarded.",
        remediation: "Route by exact method, and write the description from the routes instead of by hand.")

    private static let most = 12

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let entries = try await target.openAPI().entries
        let byPath = Dictionary(grouping: entries, by: \.path)
        var refused = 0
        var failures: [Observation] = []
        var asked = 0
        // With a protected operation beside it: elsewhere a write by anybody may be meant.
        for path in byPath.keys.sorted() where asked < Self.most && byPath[path]?.contains(where: \.isProtected) == true
        {
            guard !path.contains("{"), let known = byPath[path]?.map(\.method) else { continue }
            for method in ["PUT", "PATCH", "POST"] where !known.contains(method) {
                asked += 1
                let seen = try await target.ask(.json(method, path, .object([:])).adding("Accept", "application/json"))
                if seen.answer.isSuccess {
                    failures.append(
                        .fails(
                            "\(method) \(path)", "\(seen.status) to nobody, and the description doesn't name it", seen))
                } else if [401, 403, 404, 405, 501].contains(seen.status) {
                    refused += 1
                }
                break
            }
        }
        guard failures.isEmpty else { return failures }
        guard refused > 0 else {
            throw Obstacle.notAvailable(
                asked == 0
                    ? "no path without an id has a method to spare"
                    : "\(asked) undescribed methods were neither answered nor refused: the app breaks at them")
        }
        return [.holds("\(refused) paths", "\(refused) of \(refused) methods that no description names are refused")]
    }
}
