struct DirectoriesAreNotListed: Check {
    let sheet = CheckSheet(
        "exposure.directory-listing", "Folders don't list their files", area: .exposure, side: .edge,
        severity: .major, asvs: "V13.4.3", flaw: "directory-listing",
        rationale: "A listing shows backups, drafts and uploads that nothing links.",
        remediation: "Switch listings off (`autoindex off`, `Options -Indexes`).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        var folders = [page.request.targetText.hasSuffix("/") ? page.request.targetText : "/"]
        folders.append(try await target.staticFolder() ?? "/static/")
        var all: [Observation] = []
        var seenFolders: Set<String> = []
        for folder in folders where seenFolders.insert(folder).inserted {
            let seen = try await target.get(folder, Reconnaissance.browser)
            if seen.answer.isSuccess, Self.isListing(seen.answer) {
                all.append(.fails(seen.subject, "lists its files", seen))
            } else if folder != page.request.targetText || seen.answer.isSuccess {
                all.append(.holds(seen.subject, "\(seen.status), no listing", seen))
            }
        }
        return all
    }

    private static func isListing(_ answer: Answer) -> Bool {
        let body = answer.bodyText.prefix(65_536)
        let marks = [
            "Index of /", "Directory listing for", "<title>Directory: ", "[To Parent Directory]", "listing directory",
        ]
        return marks.contains { body.contains($0) }
    }
}
