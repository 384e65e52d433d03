struct MetricsAreNotPublic: Check {
    let sheet = CheckSheet(
        "exposure.metrics", "Metrics aren't public", area: .exposure, side: .edge, severity: .major, asvs: "V13.4.5",
        flaw: "public-metrics",
        rationale: "Counters show routes, errors, versions and business figures to whoever asks.",
        remediation: "Serve metrics on a listener of their own, or to known addresses only.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await ClosedPlaces.observe(target, ["/metrics"]) { answer in
            let body = answer.bodyText.prefix(65_536)
            return !answer.isHTML && (body.contains("# TYPE ") || body.contains("# HELP ") || answer.isJSON)
        }
    }
}
