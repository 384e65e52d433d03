import NIOSSL

struct OnlyCurrentTLSIsSpoken: Check {
    let sheet = CheckSheet(
        "tls.protocol-versions", "Only TLS 1.2 and 1.3 are spoken", area: .transport, side: .edge, severity: .major,
        asvs: "V12.1.1", flaw: "weak-tls",
        rationale: "TLS 1.0 and 1.1 are withdrawn (RFC 8996): what is sent over them can be read or changed.",
        remediation: "Set the least version to TLS 1.2 (`ssl_protocols TLSv1.2 TLSv1.3` in nginx).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard target.site.scheme == .https else {
            throw Obstacle.notApplicable("the target is plain http")
        }
        let group = target.client.group
        let site = target.site
        var current: [String] = []
        for (version, name) in [(TLSVersion.tlsv13, "TLS 1.3"), (.tlsv12, "TLS 1.2")]
        where await TLSProbe.handshake(version, with: site, group: group) == .accepted {
            current.append(name)
        }
        guard !current.isEmpty else {
            throw Obstacle.notAvailable("neither TLS 1.2 nor 1.3 was accepted by the target")
        }
        var all: [Observation] = []
        for (version, name) in [(TLSVersion.tlsv11, "TLS 1.1"), (.tlsv1, "TLS 1.0")] {
            switch await TLSProbe.handshake(version, with: site, group: group) {
            case .accepted: all.append(.fails(site.origin, "a handshake with \(name) was accepted"))
            case .refused:
                all.append(
                    .holds(site.origin, "\(name) is refused, \(current.joined(separator: " and ")) accepted"))
            case .unreachable(let why): all.append(.notAvailable(site.origin, "\(name): \(why)"))
            }
        }
        return all
    }
}
