struct TheNullOriginIsNotAllowed: Check {
    let sheet = CheckSheet(
        "cors.null-origin", "The null origin isn't allowed to read answers", area: .crossOrigin, side: .edge,
        severity: .major, asvs: "V3.4.2", flaw: "cors-null-origin",
        rationale: "Any site can send `Origin: null` out of a sandboxed frame.",
        remediation: "Take `null` off the list of allowed origins.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await CrossOriginReading.observe(target, origin: "null")
    }
}
