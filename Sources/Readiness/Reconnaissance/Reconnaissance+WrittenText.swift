/// Where text that a person writes could come back on a page: writes with a member for text, and pages beside them.
extension Reconnaissance {
    static let freeText: Set<String> = [
        "name", "title", "memo", "body", "text", "description", "note", "notes", "topic", "comment", "label", "message",
        "content", "subject", "bio", "about", "reason", "remark", "review", "caption", "summary",
    ]

    /// Writes of a description that take text, with the pages of the same person that could show it; at most six.
    func writtenText(as who: String) async throws -> [(write: ProbeRequest, pages: [String])] {
        let reads = try await reads(of: who)
        // Asked for as a program asks, so that only what is a page whatever is asked for is one.
        var pages = reads.filter { $0.answer.answer.isHTML }.map(\.path)
        // A page that its scripts fill is in no description.
        if configuration.browser != nil, who == personOfPages {
            pages += ((try? await paths(ofPagesOf: who)) ?? []).filter { !pages.contains($0) }
        }
        guard !pages.isEmpty else { return [] }
        var found: [(write: ProbeRequest, pages: [String])] = []
        for entry in try await operations() where ["POST", "PATCH", "PUT"].contains(entry.method) && found.count < 6 {
            guard var members = entry.body?.members, !Self.acts(entry.path), !Discovery.isSignUp(entry.path),
                let path = Self.filled(entry, from: reads)
            else { continue }
            let places = members.keys.filter { key in
                if case .string = members[key] { Self.freeText.contains(key.lowercased()) } else { false }
            }
            guard !places.isEmpty else { continue }
            for key in places { members[key] = .string("{payload}") }
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            let near = pages.filter { !folder.isEmpty && $0.dropFirst().hasPrefix(folder) }
            let all = Array((near + pages.filter { !near.contains($0) }).prefix(3))
            found.append((.json(entry.method, path, .object(members)), all))
        }
        return found
    }
}
