struct LargeChunkedBodiesAreRefused: Check {
    let sheet = CheckSheet(
        "size.chunked-body", "A body of more than 10 MiB is refused without a declared length too", area: .requests,
        side: .edge, severity: .major, asvs: "V5.2.1", flaw: "unbounded-chunked-body",
        rationale: "A limit that only reads Content-Length is walked around by not sending one.",
        remediation: "Count the bytes as they come; stop at the limit with 413.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await LargeBody.observe(target, chunked: true)
    }
}
