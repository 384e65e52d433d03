struct TextIsCompressed: Check {
    let sheet = CheckSheet(
        "delivery.compression", "Text is compressed on the way", area: .delivery, side: .edge, severity: .minor,
        asvs: nil, flaw: "no-compression",
        rationale: "Text shrinks to a quarter; on a slow line that is the difference between a page and a wait.",
        remediation: "Compress text of a kilobyte and more (`gzip on; gzip_types …` in nginx).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        var plain = try await target.livePage()
        if plain.answer.bodyBytes < 1_024 || plain.answer.first("content-encoding") != nil {
            guard let path = try await target.linkedText() else {
                throw Obstacle.notApplicable("no text of a kilobyte or more was found")
            }
            plain = try await target.get(path)
        }
        guard plain.answer.isSuccess, plain.answer.bodyBytes >= 1_024 else {
            throw Obstacle.notApplicable("no text of a kilobyte or more was found")
        }
        let seen = try await target.get(
            plain.request.targetText, plain.request.fields.map { ($0.name, $0.value) } + [("Accept-Encoding", "gzip")])
        let coding = seen.answer.first("content-encoding")?.lowercased() ?? ""
        guard coding.contains("gzip") else {
            return [
                .fails(seen.subject, "\(seen.answer.bodyBytes) bytes of \(seen.answer.mediaType), not compressed", seen)
            ]
        }
        guard seen.answer.body.starts(with: [0x1F, 0x8B]) else {
            return [.fails(seen.subject, "says gzip, but the body is none", seen)]
        }
        return [.holds(seen.subject, "\(plain.answer.bodyBytes) bytes become \(seen.answer.bodyBytes)", seen)]
    }
}
