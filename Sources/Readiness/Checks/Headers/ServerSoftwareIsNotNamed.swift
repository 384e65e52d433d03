struct ServerSoftwareIsNotNamed: Check {
    let sheet = CheckSheet(
        "headers.server-banner", "Answers don't name the software and its version", area: .headers, side: .edge,
        severity: .minor, asvs: "V13.4.6", flaw: "server-banner",
        rationale: "A version number tells an attacker which published hole to try first.",
        remediation: "Drop `X-Powered-By`; cut `Server` down to a name without a version, or drop it too.")

    private static let names = [
        "server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "x-runtime", "via",
    ]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let seen = try await target.livePage()
        let unknown = try await target.unknownPage()
        var told: [String] = []
        for answer in [seen.answer, unknown.answer] {
            for field in answer.fields where Self.names.contains(field.name.lowercased()) {
                if let banner = Self.banner(field), !told.contains(banner) { told.append(banner) }
            }
        }
        return told.isEmpty
            ? [.holds("\(seen.subject), \(unknown.subject)", "no version on a page and on an error", seen, unknown)]
            : [.fails(seen.subject, told.joined(separator: ", "), seen)]
    }

    /// The field when it names a version, or software at all in a field that is only there for that.
    private static func banner(_ field: HeaderField) -> String? {
        let name = field.name.lowercased()
        // `Via: 1.1 name` begins with the protocol's version, which is no secret.
        let value = name == "via" ? String(field.value.drop { $0 != " " }) : field.value
        let tellsVersion = value.contains("/") && value.contains { $0.isNumber }
        if name == "server" || name == "via" { return tellsVersion ? "`\(field.name): \(field.value)`" : nil }
        if name == "x-runtime", value.allSatisfy({ $0.isNumber || $0 == "." }) { return nil }
        return "`\(field.name): \(field.value)`"
    }
}
